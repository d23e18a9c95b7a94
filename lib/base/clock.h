// Time as a constructor argument, so that tests hold it in their hands.
#ifndef LEAT_BASE_CLOCK_H_
#define LEAT_BASE_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace leat::base {

// Threads: all calls are safe from all threads.
class Clock {
 public:
  virtual ~Clock() = default;

  // Milliseconds since 1970, as Kafka stamps records with. `WallCoarse` may lag by one tick of the kernel (4 ms at most) and
  // costs a quarter of `Wall`.
  virtual std::int64_t WallMillis() const = 0;
  virtual std::int64_t WallMillisCoarse() const { return WallMillis(); }

  // Never goes back; counts from some moment of this boot.
  virtual std::chrono::nanoseconds Monotonic() const = 0;
};

// The machine's clock; lives for ever.
const Clock& RealClock();

}  // namespace leat::base

#endif  // LEAT_BASE_CLOCK_H_
