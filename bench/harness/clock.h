// The benchmarks' clocks.
#ifndef LEAT_BENCH_HARNESS_CLOCK_H_
#define LEAT_BENCH_HARNESS_CLOCK_H_

#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace leat::bench {

// Nanoseconds of a clock that all processes of the machine share.
inline std::int64_t NowNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

inline double SecondsSince(std::int64_t begin_ns) { return static_cast<double>(NowNs() - begin_ns) / 1e9; }

// The cheapest clock there is, for what takes some tens of nanoseconds: shared by all processes and processors, too,
// where the kernel itself keeps time by it.
inline std::int64_t Ticks() {
#if defined(__x86_64__)
  return static_cast<std::int64_t>(__rdtsc());
#else
  return NowNs();
#endif
}

// Nanoseconds a tick, and how many ticks it takes to read them; found out at the first call.
double NsPerTick();
std::int64_t TicksOfReading();

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_CLOCK_H_
