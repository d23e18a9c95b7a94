#include "shared/doorbell.h"

#include <bit>
#include <limits>

#include "io/futex.h"
#include "shared/counters.h"

namespace leat::shared {

void RingSlowly(ControlFile& control, std::uint64_t mask) {
  while (mask != 0) {
    const auto bell = static_cast<std::uint32_t>(std::countr_zero(mask));
    mask &= mask - 1;
    Ring(control.doorbell(bell));
  }
}

void RingSleepersSlowly(ControlFile& control, PartitionPage& page) {
  const std::uint64_t mask = page.sleepers.exchange(0, std::memory_order_acq_rel);
  if (mask != 0) Add(page.counters.wakeups, static_cast<std::uint64_t>(std::popcount(mask)));
  RingSlowly(control, mask);
}

void Ring(Doorbell& doorbell) {
  doorbell.rings.fetch_add(1, std::memory_order_release);
  io::FutexWake(doorbell.rings, std::numeric_limits<int>::max());
}

void SleepAt(const Doorbell& doorbell, std::uint32_t rings, std::chrono::nanoseconds timeout) {
  io::FutexWait(doorbell.rings, rings, timeout);
}

}  // namespace leat::shared
