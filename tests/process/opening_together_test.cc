// Many processes that open a folder in the same instant.
#include <leat/leat.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::ForkedChild;
using testing::TempFolder;

constexpr int kProcesses = 32;

TEST_CASE("32 processes open a folder that is not there yet in the same instant, and all use one and the same") {
  const TempFolder temp;
  const std::string folder = temp / "new";
  std::vector<std::unique_ptr<ForkedChild>> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(std::make_unique<ForkedChild>([&](ForkedChild& child) {
      child.Say('r');
      if (child.Hear() != 'g') return 1;
      auto broker = Broker::Open(folder);
      if (!broker.ok()) {
        fmt::print(stderr, "{}\n", broker.status().ToString());
        return 2;
      }
      auto topic = broker->EnsureTopic("t", {.partitions = 2});
      if (!topic.ok()) {
        fmt::print(stderr, "{}\n", topic.status().ToString());
        return 3;
      }
      auto producer = Producer::Open(*broker);
      if (!producer.ok()) return 4;
      const auto sent = producer->Send(*topic, {.value = topic->id(), .partition = 0});
      if (!sent.ok()) return 5;
      return broker->Close().ok() ? 0 : 6;
    }));
  }
  for (const auto& child : children) REQUIRE(child->Answer() == 'r');
  for (const auto& child : children) child->Tell('g');
  for (const auto& child : children) CHECK(child->Wait() == 0);

  auto broker = Broker::Open(folder, {.mode = OpenMode::kExisting});
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  const ConsumerRecords records = partition->Read(0);
  std::set<std::string> ids;
  for (const ConsumerRecord& record : records) ids.insert(std::string(record.value()));
  CHECK(records.size() == kProcesses);
  CHECK(ids == std::set<std::string>{topic->id()});
}

TEST_CASE("processes that open and close a folder without pause never keep each other out") {
  const TempFolder folder;
  constexpr int kRounds = 20;
  std::vector<std::unique_ptr<ForkedChild>> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(std::make_unique<ForkedChild>([&](ForkedChild&) {
      for (int round = 0; round < kRounds; ++round) {
        auto broker = Broker::Open(folder.path());
        if (!broker.ok()) {
          fmt::print(stderr, "{}\n", broker.status().ToString());
          return 1;
        }
        auto topic = broker->EnsureTopic("t");
        auto producer = Producer::Open(*broker);
        if (!topic.ok() || !producer.ok()) return 2;
        if (!producer->Send(*topic, {.value = "x"}).ok()) return 3;
        if (auto s = broker->Close(); !s.ok()) {
          fmt::print(stderr, "{}\n", s.ToString());
          return 4;
        }
      }
      return 0;
    }));
  }
  for (const auto& child : children) CHECK(child->Wait() == 0);
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  CHECK(topic->partition(0)->Read(0).size() == 4 * kRounds);
}

}  // namespace
}  // namespace leat
