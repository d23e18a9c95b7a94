#include <leat/leat.h>
#include <leat/testing.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.h"

namespace leat {
namespace {

constexpr const char* kFolder = "/data";

// A folder with one topic, on a machine of that kind.
struct Opened {
  explicit Opened(const SimulatedMachineOptions& options = {}, const TopicOptions& topic_options = {})
      : machine(options), broker(machine.Open(kFolder)) {
    REQUIRE(broker.ok());
    topic = broker->CreateTopic("orders", topic_options);
    REQUIRE(topic.ok());
    producer = Producer::Open(*broker);
    REQUIRE(producer.ok());
  }

  SimulatedMachine machine;
  absl::StatusOr<Broker> broker;
  absl::StatusOr<Topic> topic;
  absl::StatusOr<Producer> producer;
};

// All values of partition 0, oldest first.
std::vector<std::string> Values(Broker& broker, const std::string& name) {
  const auto topic = broker.FindTopic(name);
  if (!topic.ok()) return {topic.status().ToString()};
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  std::vector<std::string> values;
  const ConsumerRecords records = partition->Read(0);
  for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  return values;
}

TEST_CASE("what was sent to the disk of a simulated machine is there after every power loss, the rest may be") {
  Opened opened;
  auto& [machine, broker, topic, producer] = opened;
  REQUIRE(producer->Send(*topic, {.value = "kept"}, Durability::kDisk).ok());
  REQUIRE(producer->Send(*topic, {.value = "perhaps"}).ok());
  int lost = 0;
  constexpr int kLosses = 60;
  for (std::uint64_t seed = 0; seed < kLosses; ++seed) {
    const auto after = machine.LosePower(seed);
    REQUIRE(after.ok());
    auto again = after->Open(kFolder);
    REQUIRE(again.ok());
    const std::vector<std::string> values = Values(*again, "orders");
    REQUIRE_FALSE(values.empty());
    CHECK(values[0] == "kept");
    CHECK(values.size() <= 2);
    lost += values.size() == 1 ? 1 : 0;
  }
  CHECK(lost > 0);
  CHECK(lost < kLosses);
  CHECK(Values(*broker, "orders").size() == 2);  // this machine goes on
}

TEST_CASE("the call that a simulated machine is told to fail fails, as often as it is told") {
  Opened opened;
  auto& [machine, broker, topic, producer] = opened;
  REQUIRE(producer->Send(*topic, {.value = "1"}, Durability::kDisk).ok());
  const int before = machine.calls(FileCall::kSync);
  CHECK(before > 0);
  machine.FailAt(1, absl::DataLossError("the device is gone"), FileCall::kSync, "orders-0");
  const auto refused = producer->Send(*topic, {.value = "2"}, Durability::kDisk);
  CHECK(refused.status().code() == absl::StatusCode::kDataLoss);
  CHECK(AppendIsUncertain(refused.status()));
  CHECK(machine.calls(FileCall::kSync) > before);
  // A failed sync is never made good by another one.
  machine.Heal();
  CHECK(producer->Send(*topic, {.value = "3"}).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("a simulated disk that is full is an error, and room helps") {
  Opened opened({.disk_bytes = 2 << 20}, {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
  auto& [machine, broker, topic, producer] = opened;
  const std::string value(10'000, 'v');
  absl::Status full;
  int sent = 0;
  while (full.ok() && sent < 1000) {
    full = producer->Send(*topic, {.value = value}).status();
    sent += full.ok() ? 1 : 0;
  }
  CHECK(full.code() == absl::StatusCode::kResourceExhausted);
  CHECK(sent > 20);
  machine.SetDiskBytes(0);
  CHECK(producer->Send(*topic, {.value = value}).ok());
}

TEST_CASE("the clock of a simulated machine goes when it is moved, and stamps what is sent") {
  using std::chrono::milliseconds;
  Opened opened({.now = Timestamp(milliseconds(5'000))});
  auto& [machine, broker, topic, producer] = opened;
  CHECK(producer->Send(*topic, {.value = "1"})->timestamp == Timestamp(milliseconds(5'000)));
  machine.Advance(milliseconds(250));
  CHECK(producer->Send(*topic, {.value = "2"})->timestamp == Timestamp(milliseconds(5'250)));
  machine.SetTime(Timestamp(milliseconds(1'000)));
  CHECK(machine.now() == Timestamp(milliseconds(1'000)));
  CHECK(producer->Send(*topic, {.value = "3"})->timestamp == Timestamp(milliseconds(1'000)));
}

TEST_CASE("what happens on a simulated machine is watched, and its files can be spoilt") {
  SimulatedMachine machine;
  int syncs = 0;
  machine.AtEachCall([&syncs](FileCall kind, std::string_view) { syncs += kind == FileCall::kSync ? 1 : 0; });
  {
    auto broker = machine.Open(kFolder);
    REQUIRE(broker.ok());
    const auto topic = broker->CreateTopic("orders");
    REQUIRE(topic.ok());
    auto producer = Producer::Open(*broker);
    REQUIRE(producer.ok());
    REQUIRE(producer->Send(*topic, {.value = "a value to be spoilt"}).ok());
    REQUIRE(broker->Close().ok());
  }
  machine.AtEachCall(nullptr);
  CHECK(syncs > 0);
  const std::string path = "/data/orders-0/00000000000000000000.log";
  const auto files = machine.Files();
  REQUIRE(files.ok());
  CHECK(std::find(files->begin(), files->end(), path) != files->end());
  const auto content = machine.ReadFile(path);
  REQUIRE(content.ok());
  const std::size_t place = content->find("spoilt");
  REQUIRE(place != std::string::npos);
  REQUIRE(machine.WriteFile(path, static_cast<std::int64_t>(place), "SPOILT").ok());
  auto broker = machine.Open(kFolder);
  REQUIRE(broker.ok());
  const auto topic = broker->FindTopic("orders");
  REQUIRE(topic.ok());
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  CHECK(partition->Read(0).status().code() == absl::StatusCode::kDataLoss);
  CHECK(absl::IsNotFound(machine.WriteFile("/data/none", 0, "x")));
}

}  // namespace
}  // namespace leat
