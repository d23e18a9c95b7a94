#include "cli/time_text.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

#include "support/catch.h"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;

Timestamp At(std::int64_t milliseconds) { return Timestamp(std::chrono::milliseconds(milliseconds)); }

TEST_CASE("durations have a unit, and nothing else") {
  CHECK(*ParseDuration("250us") == 250us);
  CHECK(*ParseDuration("500ms") == 500ms);
  CHECK(*ParseDuration("1.5s") == 1500ms);
  CHECK(*ParseDuration("2min") == 2min);
  CHECK(*ParseDuration("2m") == 2min);
  CHECK(*ParseDuration("1h") == 1h);
  CHECK(*ParseDuration("7d") == 168h);
  CHECK(*ParseDuration("0s") == 0s);
  for (const char* wrong : {"", "3", "s", "-1s", "1e3s", " 1s", "1 s", "1x", "999999999d", "nans"}) {
    INFO(wrong);
    CHECK_FALSE(ParseDuration(wrong).ok());
  }
}

TEST_CASE("ISO 8601's durations have days and times of a day") {
  CHECK(*ParseIsoDuration("PT1H") == 1h);
  CHECK(*ParseIsoDuration("P7D") == 168h);
  CHECK(*ParseIsoDuration("P1W") == 168h);
  CHECK(*ParseIsoDuration("P1DT1H30M0.5S") == 25h + 30min + 500ms);
  for (const char* wrong : {"", "P", "PT", "1H", "P1H", "PT1D", "PT1", "PTH", "P1DT"}) {
    INFO(wrong);
    CHECK_FALSE(ParseIsoDuration(wrong).ok());
  }
}

TEST_CASE("a time is a date in local time or with a zone, a number, or some time ago") {
  ::setenv("TZ", "Europe/Berlin", 1);
  ::tzset();
  // Machines without the table of zones take Berlin for UTC.
  const std::int64_t winter = 1735689600000;  // 2025-01-01T00:00:00Z
  std::time_t seconds = winter / 1000;
  std::tm local = {};
  ::localtime_r(&seconds, &local);
  const std::int64_t east = local.tm_gmtoff * 1000;
  const Timestamp now = At(10'000'000);
  CHECK(*ParseTime("1735689600000", now) == At(winter));
  CHECK(*ParseTime("2025-01-01T00:00:00Z", now) == At(winter));
  CHECK(*ParseTime("2025-01-01T01:30+01:30", now) == At(winter));
  CHECK(*ParseTime("2024-12-31T22:30:00.25-0130", now) == At(winter + 250));
  CHECK(*ParseTime("2025-01-01", now) == At(winter - east));
  CHECK(*ParseTime("2025-01-01 00:00", now) == At(winter - east));
  CHECK(*ParseTime("-1h", now) == At(10'000'000 - 3'600'000));
  CHECK(LocalTime(At(winter - east + 7)) == "2025-01-01T00:00:00.007");
  for (const char* wrong : {"", "x", "-1", "-x", "2025-13-01", "2025-02-29", "2025-01-01T", "2025-01-01T24:00",
                            "2025-01-01T1:00", "2025-01-01T01:00:", "2025-01-01T01:00:00.", "2025-01-01T01:00x"}) {
    INFO(wrong);
    CHECK_FALSE(ParseTime(wrong, now).ok());
  }
}

}  // namespace
}  // namespace leat::cli
