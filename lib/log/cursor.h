// One reader's place in a log.
#ifndef LEAT_LOG_CURSOR_H_
#define LEAT_LOG_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <leat/batch.h>
#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/log.h"
#include "log/segment.h"
#include "record/validate.h"

namespace leat::log {

struct Fetched {
  std::span<const std::byte>
      bytes;  // in the segment's mapping, or, of compressed batches, what has been made of them
  std::shared_ptr<const void> pin;
  Offset begin = 0;
  Offset end = 0;
  std::size_t stored_bytes = 0;  // of the segment
};

// Not safe from several threads at once. Contract: broker::PartitionCursor.
class Cursor {
 public:
  Cursor(std::shared_ptr<Log> log, Offset offset) : log_(std::move(log)), offset_(offset) {}

  Offset position() const { return offset_; }
  void Seek(Offset offset);
  absl::StatusOr<Fetched> Fetch(std::size_t max_bytes);
  absl::StatusOr<Offset> SeekBefore(Offset offset, std::size_t max_bytes);
  bool Ready() const;

  // After a Fetch that found something: the byte of its segment behind that.
  std::size_t segment_position() const { return position_; }

 private:
  absl::StatusOr<Fetched> FetchBelow(Offset high_watermark, std::size_t max_bytes);
  absl::StatusOr<Fetched> FetchFrom(Offset wanted, Offset high_watermark, std::size_t max_bytes);
  absl::StatusOr<Offset> FindBefore(Offset offset, std::size_t max_bytes);
  bool LookAnew(const absl::Status& status, int tries);
  absl::StatusOr<Offset> EndOfSegment();
  absl::StatusOr<bool> OnlyAGapIsLeft();
  absl::StatusOr<Fetched> Walk(Offset wanted, Offset end, std::size_t max_bytes);
  absl::StatusOr<Fetched> WalkCompressed(Offset wanted, Offset end, std::size_t max_bytes);
  void StepOver(BatchView batch);
  record::OffsetDeltas Deltas() const;
  BatchVerdict Judge(std::span<const std::byte> rest, Offset end, record::OffsetDeltas deltas) const;
  absl::StatusOr<std::size_t> EndOfBatchHere();
  absl::Status WalkToLast(std::size_t end, std::size_t max_bytes);
  absl::Status Locate(Offset high_watermark);
  absl::Status WalkTo(Offset end);
  std::size_t IndexedPosition(std::size_t most) const;
  absl::StatusOr<std::span<const std::byte>> BytesHere();
  absl::Status ExtendLimit();
  absl::StatusOr<std::int64_t> KnownBytes() const;
  absl::Status OutOfRange(Offset high_watermark) const;
  absl::Status Damage(BatchVerdict verdict) const;

  std::shared_ptr<Log> log_;
  Offset offset_;

  // Where the batch that holds offset_ begins; void until Locate.
  std::shared_ptr<Segment> segment_;
  std::span<const std::byte> bytes_;  // its mapping, of which the first limit_ may be touched
  std::size_t limit_ = 0;
  std::size_t position_ = 0;    // byte of the segment
  Offset batch_base_ = 0;       // base offset of the batch there: what its header must say
  LeaderEpoch last_epoch_ = 0;  // of the batch before it: epochs never fall

  // One past the last offset of the segment, as of a generation of the segment list.
  Offset segment_end_ = 0;
  std::uint32_t end_generation_ = 0;
  bool end_known_ = false;
};

}  // namespace leat::log

#endif  // LEAT_LOG_CURSOR_H_
