// A file's bytes in memory: the part of the disk seam through which the log is read and, on file systems that allow it,
// written.
#ifndef LEAT_IO_MAPPED_FILE_H_
#define LEAT_IO_MAPPED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace leat::io {

enum class MapAccess : std::uint8_t { kRead, kReadWrite };

// A mapping of the first `size()` bytes of a file. It may be larger than the file: only bytes that the file has (allocated)
// may be touched, and growing the file makes more of the same mapping usable. Unmapped on destruction; it outlives the
// file's name and its descriptor.
//
// Threads: safe from all threads; what the bytes mean while they change is the owner's affair.
class MappedFile {
 public:
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  virtual ~MappedFile() = default;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

  // Asks the kernel for huge pages behind this mapping, where it can give them. A hint; never fails.
  virtual void AdviseHugePages() {}

  // Makes the pages of [position, position + size) present, for writing or for reading as the mapping allows, so that a
  // later access takes no fault. Bytes beyond the file's end, a kernel that can't, memory that is short: kUnavailable, and
  // nothing is lost but time. Never a signal.
  virtual absl::Status Populate(std::size_t position, std::size_t size) = 0;

  // Writes back what was stored in [position, position + size) and waits for it (msync MS_SYNC). For the small control
  // files; the log is synced through its File.
  virtual absl::Status Sync(std::size_t position, std::size_t size) = 0;

 protected:
  MappedFile(std::byte* data, std::size_t size) : data_(data), size_(size) {}

 private:
  std::byte* data_;
  std::size_t size_;
};

}  // namespace leat::io

#endif  // LEAT_IO_MAPPED_FILE_H_
