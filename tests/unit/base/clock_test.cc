#include "base/clock.h"

#include <ctime>

#include "base/manual_clock.h"
#include "support/catch.h"

namespace leat::base {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

TEST_CASE("the monotonic clock never goes back") {
  auto last = RealClock().Monotonic();
  CHECK(last.count() > 0);
  for (int i = 0; i < 10'000; ++i) {
    const auto now = RealClock().Monotonic();
    REQUIRE(now >= last);
    last = now;
  }
}

TEST_CASE("the wall clock counts milliseconds since 1970") {
  const std::int64_t before = std::int64_t{std::time(nullptr)} * 1000 - 1000;
  CHECK(RealClock().WallMillis() >= before);
  CHECK(RealClock().WallMillisCoarse() >= before);
}

TEST_CASE("a manual clock moves when it is told to, both ways of telling the time together") {
  base::ManualClock clock(5000);
  const auto begin = clock.Monotonic();
  CHECK(clock.WallMillis() == 5000);
  clock.Advance(1500us);
  CHECK(clock.WallMillis() == 5001);
  clock.Advance(500us);
  CHECK(clock.WallMillis() == 5002);
  CHECK(clock.WallMillisCoarse() == 5002);
  CHECK(clock.Monotonic() - begin == 2ms);
  clock.SetWallMillis(17);
  CHECK(clock.WallMillis() == 17);
  CHECK(clock.Monotonic() - begin == 2ms);
}

}  // namespace
}  // namespace leat::base
