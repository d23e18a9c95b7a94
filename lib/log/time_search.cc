#include "log/time_search.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include <leat/batch.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "log/cursor.h"
#include "log/time_index.h"
#include "shared/commit_slots.h"

namespace leat::log {
namespace {

// What is sought is mostly in the first batches that are read: more and more is asked for when it is not.
constexpr std::size_t kFirstReadSize = 16 << 10;
constexpr std::size_t kReadSize = 1 << 20;

constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::min();

using Found = absl::StatusOr<std::optional<OffsetAtTime>>;

// A place in the active segment before which no record is later than `greatest`.
struct SparsePlace {
  Offset offset;
  std::int64_t greatest;
};

// The last one that the sparse index has of those that `holds` says yes to, which it does up to some entry; the segment's
// base, before which there is nothing, if there is none. Entries move when the segment or the step changes; if that happened
// while we read, it is the base, too.
SparsePlace LastPlace(const shared::SparseIndex& index, Offset segment_base,
                      absl::FunctionRef<bool(const SparsePlace&)> holds) {
  const SparsePlace base{.offset = segment_base, .greatest = kAnyTime};
  const std::uint32_t step = index.step.load(std::memory_order_acquire);
  if (index.segment_base.load(std::memory_order_acquire) != segment_base) return base;
  const std::uint32_t count = std::min(index.count.load(std::memory_order_acquire), shared::kSparseEntries);
  SparsePlace place = base;
  for (std::uint32_t i = 0; i < count; ++i) {
    const SparsePlace next{.offset = segment_base + index.entries[i].relative_offset.load(std::memory_order_relaxed),
                           .greatest = index.entries[i].max_timestamp.load(std::memory_order_relaxed)};
    if (!holds(next)) break;
    place = next;
  }
  std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the fences in Appender::IndexBatch
  const bool moved = index.step.load(std::memory_order_relaxed) != step ||
                     index.segment_base.load(std::memory_order_relaxed) != segment_base;
  return moved ? base : place;
}

// An offset of the active segment before which no record is of `timestamp` or later.
Offset SparseLowerBound(const shared::SparseIndex& index, Offset segment_base, std::int64_t timestamp) {
  return LastPlace(index, segment_base, [&](const SparsePlace& place) { return place.greatest < timestamp; }).offset;
}

// Of a finished segment, if it has one that says something. One that is not sealed yet, or whose index is not to be
// believed, is read from its beginning.
std::optional<TimeIndex> IndexOf(const Log& log, const Segment& segment) {
  if (segment.is_replacing()) return std::nullopt;
  auto index = TimeIndex::Load(*log.settings().files, log.settings().folder, segment.base());
  if (!index.ok() || !index->last().has_value()) return std::nullopt;
  return *std::move(index);
}

// Where in the segment the search begins; nullopt when nothing in it is late enough.
std::optional<Offset> BeginIn(Log& log, const Log::TimedSegment& timed, std::int64_t timestamp) {
  const Offset base = timed.segment->base();
  const shared::CommitState state = shared::ReadCommit(log.page());
  if (base == state.segment_base) {
    if (state.max_timestamp < timestamp) return std::nullopt;
    return SparseLowerBound(log.page().index, base, timestamp);
  }
  const auto index = IndexOf(log, *timed.segment);
  if (!index.has_value()) return base;
  log.LearnGreatest(timed, index->last()->timestamp);
  if (index->last()->timestamp < timestamp) return std::nullopt;
  return index->Lookup(timestamp);
}

// Hands out the batches from the one that holds `from`, which may be any offset of it, up to the one that ends at `end` or
// behind it, until `look` has seen enough. The offset that it is told is the log's start, which may cut into a batch.
absl::Status Walk(Log& log, Offset from, Offset end, absl::FunctionRef<bool(BatchView, Offset)> look) {
  Cursor cursor(log.shared_from_this(), std::max(from, log.log_start()));
  std::size_t size = kFirstReadSize;
  while (cursor.position() < end) {
    const Offset log_start = log.log_start();
    auto fetched = cursor.Fetch(size);
    if (absl::IsOutOfRange(fetched.status()) && cursor.position() < log.log_start()) {
      cursor.Seek(log.log_start());  // what has gone meanwhile is not sought
      continue;
    }
    if (!fetched.ok()) return fetched.status();
    if (fetched->bytes.empty()) break;
    for (auto rest = fetched->bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
      if (look(BatchView(rest), log_start)) return absl::OkStatus();
    }
    size = std::min(2 * size, kReadSize);
  }
  return absl::OkStatus();
}

// The records of one batch from `from` on, with their times; none of a control batch.
class TimedRecords {
 public:
  TimedRecords(BatchView batch, Offset from) : batch_(batch), reader_(batch), from_(from) {}

  std::optional<OffsetAtTime> Next() {
    while (!batch_.is_control() && reader_.Next()) {
      const Offset offset = batch_.base_offset() + reader_.record().offset_delta;
      if (offset < from_) continue;
      const bool append_time = batch_.timestamp_type() == TimestampType::kLogAppendTime;
      return OffsetAtTime{.offset = offset,
                          .timestamp = append_time ? batch_.max_timestamp()
                                                   : batch_.base_timestamp() + reader_.record().timestamp_delta};
    }
    return std::nullopt;
  }

