// The list of topics on the disk, when who changes it does not come to its end.
#include <leat/leat.h>
#include <leat/testing.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "support/catch.h"

namespace leat {
namespace {

constexpr const char* kFolder = "/data";

// Calls `act` on a thread of its own when the names of topics are about to be synced the `n`-th time, and waits for it.
void AtSyncOfNames(SimulatedMachine& machine, int n, std::function<void()> act) {
  machine.AtEachCall(
      [n, act = std::move(act), calls = std::make_shared<std::atomic<int>>(0)](FileCall kind, std::string_view path) {
        if (kind != FileCall::kSyncDirectory || !path.ends_with("/topics") || ++*calls != n) return;
        std::thread(act).join();
      });
}

// What stands in partition `id` of a machine whose power was lost; an error's words if it cannot be read.
std::string ValueAfter(const SimulatedMachine& machine, std::uint64_t seed, PartitionId id) {
  const auto after = machine.LosePower(seed);
  if (!after.ok()) return after.status().ToString();
  const auto broker = after->Open(kFolder);
  if (!broker.ok()) return broker.status().ToString();
  const auto topic = broker->FindTopic("t");
  if (!topic.ok()) return topic.status().ToString();
  auto partition = topic->partition(id);
  if (!partition.ok()) return partition.status().ToString();
  const ConsumerRecords records = partition->Read(0);
  if (!records.status().ok()) return records.status().ToString();
  return records.empty() ? "nothing" : std::string((*records.begin()).value());
}

constexpr std::uint64_t kLosses = 30;

TEST_CASE("a record that is on the disk has its topic's name there, whoever was about to sync that") {
  const PartitionId id = GENERATE(0, 1);
  SimulatedMachine machine;
  auto maker = machine.Open(kFolder);
  auto other = machine.Open(kFolder);
  REQUIRE((maker.ok() && other.ok()));
  if (id == 1) REQUIRE(maker->CreateTopic("t").ok());
  absl::Status sent = absl::UnknownError("nobody came so far");
  std::string lost;
  // The first sync is of what is about to be made, the second of its name.
  AtSyncOfNames(machine, 2, [&] {
    const auto topic = other->FindTopic("t");
    auto producer = Producer::Open(*other);
    if (!topic.ok() || !producer.ok()) return;
    auto partition = topic->partition(id);
    sent = partition.ok() ? producer->Send(*partition, {.value = "kept"}, Durability::kDisk).status()
                          : partition.status();
    for (std::uint64_t seed = 0; seed < kLosses; ++seed) {
      const std::string there = ValueAfter(machine, seed, id);
      if (there != "kept") lost += there + "; ";
    }
  });
  if (id == 0) {
    REQUIRE(maker->CreateTopic("t").ok());
  } else {
    REQUIRE(maker->AddPartitions("t", 2).ok());
  }
  machine.AtEachCall(nullptr);
  CHECK(sent.ok());
  CHECK(lost == "");
}

TEST_CASE(
    "a topic whose deleter failed is there whole or not at all after a power loss, whoever went on deleting it") {
  std::string wrong;
  for (std::uint64_t seed = 0; seed < kLosses; ++seed) {
    SimulatedMachine machine({.seed = seed + 1});
    auto broker = machine.Open(kFolder);
    REQUIRE(broker.ok());
    auto producer = Producer::Open(*broker);
    REQUIRE((producer.ok() && broker->CreateTopic("t").ok()));
    REQUIRE(producer->Send("t", {.value = "kept"}, Durability::kDisk).ok());
    machine.FailAt(1, absl::DataLossError("input/output error"), FileCall::kSyncDirectory, "/topics");
    REQUIRE_FALSE(broker->DeleteTopic("t").ok());
    machine.Heal();
    REQUIRE(broker->CreateTopic("u").ok());
    const std::string there = ValueAfter(machine, seed, 0);
    if (there != "kept" && there.find("NOT_FOUND: topic t") != 0) wrong += there + "; ";
  }
  CHECK(wrong == "");
}

}  // namespace
}  // namespace leat
