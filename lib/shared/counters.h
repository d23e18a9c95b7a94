// Counting in shared memory. Where the counters stand, and who counts which, is in layout.h.
//
// Everything here is relaxed: a counter says how often, never when, and orders nothing. Who holds the lock that a counter
// belongs to is the only one who stores to it, and needs no locked instruction; what anybody counts is added once a call
// or a batch, never once a record.
#ifndef LEAT_SHARED_COUNTERS_H_
#define LEAT_SHARED_COUNTERS_H_

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "shared/layout.h"

namespace leat::shared {

// Of a counter that only the caller may store to now.
inline void AddAlone(SharedCount& count, std::uint64_t more = 1) {
  count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

// Of one that anybody may add to meanwhile.
inline void Add(SharedCount& count, std::uint64_t more = 1) { count.fetch_add(more, std::memory_order_relaxed); }

inline std::uint64_t Read(const SharedCount& count) { return count.load(std::memory_order_relaxed); }

// The upper end of a bucket but the last.
constexpr std::chrono::nanoseconds BucketEnd(std::uint32_t bucket) {
  return std::chrono::nanoseconds(std::int64_t{64} << bucket);
}

constexpr std::uint32_t BucketOf(std::chrono::nanoseconds time) {
  if (time <= BucketEnd(0)) return 0;
  const auto wholes = static_cast<std::uint64_t>(time.count() - 1) >> 6;
  return std::min<std::uint32_t>(static_cast<std::uint32_t>(std::bit_width(wholes)), kTimeBuckets - 1);
}

// Two locked instructions: for what takes much longer than they do, or is measured now and then.
inline void Add(TimeHistogram& histogram, std::chrono::nanoseconds time) {
  Add(histogram.nanoseconds, static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)));
  Add(histogram.buckets[BucketOf(time)]);
}

// Which of PartitionCounters::append_errors counts an error of this code.
constexpr std::uint32_t ErrorKindOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 1;
    case absl::StatusCode::kNotFound:
      return 2;
    case absl::StatusCode::kUnavailable:
      return 3;
    case absl::StatusCode::kResourceExhausted:
      return 4;
    case absl::StatusCode::kDataLoss:
      return 5;
    case absl::StatusCode::kDeadlineExceeded:
      return 6;
    default:
      return 0;
  }
}

}  // namespace leat::shared

#endif  // LEAT_SHARED_COUNTERS_H_
