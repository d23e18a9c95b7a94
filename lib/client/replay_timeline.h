// When what happened in a log at one time is due on a clock that may go at another speed.
#ifndef LEAT_CLIENT_REPLAY_TIMELINE_H_
#define LEAT_CLIENT_REPLAY_TIMELINE_H_

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace leat::client {

// Log times are Kafka's timestamps, ms since 1970, of any value that is not negative; they never go back. The clock's are
// base::Clock::Monotonic's.
class ReplayTimeline {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  static constexpr Nanoseconds kNever = Nanoseconds::max();

  ReplayTimeline(double speed, std::chrono::milliseconds longest_gap)
      : speed_(speed), longest_gap_(static_cast<double>(longest_gap.count())) {}

  bool begun() const { return at_.has_value(); }

  // When `time` is due. The first that is asked for is due `now`, and begins the timeline. `time` is the next that is to
  // happen: what nothing happens in before it is cut.
  Nanoseconds Due(std::int64_t time, Nanoseconds now) {
    const auto wanted = static_cast<double>(time);
    if (!at_.has_value()) Begin(wanted, now);
    // What has been cut stands between the log's time and the timeline's.
    if (wanted - happened_ > longest_gap_) {
      anchor_time_ += wanted - happened_ - longest_gap_;
      happened_ = wanted - longest_gap_;
    }
    const double left = wanted - anchor_time_;
    if (left <= 0 || std::isinf(speed_)) return at_.value();
    if (speed_ == 0) return kNever;
    const double nanoseconds = left * 1e6 / speed_;
    return nanoseconds >= kMost ? kNever : *at_ + Nanoseconds(static_cast<Nanoseconds::rep>(nanoseconds));
  }

  // What was due has been handed out.
  void Happened(std::int64_t time) { happened_ = std::max(happened_, static_cast<double>(time)); }

  // The log's time now: not beyond `next`, the next that is to happen.
  std::optional<std::int64_t> TimeAt(Nanoseconds now, std::optional<std::int64_t> next) const {
    if (!at_.has_value()) return std::nullopt;
    double time = happened_;
    if (std::isfinite(speed_)) time = std::max(time, anchor_time_ + Elapsed(now) * speed_);
    if (next.has_value()) time = std::min(time, static_cast<double>(*next));
    return time >= 9.2e18 ? std::optional(INT64_MAX) : std::optional(static_cast<std::int64_t>(time));
  }

  void SetSpeed(double speed, Nanoseconds now, std::optional<std::int64_t> next) {
    if (const auto time = TimeAt(now, next); time.has_value()) {
      anchor_time_ = static_cast<double>(*time);
      at_ = now;
    }
    speed_ = speed;
  }

 private:
  static constexpr double kMost = 3.2e18;  // ns: a hundred years

  void Begin(double time, Nanoseconds now) {
    at_ = now;
    anchor_time_ = happened_ = time;
  }
  double Elapsed(Nanoseconds now) const { return static_cast<double>((now - *at_).count()) / 1e6; }

  double speed_;
  double longest_gap_;             // ms
  double happened_ = 0;            // the greatest log time that has been handed out
  double anchor_time_ = 0;         // the log's time
  std::optional<Nanoseconds> at_;  // at this time of the clock
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_REPLAY_TIMELINE_H_
