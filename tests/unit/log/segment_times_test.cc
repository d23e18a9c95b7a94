#include "log/segment_times.h"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "support/catch.h"

namespace leat::log {
namespace {

constexpr std::int64_t kUnknown = SegmentTimes::kUnknown;

TEST_CASE("of segments of which nothing is known each may have any time, and none is the end of the search") {
  SegmentTimes times;
  CHECK_FALSE(times.FirstSince(0, 0).has_value());
  CHECK_FALSE(times.Latest(0, 100).has_value());
  times.Assign({10, 20, 30});
  CHECK(times.FirstSince(0, 5)->base == 10);
  CHECK(times.FirstSince(25, 5)->base == 20);
  CHECK(times.FirstSince(25, 5)->end == 30);
  CHECK(times.FirstSince(1000, kUnknown)->base == 30);
  CHECK_FALSE(times.FirstSince(30, 5)->end.has_value());
  CHECK(times.Latest(0, 1000)->base == 10);
  CHECK_FALSE(times.Latest(0, 19).has_value());
  CHECK_FALSE(times.Latest(20, 20).has_value());
}

TEST_CASE("a bound stays known while its segment has the same base and the same end") {
  SegmentTimes times;
  times.Assign({0, 10, 20, 30});
  times.Learn(0, 10, 100);
  times.Learn(10, 20, 200);
  times.Learn(20, 30, 50);
  times.Learn(20, 25, 1);  // of a segment that there was
  CHECK(times.FirstSince(0, 101)->base == 10);
  CHECK(times.FirstSince(0, 201)->base == 30);
  CHECK(times.Latest(0, 30)->greatest == 200);
  CHECK(times.Latest(20, 30)->greatest == 50);
  times.Learn(10, 20, 300);  // less is known than before
  CHECK(times.Latest(0, 30)->greatest == 200);
  // The first is gone, two became one, and others came.
  times.Assign({10, 30, 40, 50});
  CHECK(times.FirstSince(0, 1000)->base == 10);
  times.Learn(10, 30, 60);
  CHECK(times.FirstSince(0, 1000)->base == 30);
  times.Learn(30, 40, SegmentTimes::kNoRecord);
  times.Learn(40, 50, SegmentTimes::kNoRecord);
  CHECK(times.Latest(0, 50)->base == 10);
  CHECK_FALSE(times.Latest(30, 50).has_value());
}

TEST_CASE("what the tree finds is what a walk over all bounds finds") {
  std::mt19937_64 random(7);
  bool right = true;
  for (std::size_t count = 1; count < 40; ++count) {
    std::vector<Offset> bases;
    for (std::size_t i = 0; i < count; ++i) bases.push_back(10 * static_cast<Offset>(i));
    SegmentTimes times;
    times.Assign(bases);
    std::vector<std::int64_t> bounds(count, kUnknown);
    for (int step = 0; step < 100; ++step) {
      const std::size_t at = random() % count;
      const auto bound = static_cast<std::int64_t>(random() % 20);
      if (at + 1 < count) {
        times.Learn(bases[at], bases[at + 1], bound);
        bounds[at] = std::min(bounds[at], bound);
      }
      const std::size_t from = random() % count;
      const auto begin = bounds.begin() + static_cast<std::ptrdiff_t>(from);
      const auto sought = static_cast<std::int64_t>(random() % 25);
      const auto first = std::find_if(begin, bounds.end(), [&](auto one) { return one >= sought; });
      right &= times.FirstSince(bases[from] + 3, sought)->base == 10 * (first - bounds.begin());
      const std::size_t to = from + random() % (count - from);
      const auto latest = std::max_element(begin, bounds.begin() + static_cast<std::ptrdiff_t>(to));
      const auto found = times.Latest(bases[from], bases[to] + 9);
      right &= found.has_value() == (from < to);
      if (found.has_value()) right &= found->base == 10 * (latest - bounds.begin()) && found->greatest == *latest;
    }
  }
  CHECK(right);
}

}  // namespace
}  // namespace leat::log
