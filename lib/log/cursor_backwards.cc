// Going backwards: to a batch so far before an offset that what is between can be read at once. Batches say where the
// next one begins, not the last: so a walk goes forwards, from the nearest place that an index knows.
#include <cstddef>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/cursor.h"

namespace leat::log {

absl::StatusOr<Offset> Cursor::SeekBefore(Offset offset, std::size_t max_bytes) {
  for (int tries = 0;; ++tries) {
    auto found = FindBefore(offset, max_bytes);
    if (found.ok() || !LookAnew(found.status(), tries)) {
      if (absl::IsAborted(found.status())) return absl::DataLossError(found.status().message());
      return found;
    }
  }
}

absl::StatusOr<Offset> Cursor::FindBefore(Offset offset, std::size_t max_bytes) {
  const Offset high_watermark = log_->page().high_watermark.load(std::memory_order_acquire);
  if (log_->Deleted()) [[unlikely]] {
    return absl::NotFoundError(fmt::format("topic {} has been deleted", log_->settings().topic));
  }
  const Offset start = log_->log_start();
  for (Offset end = offset;;) {
    Seek(end - 1);
    if (end > high_watermark || end <= start) {
      offset_ = offset;
      return OutOfRange(high_watermark);
    }
    if (auto s = Locate(high_watermark); !s.ok()) {
      // Retired since the look at the log's start.
      return end - 1 < log_->log_start() ? OutOfRange(high_watermark) : s;
    }
    const auto behind = EndOfBatchHere();
    if (!behind.ok()) return behind.status();
    if (*behind > 0) {
      if (auto s = WalkToLast(*behind, max_bytes); !s.ok()) return s;
      offset_ = batch_base_;
      break;
    }
    // Compaction has left nothing in this segment that is before `end`.
    if (segment_->base() <= start) {
      Seek(start);
      return start;
    }
    end = segment_->base();
  }
  // Trimmed to the middle of what lies there.
  if (offset_ < start) Seek(start);
  return offset_;
}

// The byte behind the batch that holds offset_, or, where compaction has taken that, behind the one before it.
absl::StatusOr<std::size_t> Cursor::EndOfBatchHere() {
  const auto here = BytesHere();
  if (!here.ok()) return here.status();
  if (here->empty() || CheckBatchHeader(*here) != BatchVerdict::kOk) return position_;
  const BatchView batch(*here);
  return batch.base_offset() <= offset_ ? position_ + batch.size_bytes() : position_;
}

// To the first batch that has no more than `max_bytes` from its beginning to `end`; to the last one before `end` if none
// has.
absl::Status Cursor::WalkToLast(std::size_t end, std::size_t max_bytes) {
  const std::size_t target = end > max_bytes ? end - max_bytes : 0;
  for (std::size_t from = IndexedPosition(target);; from = 0) {
    std::size_t last = from;
    position_ = from;
    while (position_ < end) {
      const auto rest = bytes_.subspan(position_, limit_ - position_);
      if (const BatchVerdict verdict = CheckBatchHeader(rest); verdict != BatchVerdict::kOk) return Damage(verdict);
      last = position_;
      if (position_ >= target) break;
      position_ += BatchView(rest).size_bytes();
    }
    // An index that leads astray is not trusted.
    if (position_ > end && from > 0) continue;
    position_ = last;
    batch_base_ = BatchView(bytes_.subspan(last)).base_offset();
    return absl::OkStatus();
  }
}

}  // namespace leat::log
