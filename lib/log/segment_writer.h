// How bytes get into the active segment: through a mapping where the file system never takes an allocated page back
// (ext4, tmpfs, memory), else by pwrite, which turns a full disk into an error where a store would be a signal.
#ifndef LEAT_LOG_SEGMENT_WRITER_H_
#define LEAT_LOG_SEGMENT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

// Lives for one segment in one process. Write only under the log's append lock; Prepare beside it, on the
// housekeeper's thread.
class SegmentWriter {
 public:
  // Over an open, writable file; `size` is what the segment may grow to.
  static absl::StatusOr<std::shared_ptr<SegmentWriter>> Mapped(std::unique_ptr<io::File> file, std::size_t size);
  static absl::StatusOr<std::shared_ptr<SegmentWriter>> Pwrite(std::unique_ptr<io::File> file);

  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;
  virtual ~SegmentWriter() = default;

  io::File& file() const { return *file_; }
  // The open file, for who goes on to sync it when the writer is gone (log/voucher.h).
  const std::shared_ptr<io::File>& shared_file() const { return file_; }

  // `head`, then `rest`, at `position`. All of it is within the bytes that are allocated.
  virtual absl::Status Write(std::int64_t position, std::span<const std::byte> head,
                             std::span<const std::byte> rest) = 0;

  // Makes [position, position + size), allocated, quick to write. A hint.
  virtual void Prepare(std::int64_t position, std::int64_t size) = 0;

 protected:
  explicit SegmentWriter(std::unique_ptr<io::File> file) : file_(std::move(file)) {}

 private:
  const std::shared_ptr<io::File> file_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_SEGMENT_WRITER_H_
