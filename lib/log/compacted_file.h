// A segment in the making: what compaction writes, in a file of its own until it takes its place.
#ifndef LEAT_LOG_COMPACTED_FILE_H_
#define LEAT_LOG_COMPACTED_FILE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "io/file_system.h"
#include "log/log.h"

namespace leat::log {

// What stands in the place of batches at the end of a file of which no record is left: a batch without records, with nobody's
// producer id. It says which offsets there were, so that each file of ours leads to the first offset of the next one, and a
// file that is missing between two can be told from records that were taken out.
inline bool IsPlaceholder(BatchView batch) {
  return batch.count() == 0 && batch.producer_id() < 0 && !batch.is_control();
}

// Sees the batches that go into one file, and makes the placeholder that it has to end with.
class PlaceholderMaker {
 public:
  explicit PlaceholderMaker(Offset base) : base_(base), next_(base), last_base_(base) {}

  // Each batch that there was, in order, and then what is left of it, if anything is.
  void See(BatchView batch);
  void Keep(BatchView left);

  // Nothing, where what was kept leads to `end`, or where it is farther than a batch reaches: only a Kafka leaves such gaps
  // between its files. Good until the next call.
  std::span<const std::byte> UpTo(Offset end);

 private:
  const Offset base_;
  Offset next_;       // behind what is kept
  Offset last_base_;  // of the last batch there was
  LeaderEpoch epoch_ = -1;
  std::int64_t max_timestamp_ = -1;
  bool any_kept_ = false;
  std::array<std::byte, batch_layout::kHeaderSize> made_ = {};
};

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