 private:
  const BatchView batch_;
  RecordReader reader_;
  const Offset from_;
};

Found FirstBetween(Log& log, Offset from, Offset end, std::int64_t timestamp) {
  std::optional<OffsetAtTime> found;
  const absl::Status walked = Walk(log, from, end, [&](BatchView batch, Offset log_start) {
    if (batch.max_timestamp() < timestamp) return false;
    TimedRecords records(batch, log_start);
    do {
      found = records.Next();
    } while (found.has_value() && found->timestamp < timestamp);
    return found.has_value();
  });
  if (!walked.ok()) return walked;
  return found;
}

// The latest record, the first of several, of those that `Walk` comes by.
Found LatestBetween(Log& log, Offset from, Offset end) {
  std::optional<OffsetAtTime> latest;
  const absl::Status walked = Walk(log, from, end, [&](BatchView batch, Offset log_start) {
    if (latest.has_value() && batch.max_timestamp() <= latest->timestamp) return false;
    TimedRecords records(batch, log_start);
    while (const auto record = records.Next()) {
      if (!latest.has_value() || record->timestamp > latest->timestamp) latest = record;
    }
    return false;
  });
  if (!walked.ok()) return walked;
  return latest;
}

Found FirstInSegment(Log& log, const Log::TimedSegment& timed, Offset end, std::int64_t timestamp) {
  const auto begin = BeginIn(log, timed, timestamp);
  if (!begin.has_value()) return std::optional<OffsetAtTime>();
  Found found = FirstBetween(log, *begin, end, timestamp);
  // The time was a promise of the index for records that have gone since, or the log's start cut them off.
  const bool all_was_read = timed.end == end && timestamp > kAnyTime;
  if (found.ok() && !found->has_value() && all_was_read) log.LearnGreatest(timed, timestamp - 1);
  return found;
}

// The latest record of a finished segment, or what is known of it has become less.
Found LatestInSegment(Log& log, const Log::TimedSegment& timed) {
  if (const auto index = IndexOf(log, *timed.segment)) {
    log.LearnGreatest(timed, index->last()->timestamp);
    if (index->last()->timestamp < timed.greatest) return std::optional<OffsetAtTime>();
    // What it promises may be known to have gone.
    const std::int64_t greatest = timed.greatest;
    Found found = FirstBetween(log, index->Lookup(greatest), *timed.end, greatest);
    if (!found.ok() || (found->has_value() && (*found)->timestamp == greatest)) return found;
  }
  Found found = LatestBetween(log, timed.segment->base(), *timed.end);
  if (found.ok()) log.LearnGreatest(timed, found->has_value() ? (*found)->timestamp : SegmentTimes::kNoRecord);
  return found;
}

// The latest record of the segment that is appended to, or is not all below the high watermark; nullopt when there is no
// such segment.
Found LatestOfUnfinished(Log& log, Offset high_watermark) {
  if (high_watermark <= log.log_start()) return std::optional<OffsetAtTime>();
  const auto last = log.SegmentSince(high_watermark - 1, kAnyTime);
  if (!last.ok()) return last.status();
  if (!last->has_value() || ((*last)->end.has_value() && *(*last)->end <= high_watermark)) {
    return std::optional<OffsetAtTime>();
  }
  const Offset base = (*last)->segment->base();
  const shared::SparseIndex& index = log.page().index;
  const SparsePlace place =
      LastPlace(index, base, [&](const SparsePlace& next) { return next.offset < high_watermark; });
  // Behind the place each record is looked at; before it, the index says what the latest time is.
  const Found behind = LatestBetween(log, place.offset, high_watermark);
  if (!behind.ok() || place.offset == base) return behind;
  if (behind->has_value() && (*behind)->timestamp > place.greatest) return behind;
  const Found before =
      FirstBetween(log, SparseLowerBound(index, base, place.greatest), high_watermark, place.greatest);
  if (!before.ok() || (before->has_value() && (*before)->timestamp == place.greatest)) return before;
  // Trimmed, or no time at all.
  return LatestBetween(log, base, high_watermark);
}

}  // namespace

Found FindOffsetForTime(Log& log, std::int64_t timestamp) {
  const Offset high_watermark = log.high_watermark();
  Offset from = log.log_start();
  do {
    const auto timed = log.SegmentSince(from, timestamp);
    if (!timed.ok()) return timed.status();
    if (!timed->has_value()) break;
    const Offset end = std::min((*timed)->end.value_or(high_watermark), high_watermark);
    const Found found = FirstInSegment(log, **timed, end, timestamp);
    if (!found.ok() || found->has_value()) return found;
    from = end;
  } while (from < high_watermark);
  return std::optional<OffsetAtTime>();
}

Found FindMaxTimestamp(Log& log) {
  const Offset high_watermark = log.high_watermark();
  Found best = LatestOfUnfinished(log, high_watermark);
  while (best.ok()) {
    const auto timed = log.LatestSegment(high_watermark);
    if (!timed.ok()) return timed.status();
    if (!timed->has_value()) return best;
    if (best->has_value()) {
      const OffsetAtTime known = **best;
      const bool is_before = known.offset < *(*timed)->end;
      if ((*timed)->greatest < known.timestamp || ((*timed)->greatest == known.timestamp && is_before)) return best;
    }
    const Found found = LatestInSegment(log, **timed);
    if (!found.ok()) return found;
    if (!found->has_value()) continue;
    const bool is_better = !best->has_value() || (*found)->timestamp > (*best)->timestamp ||
                           ((*found)->timestamp == (*best)->timestamp && (*found)->offset < (*best)->offset);
    if (is_better) best = found;
  }
  return best;
}

}  // namespace leat::log
