// A date that somebody sets, back and forth, and hours that pass at once: no record is lost, none comes out of turn, and
// nobody's lock or place in a group goes to another for it.
#include <leat/leat.h>
#include <leat/testing.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "support/catch.h"

namespace leat {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFolder = "/data";
constexpr Timestamp kBegin{std::chrono::milliseconds{1'700'000'000'000}};
constexpr auto kYear = std::chrono::hours(24 * 365);

TEST_CASE("records that are sent while the date jumps are all there, in order, and found by their times") {
  SimulatedMachine machine;
  auto broker = machine.Open(kFolder);
  REQUIRE(broker.ok());
  const auto topic = broker->CreateTopic(
      "t",
      {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10, .timestamp_type = TimestampType::kLogAppendTime});
  REQUIRE(topic.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  // From 1970 to far beyond: each a segment's worth of records, so that segments' time indexes see it, too.
  const std::vector<Timestamp> dates = {kBegin, kBegin - 20 * kYear, kBegin + 5 * kYear, Timestamp{}, kBegin + 1s};
  std::vector<Timestamp> times;
  for (const Timestamp date : dates) {
    machine.SetTime(date);
    for (int i = 0; i < 80; ++i) {
      machine.Advance(1ms);
      const auto durability = i % 16 == 0 ? Durability::kDisk : Durability::kTopicDefault;
      REQUIRE(producer->Send(*topic, {.value = std::string(1000, 'v')}, durability).ok());
      times.push_back(machine.now());
    }
  }
  for (int opening = 0; opening < 2; ++opening) {
    const auto found = broker->FindTopic("t");
    REQUIRE(found.ok());
    auto partition = found->partition(0);
    REQUIRE(partition.ok());
    CHECK(*partition->end() == static_cast<Offset>(times.size()));
    int wrong = 0;
    for (std::size_t at = 0; at < times.size();) {
      const ConsumerRecords records = partition->Read(static_cast<Offset>(at));
      REQUIRE((records.status().ok() && !records.empty()));
      for (const ConsumerRecord& record : records) wrong += record.timestamp() == times[at++] ? 0 : 1;
    }
    CHECK(wrong == 0);
    // The first whose time is not before, whatever stands around it.
    for (const Timestamp date : dates) {
      const auto first = std::find_if(times.begin(), times.end(), [&](Timestamp time) { return time >= date; });
      const auto offset = partition->OffsetForTime(date);
      REQUIRE(offset.ok());
      CHECK(*offset == first - times.begin());
    }
    REQUIRE(broker->Close().ok());
    broker = machine.Open(kFolder);
    REQUIRE(broker.ok());
  }
}

TEST_CASE(
    "a member keeps its partitions whatever the date is set to, and rejoins when hours pass between two polls") {
  SimulatedMachine machine;
  auto broker = machine.Open(kFolder);
  REQUIRE((broker.ok() && broker->CreateTopic("t").ok()));
  auto producer = Producer::Open(*broker);
  REQUIRE(producer->Send("t", {.value = "first"}).ok());
  auto consumer = Consumer::Open(
      *broker, {.group_id = "g", .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest});
  REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
  REQUIRE(consumer->Poll(10s).size() == 1);
  for (const Timestamp date : {kBegin - kYear, kBegin + 10 * kYear, Timestamp{}}) {
    machine.SetTime(date);
    // Somebody else looks whether all are alive.
    auto other = machine.Open(kFolder);
    REQUIRE(other.ok());
    const auto group = ConsumerGroup::Open(*other, "g");
    REQUIRE(group.ok());
    const auto described = group->Describe();
    REQUIRE(described.ok());
    CHECK(described->members.size() == 1);
    CHECK(consumer->Poll(0s).status().ok());
    CHECK(consumer->Commit(Durability::kDisk).ok());
  }
  // Long after max_poll_interval: this member may have been taken for dead, and then goes on where it had committed.
  machine.Advance(48h);
  REQUIRE(producer->Send("t", {.value = "second"}).ok());
  std::vector<std::string> values;
  for (int polls = 0; values.empty() && polls < 1000; ++polls) {
    const ConsumerRecords records = consumer->Poll(10ms);
    REQUIRE(records.status().ok());
    for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  }
  CHECK(values == std::vector<std::string>{"second"});
  CHECK(consumer->Commit().ok());
}

TEST_CASE("an append waits for nobody's clock: what is acknowledged to the disk while the date jumps is there") {
  SimulatedMachine machine;
  auto broker = machine.Open(kFolder);
  REQUIRE((broker.ok() && broker->CreateTopic("t", {.flush_ms = 100ms}).ok()));
  auto producer = Producer::Open(*broker);
  for (int i = 0; i < 20; ++i) {
    machine.SetTime(kBegin + (i % 2 == 0 ? 1 : -1) * i * kYear);
    REQUIRE(producer->Send("t", {.value = std::to_string(i)}, Durability::kDisk).ok());
    const auto after = machine.LosePower(static_cast<std::uint64_t>(i));
    REQUIRE(after.ok());
    const auto again = after->Open(kFolder);
    REQUIRE(again.ok());
    auto partition = again->FindTopic("t")->partition(0);
    REQUIRE(partition.ok());
    // Each leap of more than segment_ms begins a segment, and a Read does not go on into the next one.
    Offset next = 0;
    for (ConsumerRecords records = partition->Read(0); !records.empty(); records = partition->Read(next)) {
      next += static_cast<Offset>(records.size());
    }
    CHECK(next == i + 1);
  }
}

}  // namespace
}  // namespace leat
