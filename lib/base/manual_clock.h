// A clock that stands still until the test moves it.
#ifndef LEAT_BASE_MANUAL_CLOCK_H_
#define LEAT_BASE_MANUAL_CLOCK_H_

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace leat::base {

// Threads: safe from all threads.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_millis = 1'700'000'000'000) : wall_millis_(wall_millis) {}

  std::int64_t WallMillis() const override { return wall_millis_.load(std::memory_order_relaxed); }
  std::chrono::nanoseconds Monotonic() const override {
    return std::chrono::nanoseconds(monotonic_.load(std::memory_order_relaxed));
  }

  // Time passes: both clocks go on by `step`; the wall clock by whole milliseconds of it.
  void Advance(std::chrono::nanoseconds step) {
    const auto before = monotonic_.fetch_add(step.count(), std::memory_order_relaxed);
    constexpr std::int64_t kMilli = 1'000'000;
    wall_millis_.fetch_add((before + step.count()) / kMilli - before / kMilli, std::memory_order_relaxed);
  }

  // Somebody sets the machine's date; the monotonic clock does not notice.
  void SetWallMillis(std::int64_t wall_millis) { wall_millis_.store(wall_millis, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> wall_millis_;
  std::atomic<std::int64_t> monotonic_{1'000'000'000};
};

}  // namespace leat::base

#endif  // LEAT_BASE_MANUAL_CLOCK_H_
