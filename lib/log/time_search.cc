#include "log/time_search.h"

#include <algorithm>
#include <atomic>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "log/cursor.h"
#include "log/time_index.h"
#include "shared/commit_slots.h"

namespace leat::log {
namespace {

constexpr std::size_t kReadSize = 1 << 20;

// An offset of the active segment before which no record is of `timestamp` or later. Entries move when the segment or
// the step changes; if that happened while we read, the search begins at the segment's base.
Offset SparseLowerBound(const shared::SparseIndex& index, Offset segment_base, std::int64_t timestamp) {
  const std::uint32_t step = index.step.load(std::memory_order_acquire);
  if (index.segment_base.load(std::memory_order_acquire) != segment_base) return segment_base;
  const std::uint32_t count = std::min(index.count.load(std::memory_order_acquire), shared::kSparseEntries);
  Offset bound = segment_base;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (index.entries[i].max_timestamp.load(std::memory_order_relaxed) >= timestamp) break;
    bound = segment_base + index.entries[i].relative_offset.load(std::memory_order_relaxed);
  }
  std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the fences in Appender::IndexBatch
  const bool moved = index.step.load(std::memory_order_relaxed) != step ||
                     index.segment_base.load(std::memory_order_relaxed) != segment_base;
  return moved ? segment_base : bound;
}

// Where in `segment` the search begins; nullopt when nothing in it is late enough.
std::optional<Offset> BeginIn(Log& log, const Segment& segment, std::int64_t timestamp) {
  const shared::CommitState state = shared::ReadCommit(log.page());
  if (segment.base() == state.segment_base) {
    if (state.max_timestamp < timestamp) return std::nullopt;
    return SparseLowerBound(log.page().index, segment.base(), timestamp);
  }
  // Not sealed yet, or not to be believed: all of it is read.
  if (segment.is_replacing()) return segment.base();
  auto index = TimeIndex::Load(*log.settings().files, log.settings().folder, segment.base());
  if (!index.ok() || !index->last().has_value()) return segment.base();
  if (index->last()->timestamp < timestamp) return std::nullopt;
  return index->Lookup(timestamp);
}

std::optional<OffsetAtTime> FirstIn(BatchView batch, Offset from, std::int64_t timestamp) {
  if (batch.is_control() || batch.max_timestamp() < timestamp) return std::nullopt;
  const bool append_time = batch.timestamp_type() == TimestampType::kLogAppendTime;
  for (RecordReader reader(batch); reader.Next();) {
    const Offset offset = batch.base_offset() + reader.record().offset_delta;
    const std::int64_t time =
        append_time ? batch.max_timestamp() : batch.base_timestamp() + reader.record().timestamp_delta;
    if (offset >= from && time >= timestamp) return OffsetAtTime{.offset = offset, .timestamp = time};
  }
  return std::nullopt;
}

// Begins with the whole batch that holds `from`, which may be any offset of it; `log_start` may cut into a batch.
absl::StatusOr<std::optional<OffsetAtTime>> ScanFrom(Log& log, Offset from, Offset end, std::int64_t timestamp) {
  const Offset log_start = log.log_start();
  Cursor cursor(log.shared_from_this(), std::max(from, log_start));
  while (cursor.position() < end) {
    auto fetched = cursor.Fetch(kReadSize);
    if (!fetched.ok()) return fetched.status();
    if (fetched->bytes.empty()) break;
    for (auto rest = fetched->bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
      if (auto found = FirstIn(BatchView(rest), log_start, timestamp)) return found;
    }
  }
  return std::optional<OffsetAtTime>();
}

}  // namespace

absl::StatusOr<std::optional<OffsetAtTime>> FindOffsetForTime(Log& log, std::int64_t timestamp) {
  auto segments = log.Segments();
  if (!segments.ok()) return segments.status();
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const auto begin = BeginIn(log, *(*segments)[i], timestamp);
    if (!begin.has_value()) continue;
    const Offset end = i + 1 < segments->size() ? (*segments)[i + 1]->base() : log.high_watermark();
    auto found = ScanFrom(log, *begin, end, timestamp);
    // The time was a promise of the index for records that have gone since, or the log's start cut them off: go on.
    if (!found.ok() || found->has_value()) return found;
  }
  return std::optional<OffsetAtTime>();
}

}  // namespace leat::log
