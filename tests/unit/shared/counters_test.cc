#include "shared/counters.h"

#include <chrono>
#include <limits>
#include <memory>

#include "support/catch.h"

namespace leat::shared {
namespace {

using std::chrono::nanoseconds;

TEST_CASE("a time is counted in the bucket whose end is not below it") {
  CHECK(BucketOf(nanoseconds(-5)) == 0);
  CHECK(BucketOf(nanoseconds(0)) == 0);
  CHECK(BucketOf(nanoseconds(64)) == 0);
  CHECK(BucketOf(nanoseconds(65)) == 1);
  for (std::uint32_t bucket = 1; bucket + 1 < kTimeBuckets; ++bucket) {
    INFO(bucket);
    CHECK(BucketOf(BucketEnd(bucket)) == bucket);
    CHECK(BucketOf(BucketEnd(bucket) + nanoseconds(1)) == bucket + 1);
  }
  CHECK(BucketOf(nanoseconds(std::numeric_limits<std::int64_t>::max())) == kTimeBuckets - 1);
}

TEST_CASE("a histogram counts each time once, and adds it up") {
  const auto histogram = std::make_unique<TimeHistogram>();
  Add(*histogram, nanoseconds(10));
  Add(*histogram, nanoseconds(100));
  Add(*histogram, nanoseconds(-1));  // a clock that went back
  CHECK(Read(histogram->nanoseconds) == 110);
  CHECK(Read(histogram->buckets[0]) == 2);
  CHECK(Read(histogram->buckets[1]) == 1);
}

TEST_CASE("a page's counters keep away from what appenders and readers look at, and from each other's lines") {
  const auto page = std::make_unique<PartitionPage>();
  const auto line = [&](const auto& field) {
    return (reinterpret_cast<const std::byte*>(&field) - reinterpret_cast<const std::byte*>(page.get())) / 64;
  };
  const PartitionCounters& counters = page->counters;
  CHECK(line(counters.rolls) == 32);
  CHECK(line(counters.rolls) != line(counters.fetches));
  CHECK(line(counters.fetches) != line(counters.syncs));
  CHECK(line(counters.syncs) != line(counters.retired_bytes));
  CHECK(line(counters.retired_bytes) != line(counters.cleanings));
  CHECK(line(counters.cleanings) != line(counters.wakeups));
  CHECK(line(page->commit[0].appended_bytes) == 2);
  CHECK(line(page->commit[1].appended_bytes) == 3);
}

}  // namespace
}  // namespace leat::shared
