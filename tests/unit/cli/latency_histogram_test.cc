// Percentiles beside a sorted list of the same times.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "cli/fake_chance.h"
#include "cli/latency_histogram.h"
#include "support/catch.h"

namespace leat::cli {
namespace {

using std::chrono::nanoseconds;

TEST_CASE("nothing has taken no time") {
  const LatencyHistogram empty;
  CHECK(empty.Percentile(.5) == nanoseconds(0));
  CHECK(empty.max() == nanoseconds(0));
}

TEST_CASE("one time is all percentiles of itself, whatever it is") {
  for (const std::int64_t time : {std::int64_t{0}, std::int64_t{1}, std::int64_t{127}, std::int64_t{128},
                                  std::int64_t{1'000'000'007}, INT64_MAX}) {
    LatencyHistogram one;
    one.Add(nanoseconds(time));
    for (const double share : {0.0, .5, .999, 1.0}) CHECK(one.Percentile(share) == nanoseconds(time));
  }
  LatencyHistogram negative;  // a clock that was set back
  negative.Add(nanoseconds(-5));
  CHECK(negative.max() == nanoseconds(0));
}

TEST_CASE("a percentile is never too low, and at most a 64th too high") {
  FakeChance chance(4);
  LatencyHistogram histogram;
  std::vector<std::int64_t> times;
  for (int i = 0; i < 20'000; ++i) {
    const auto time = static_cast<std::int64_t>(chance.Next() >> (1 + chance.Below(60)));
    times.push_back(time);
    histogram.Add(nanoseconds(time));
  }
  std::sort(times.begin(), times.end());
  for (const double share : {.01, .25, .5, .9, .99, .999, 1.0}) {
    const std::int64_t exact = times[static_cast<std::size_t>(share * 20'000 + .5) - 1];
    const std::int64_t told = histogram.Percentile(share).count();
    CHECK(told >= exact);
    CHECK(told - exact <= exact / 64);
  }
  CHECK(histogram.count() == 20'000);
  CHECK(histogram.max() == nanoseconds(times.back()));
}

}  // namespace
}  // namespace leat::cli
