// Waiting a little for what nobody rings for: the lock of a file.
#ifndef LEAT_BROKER_NAP_H_
#define LEAT_BROKER_NAP_H_

#include <atomic>
#include <chrono>
#include <cstdint>

#include "io/futex.h"

namespace leat::broker {

inline void Nap(std::chrono::nanoseconds time) {
  const std::atomic<std::uint32_t> nobody_rings{0};
  io::FutexWait(nobody_rings, 0, time);
}

}  // namespace leat::broker

#endif  // LEAT_BROKER_NAP_H_
