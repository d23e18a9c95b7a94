#include "base/clock.h"

#include <time.h>

namespace leat::base {
namespace {

std::int64_t Millis(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

class MachineClock final : public Clock {
 public:
  std::int64_t WallMillis() const override { return Millis(CLOCK_REALTIME); }
  std::int64_t WallMillisCoarse() const override { return Millis(CLOCK_REALTIME_COARSE); }
  std::chrono::nanoseconds Monotonic() const override {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  }
};

}  // namespace

const Clock& RealClock() {
  // Never destroyed: threads of the application may still ask for the time while statics go down.
  static const Clock* const clock = new MachineClock;
  return *clock;
}

}  // namespace leat::base
