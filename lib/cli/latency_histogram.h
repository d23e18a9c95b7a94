// How long something took, many times: percentiles in little memory, whatever the times are.
#ifndef LEAT_CLI_LATENCY_HISTOGRAM_H_
#define LEAT_CLI_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace leat::cli {

// 64 buckets for each power of two: what it tells is at most a 64th too long, and never too short.
class LatencyHistogram {
 public:
  void Add(std::chrono::nanoseconds time) {
    const auto nanos = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    ++counts_[BucketOf(nanos)];
    ++count_;
    max_ = std::max(max_, nanos);
  }

  std::int64_t count() const { return count_; }
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }

  // What `share` of the times, 0 to 1, did not exceed; 0 when there are none.
  std::chrono::nanoseconds Percentile(double share) const {
    const auto wanted = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(count_)));
    std::int64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += counts_[bucket];
      if (seen >= std::max<std::int64_t>(wanted, 1)) return std::chrono::nanoseconds(std::min(LastOf(bucket), max_));
    }
    return std::chrono::nanoseconds(max_);
  }

 private:
  static constexpr std::size_t kBits = 6, kHalf = std::size_t{1} << kBits, kBuckets = (64 - kBits + 1) * kHalf;

  // Below 128 each number has a bucket of its own; above, the seven highest bits count.
  static std::size_t BucketOf(std::uint64_t nanos) {
    if (nanos < 2 * kHalf) return static_cast<std::size_t>(nanos);
    const auto shift = static_cast<std::size_t>(std::bit_width(nanos)) - kBits - 1;
    return shift * kHalf + static_cast<std::size_t>(nanos >> shift);
  }

  // The greatest number of that bucket.
  static std::uint64_t LastOf(std::size_t bucket) {
    if (bucket < 2 * kHalf) return bucket;
    const std::size_t shift = bucket / kHalf - 1;
    return ((std::uint64_t{bucket % kHalf + kHalf} + 1) << shift) - 1;
  }

  std::array<std::int64_t, kBuckets> counts_{};
  std::int64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_LATENCY_HISTOGRAM_H_
