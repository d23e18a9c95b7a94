// A log played again, on a clock that the test moves.
#include <leat/broker.h>
#include <leat/producer.h>
#include <leat/replay.h>
#include <leat/testing.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace leat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Values = std::vector<std::string>;

constexpr std::int64_t kThen = 1'600'000'000'000;
constexpr double kAtOnce = std::numeric_limits<double>::infinity();

struct Played {
  explicit Played(PartitionId partitions = 1)
      : topic(*broker.EnsureTopic(
            "t", {.partitions = partitions, .segment_bytes = 64 << 10, .max_message_bytes = 60'000})) {}

  // A record whose time is so many ms after kThen.
  void Send(const std::string& value, std::int64_t ms, PartitionId partition = 0) {
    REQUIRE(
        producer
            .Send(topic, {.value = value, .timestamp = Timestamp(milliseconds(kThen + ms)), .partition = partition})
            .ok());
  }
  Replay Start(ReplayOptions options = {}) const { return *Replay::Open(broker, topic, options); }

  // What is due now.
  static Values Due(Replay& replay) {
    Values values;
    for (;;) {
      const auto record = replay.Next(seconds(0));
      REQUIRE(record.ok());
      if (!record->has_value()) return values;
      values.emplace_back((*record)->value());
    }
  }

  SimulatedMachine machine;
  Broker broker = *machine.Open("/data");
  Topic topic;
  Producer producer = *Producer::Open(broker);
};

TEST_CASE("records are replayed as far apart as their timestamps are") {
  Played played;
  played.Send("a", 0);
  played.Send("b", 1000);
  played.Send("c", 1000);
  played.Send("d", 5000);
  Replay replay = played.Start();
  CHECK(Played::Due(replay) == Values{"a"});
  played.machine.Advance(milliseconds(999));
  CHECK(Played::Due(replay).empty());
  played.machine.Advance(milliseconds(1));
  CHECK(Played::Due(replay) == Values{"b", "c"});
  CHECK_FALSE(replay.ended());
  played.machine.Advance(seconds(10));
  CHECK(Played::Due(replay) == Values{"d"});
  CHECK(replay.ended());
}

TEST_CASE("a replay goes as many times quicker or slower as its speed says, and who is late catches up") {
  Played played;
  for (int i = 0; i < 100; ++i) played.Send(std::to_string(i), i * 1000);
  Replay quick = played.Start({.speed = 10});
  Replay slow = played.Start({.speed = 0.5});
  Replay at_once = played.Start({.speed = kAtOnce});
  CHECK(Played::Due(quick).size() == 1);
  CHECK(Played::Due(slow).size() == 1);
  CHECK(Played::Due(at_once).size() == 100);
  played.machine.Advance(seconds(2));
  CHECK(Played::Due(quick).size() == 20);
  CHECK(Played::Due(slow).size() == 1);
  played.machine.Advance(seconds(2));
  CHECK(Played::Due(quick).size() == 20);
  CHECK(Played::Due(slow).size() == 1);
}

TEST_CASE("the speed changes from the moment on at which it is changed, and 0 stands still") {
  Played played;
  for (int i = 0; i < 100; ++i) played.Send(std::to_string(i), i * 1000);
  Replay replay = played.Start();
  CHECK(Played::Due(replay).size() == 1);
  played.machine.Advance(milliseconds(500));
  REQUIRE(replay.SetSpeed(0).ok());
  played.machine.Advance(seconds(1000));
  CHECK(Played::Due(replay).empty());
  CHECK(replay.time() == Timestamp(milliseconds(kThen + 500)));
  REQUIRE(replay.SetSpeed(10).ok());
  played.machine.Advance(milliseconds(49));
  CHECK(Played::Due(replay).empty());
  played.machine.Advance(milliseconds(1));
  CHECK(Played::Due(replay) == Values{"1"});
  CHECK(absl::IsInvalidArgument(replay.SetSpeed(-1)));
  CHECK(absl::IsInvalidArgument(replay.SetSpeed(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("partitions are merged by time, and each keeps its own order") {
  Played played(3);
  std::mt19937 random(7);
  std::vector<Values> sent(3);
  for (int i = 0; i < 3000; ++i) {
    const auto partition = static_cast<PartitionId>(random() % 3);
    const std::string value = std::to_string(i) + std::string(random() % 200, 'v');
    sent[static_cast<std::size_t>(partition)].push_back(value);
    played.Send(value, i - static_cast<int>(random() % 50), partition);
  }
  Replay replay = played.Start({.speed = kAtOnce});
  std::vector<Values> got(3);
  std::vector<std::int64_t> reached(3, 0);
  std::int64_t last = 0;
  for (;;) {
    const auto record = replay.Next(seconds(0));
    REQUIRE(record.ok());
    if (!record->has_value()) break;
    const auto p = static_cast<std::size_t>((*record)->partition());
    got[p].emplace_back((*record)->value());
    reached[p] = std::max<std::int64_t>(reached[p], (*record)->timestamp().time_since_epoch().count());
    CHECK(reached[p] >= last);
    last = reached[p];
  }
  CHECK(got == sent);
  CHECK(replay.ended());
}

TEST_CASE("a gap that is longer than wanted is cut, and what comes behind it keeps its distances") {
  Played played;
  played.Send("evening", 0);
  played.Send("morning", 8 * 3600 * 1000);
  played.Send("later", 8 * 3600 * 1000 + 2000);
  Replay replay = played.Start({.longest_gap = seconds(5)});
  CHECK(Played::Due(replay) == Values{"evening"});
  played.machine.Advance(milliseconds(4999));
  CHECK(Played::Due(replay).empty());
  played.machine.Advance(milliseconds(1));
  CHECK(Played::Due(replay) == Values{"morning"});
  played.machine.Advance(milliseconds(1999));
  CHECK(Played::Due(replay).empty());
  played.machine.Advance(milliseconds(1));
  CHECK(Played::Due(replay) == Values{"later"});
}

TEST_CASE("records without a time come with the one before them, and at once where there is none") {
  Played played;
  const auto send_timeless = [&](const std::string& value) {
    BatchBuilder batch;
    REQUIRE(batch.Append(nullptr, value, {}, -1));
    REQUIRE(played.topic.partition(0)->Append(batch).ok());
  };
  send_timeless("first");
  played.Send("a", 0);
  send_timeless("second");
  played.Send("b", 1000);
  Replay replay = played.Start();
  CHECK(Played::Due(replay) == Values{"first", "a", "second"});
  played.machine.Advance(seconds(1));
  CHECK(Played::Due(replay) == Values{"b"});
}

TEST_CASE("a replay is of what was there when it was opened, or of the ranges and times that were asked for") {
  Played played;
  for (int i = 0; i < 10; ++i) played.Send(std::to_string(i), i * 1000);
  Replay all = played.Start({.speed = kAtOnce});
  Replay some = played.Start({.speed = kAtOnce,
                              .from = Timestamp(milliseconds(kThen + 3000)),
                              .until = Timestamp(milliseconds(kThen + 6000))});
  Replay none = played.Start({.speed = kAtOnce, .from = Timestamp(milliseconds(kThen + 60'000))});
  const Partition partition = *played.topic.partition(0);
  Replay range = *Replay::Open(played.broker, {{.partition = partition, .begin = 2, .end = 4}}, {.speed = kAtOnce});
  played.Send("new", 20'000);
  CHECK(Played::Due(all).size() == 10);
  CHECK(Played::Due(some) == Values{"3", "4", "5"});
  CHECK(Played::Due(none).empty());
  CHECK(none.ended());
  CHECK(Played::Due(range) == Values{"2", "3"});

  REQUIRE(range.Seek({"t", 0}, 3).ok());
  CHECK(Played::Due(range) == Values{"3"});
  CHECK(absl::IsOutOfRange(range.Seek({"t", 0}, 5)));
  CHECK(absl::IsNotFound(range.Seek({"t", 1}, 0)));
}

TEST_CASE("what is deleted before its time has come is counted") {
  Played played;
  for (int i = 0; i < 200; ++i) played.Send(std::to_string(i) + std::string(10'000, 'v'), i * 1000);
  Replay replay = played.Start({.speed = 1});
  CHECK(Played::Due(replay).size() == 1);
  REQUIRE(played.topic.partition(0)->Trim(Offset{150}).ok());
  REQUIRE(replay.SetSpeed(kAtOnce).ok());
  const Values rest = Played::Due(replay);
  CHECK(static_cast<std::int64_t>(rest.size()) + replay.missed() == 199);
  CHECK(replay.missed() > 0);
}

TEST_CASE("a Next that waits ends when it is woken, and when the clock has come to the record") {
  Played played;
  played.Send("a", 0);
  played.Send("b", 1'000'000);
  Replay replay = played.Start();
  CHECK(Played::Due(replay) == Values{"a"});
  replay.Wake();
  const auto woken = replay.Next(std::chrono::hours(24));
  REQUIRE(woken.ok());
  CHECK_FALSE(woken->has_value());
  std::thread mover([&] { played.machine.Advance(seconds(1000)); });
  const auto record = replay.Next(std::chrono::hours(24));
  mover.join();
  REQUIRE(record.ok());
  REQUIRE(record->has_value());
  CHECK((*record)->value() == "b");
}

TEST_CASE("a replay says what it cannot do") {
  Played played;
  played.Send("a", 0);
  const Partition partition = *played.topic.partition(0);
  const auto refused = [&](std::vector<ReplayRange> ranges, ReplayOptions options = {}) {
    return Replay::Open(played.broker, ranges, options).status();
  };
  CHECK(absl::IsInvalidArgument(refused({})));
  CHECK(absl::IsInvalidArgument(refused({{partition}, {partition}})));
  CHECK(absl::IsInvalidArgument(refused({{partition}}, {.speed = -1})));
  CHECK(absl::IsInvalidArgument(refused({{partition}}, {.longest_gap = milliseconds(-1)})));
  CHECK(absl::IsOutOfRange(refused({{.partition = partition, .begin = 2}})));
  const Broker other = *played.machine.Open("/other");
  CHECK(absl::IsInvalidArgument(Replay::Open(other, {{partition}}).status()));

  Replay replay = played.Start();
  Replay moved = std::move(replay);
  CHECK(absl::IsFailedPrecondition(replay.Next(seconds(0)).status()));
  REQUIRE(played.broker.Close().ok());
  CHECK(absl::IsFailedPrecondition(moved.Next(seconds(0)).status()));
}

TEST_CASE("damage on the way is told, and Seek leads past it") {
  Played played;
  for (int i = 0; i < 5; ++i) played.Send(std::to_string(i) + std::string(1000, 'v'), i);
  REQUIRE(played.broker.Flush().ok());
  REQUIRE(played.broker.Close().ok());
  const std::string log = "/data/t-0/00000000000000000000.log";
  const std::string bytes = *played.machine.ReadFile(log);
  REQUIRE(played.machine.WriteFile(log, static_cast<std::int64_t>(bytes.find("2vvv")), "x").ok());
  Broker broker = *played.machine.Open("/data", {.mode = OpenMode::kReadOnly});
  Replay replay = *Replay::Open(broker, *broker.FindTopic("t"), {.speed = kAtOnce});
  Values got;
  absl::Status status;
  while (status.ok() && !replay.ended()) {
    const auto record = replay.Next(seconds(0));
    status = record.status();
    if (record.ok() && record->has_value()) got.push_back(std::string((*record)->value()).substr(0, 1));
  }
  CHECK(got == Values{"0", "1"});
  CHECK(absl::IsDataLoss(status));
  CHECK(absl::IsDataLoss(replay.Next(seconds(0)).status()));
  REQUIRE(replay.Seek({"t", 0}, 3).ok());
  CHECK(Played::Due(replay).size() == 2);
}

}  // namespace
}  // namespace leat
