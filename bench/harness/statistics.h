// Medians and percentiles.
#ifndef LEAT_BENCH_HARNESS_STATISTICS_H_
#define LEAT_BENCH_HARNESS_STATISTICS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

namespace leat::bench {

// The smallest sample that `fraction` of all do not exceed; samples are put into another order. 0 of none.
template <typename T>
T Percentile(std::vector<T>& samples, double fraction) {
  if (samples.empty()) return T{};
  const auto last = samples.size() - 1;
  const std::size_t index = std::min(last, static_cast<std::size_t>(fraction * static_cast<double>(samples.size())));
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(samples.begin(), place, samples.end());
  return *place;
}

template <typename T>
T Median(std::vector<T> samples) {
  return Percentile(samples, 0.5);
}

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_STATISTICS_H_
