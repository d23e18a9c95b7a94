#include "harness/clock.h"

#include <vector>

#include "harness/statistics.h"

namespace leat::bench {
namespace {

double MeasureNsPerTick() {
  constexpr std::int64_t kEnoughNs = 20'000'000;
  const std::int64_t begin_ns = NowNs();
  const std::int64_t begin = Ticks();
  std::int64_t ns = 0;
  while (ns < kEnoughNs) ns = NowNs() - begin_ns;
  return static_cast<double>(ns) / static_cast<double>(Ticks() - begin);
}

std::int64_t MeasureTicksOfReading() {
  std::vector<std::int64_t> ticks(10'000);
  for (std::int64_t& sample : ticks) {
    const std::int64_t begin = Ticks();
    sample = Ticks() - begin;
  }
  return Median(ticks);
}

}  // namespace

double NsPerTick() {
  static const double ns = MeasureNsPerTick();
  return ns;
}

std::int64_t TicksOfReading() {
  static const std::int64_t ticks = MeasureTicksOfReading();
  return ticks;
}

}  // namespace leat::bench
