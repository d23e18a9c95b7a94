#include "log/time_search.h"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendOne;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::Value;

constexpr Offset kNone = -1;

Offset Find(Log& log, std::int64_t timestamp) {
  const auto found = Value(FindOffsetForTime(log, timestamp));
  return found.has_value() ? found->offset : kNone;
}

TEST_CASE("an empty log has no record of any time") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK(Find(*log, 0) == kNone);
}

TEST_CASE("before the first, exactly, between two, inside a batch, after the last") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "a", 1000));
  Value(log->Append(SealedBatch({"b", "c", "d"}, 2000).bytes()));  // 2000, 2001, 2002
  CHECK(Find(*log, 0) == 0);
  CHECK(Find(*log, 1000) == 0);
  CHECK(Find(*log, 1001) == 1);
  CHECK(Find(*log, 2001) == 2);
  CHECK(Find(*log, 2002) == 3);
  CHECK(Find(*log, 2003) == kNone);
  CHECK(Value(FindOffsetForTime(*log, 1500))->timestamp == 2000);
}

TEST_CASE("out-of-order times in many segments: what is found is what a walk over all records finds") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  std::mt19937_64 random(20261121);
  std::vector<std::int64_t> times;
  for (int i = 0; i < 1200; ++i) {
    const std::int64_t time = 100'000 + 10 * i + static_cast<std::int64_t>(random() % 400) - 200;
    times.push_back(time);
    Value(AppendOne(*log, std::string(300, 'x'), time));
    if (i % 300 == 0) REQUIRE(log->Housekeep().ok());  // some segments are sealed, some are not
  }
  REQUIRE(Value(log->Segments()).size() > 4);
  bool right = true;
  for (std::int64_t time = 99'700; time < 112'400; time += 7) {
    const auto first = std::find_if(times.begin(), times.end(), [&](std::int64_t t) { return t >= time; });
    const Offset expected = first == times.end() ? kNone : first - times.begin();
    right &= Find(*log, time) == expected;
  }
  CHECK(right);
}

TEST_CASE("the first record of a time is found in a finished segment although its batch has it more than once") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  std::vector<std::int64_t> times;
  for (int batch = 0; batch < 400; ++batch) {
    BatchBuilder builder;
    for (int i = 0; i < 5; ++i) {
      REQUIRE(builder.Append(nullptr, std::string(100, 'x'), {}, 0));
      times.push_back(1000 + batch / 3);
    }
    Value(log->Append(builder.Seal({.append_timestamp = times.back()})));
  }
  REQUIRE(log->Housekeep().ok());
  REQUIRE(Value(log->Segments()).size() > 2);
  for (std::int64_t time = 1000; time <= times.back(); ++time) {
    CHECK(Find(*log, time) == std::find(times.begin(), times.end(), time) - times.begin());
  }
}

}  // namespace
}  // namespace leat::log
