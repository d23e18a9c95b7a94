// One reader's place in a log.
#ifndef LEAT_LOG_CURSOR_H_
#define LEAT_LOG_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/log.h"
#include "log/segment.h"
#include <leat/types.h>

namespace leat::log {

struct Fetched {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> pin;
  Offset begin = 0;
  Offset end = 0;
};

// Not safe from several threads at once. Contract: broker::PartitionCursor.
class Cursor {
 public:
  Cursor(std::shared_ptr<Log> log, Offset offset) : log_(std::move(log)), offset_(offset) {}

  Offset position() const { return offset_; }
  void Seek(Offset offset);
  absl::StatusOr<Fetched> Fetch(std::size_t max_bytes);
  bool Ready() const;

 private:
  absl::Status Locate();
  absl::Status ExtendLimit();
  absl::Status Damage(std::string_view what) const;

  std::shared_ptr<Log> log_;
  Offset offset_;

  // Where the batch that holds offset_ begins; void until Locate.
  std::shared_ptr<Segment> segment_;
  std::size_t position_ = 0;      // byte of the segment
  Offset batch_base_ = 0;         // base offset of the batch there: what its header must say
  std::size_t limit_ = 0;         // bytes of the segment known to be batches
  LeaderEpoch last_epoch_ = 0;
};

// The first record at or after `time`, for Seek to a time.
struct OffsetAtTime {
  Offset offset;
  std::int64_t timestamp;
};
absl::StatusOr<std::optional<OffsetAtTime>> FindOffsetForTime(Log& log, std::int64_t timestamp);

}  // namespace leat::log

#endif  // LEAT_LOG_CURSOR_H_
