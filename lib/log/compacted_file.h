// A segment in the making: what compaction writes, in a file of its own until it takes its place.
#ifndef LEAT_LOG_COMPACTED_FILE_H_
#define LEAT_LOG_COMPACTED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "io/file_system.h"
#include "log/log.h"

namespace leat::log {

// Removes itself unless Keep was called.
class CompactedFile {
 public:
  CompactedFile(Log& log, std::string path);
  CompactedFile(const CompactedFile&) = delete;
  CompactedFile& operator=(const CompactedFile&) = delete;
  ~CompactedFile();

  absl::Status Open();
  bool is_open() const { return file_ != nullptr; }
  absl::Status Append(std::span<const std::byte> bytes);
  // All of it is in the file then, and on the disk where there is one.
  absl::Status Finish();
  // It has got another name.
  void Keep() { kept_ = true; }

  const std::string& path() const { return path_; }
  std::int64_t size() const { return size_; }

 private:
  absl::Status Flush();

  Log& log_;
  const std::string path_;
  std::unique_ptr<io::File> file_;
  std::vector<std::byte> buffer_;
  std::int64_t size_ = 0;      // what was appended
  std::int64_t written_ = 0;   // of that, what is in the file
  std::int64_t synced_ = 0;    // of that, what is on the disk
  std::int64_t reserved_ = 0;  // bytes that the log's owner counts
  bool kept_ = false;
};

}  // namespace leat::log

#endif  // LEAT_LOG_COMPACTED_FILE_H_
