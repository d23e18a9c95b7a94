// There are 64 doorbells, and there may be more consumers asleep than that.
#include <leat/leat.h>

#include <memory>
#include <vector>

#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;

TEST_CASE("one record wakes 70 consumers in as many processes") {
  constexpr int kConsumers = 70;
  const TempFolder folder;
  {
    auto broker = Broker::Open(folder.path());
    REQUIRE(broker.ok());
    REQUIRE(broker->EnsureTopic("t").ok());
    REQUIRE(broker->Close().ok());
  }
  std::vector<std::unique_ptr<ForkedChild>> children;
  for (int i = 0; i < kConsumers; ++i) {
    children.push_back(std::make_unique<ForkedChild>([&](ForkedChild& child) {
      auto broker = Broker::Open(folder.path());
      if (!broker.ok()) return 1;
      auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
      if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return 2;
      child.Say('r');
      for (int received = 0; received < 3;) {
        const ConsumerRecords records = consumer->Poll(10min);
        if (!records.status().ok()) return 3;
        for ([[maybe_unused]] const ConsumerRecord& record : records) {
          ++received;
          child.Say('g');
        }
      }
      return 0;
    }));
  }
  for (const auto& child : children) REQUIRE(child->Answer() == 'r');
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  for (int round = 0; round < 3; ++round) {
    REQUIRE(producer->Send("t", {.value = "wake"}).ok());
    for (const auto& child : children) REQUIRE(child->Answer() == 'g');
  }
  for (const auto& child : children) CHECK(child->Wait() == 0);
}

}  // namespace
}  // namespace leat
