// When to give up waiting.
#ifndef LEAT_CLIENT_DEADLINE_H_
#define LEAT_CLIENT_DEADLINE_H_

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace leat::client {

// How long a wait sleeps at most before it looks again at what nobody rings for: the broker that is closed, topics
// that are made.
inline constexpr std::chrono::nanoseconds kLongestWait = std::chrono::milliseconds(100);

class Deadline {
 public:
  // However long the timeout is; the largest ones are cut, so that the sum does not overflow.
  Deadline(const base::Clock& clock, std::chrono::nanoseconds timeout)
      : clock_(clock),
        at_(clock.Monotonic() +
            std::clamp<std::chrono::nanoseconds>(timeout, std::chrono::nanoseconds::zero(), kForever)) {}

  // Not above zero when it has passed.
  std::chrono::nanoseconds Left() const { return at_ - clock_.Monotonic(); }

 private:
  static constexpr std::chrono::nanoseconds kForever = std::chrono::hours(24 * 365 * 100);

  const base::Clock& clock_;
  std::chrono::nanoseconds at_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_DEADLINE_H_
