// When the next record may be sent.
#ifndef LEAT_CLI_PACE_H_
#define LEAT_CLI_PACE_H_

#include <algorithm>
#include <chrono>
#include <optional>

namespace leat::cli {

// Either so many a second, where what was late is caught up with, or a time between one and the next.
class Pace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Pace() = default;  // as quick as it goes
  static Pace Rate(double a_second) { return Pace(std::chrono::duration<double>(1 / a_second), true); }
  static Pace Interval(std::chrono::nanoseconds between) { return Pace(between, false); }

  bool free() const { return !between_.has_value(); }

  // When the next one is due, at the earliest. The first is due at once.
  TimePoint Due(TimePoint now) const { return due_.value_or(now); }

  void Sent(TimePoint now) {
    if (free()) return;
    // Who comes back after a long pause does not make up for it in one go.
    constexpr auto kMostLate = std::chrono::milliseconds(100);
    const TimePoint from = catches_up_ && due_.has_value() ? std::max(*due_, now - kMostLate) : now;
    due_ = from + std::chrono::duration_cast<std::chrono::nanoseconds>(*between_);
  }

 private:
  Pace(std::chrono::duration<double> between, bool catches_up) : between_(between), catches_up_(catches_up) {}

  std::optional<std::chrono::duration<double>> between_;
  bool catches_up_ = false;
  std::optional<TimePoint> due_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_PACE_H_
