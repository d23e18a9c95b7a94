// Found by the model: a topic that was deleted and is still in somebody's hands, and the next one of its name.
#include <leat/leat.h>

#include <string>

#include "support/catch.h"

namespace leat {
namespace {

TEST_CASE("making room in memory takes nothing from a topic because of a deleted one of its name") {
  auto broker = Broker::InMemory({.size_limit = 2 << 20});
  REQUIRE(broker.ok());
  const TopicOptions small{.segment_bytes = 64 << 10, .max_message_bytes = 60'000};
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  const std::string value(10'000, 'v');
  const auto old = broker->CreateTopic("t", small);
  REQUIRE(old.ok());
  const auto held = old->partition(0);
  for (int i = 0; i < 20; ++i) REQUIRE(producer->Send(*old, {.value = value}).ok());
  REQUIRE(broker->DeleteTopic("t").ok());

  const auto next = broker->CreateTopic("t", small);
  REQUIRE(next.ok());
  auto partition = next->partition(0);
  for (int i = 0; i < 20; ++i) REQUIRE(producer->Send(*next, {.value = value}).ok());
  const auto other = broker->CreateTopic("other", small);
  REQUIRE(other.ok());
  for (int i = 0; i < 300; ++i) {
    REQUIRE(producer->Send(*other, {.value = value}).ok());
    // What went first went from the log, not only from under it.
    const Offset log_start = *partition->log_start();
    REQUIRE(partition->Read(log_start).status().ok());
    if (i % 30 == 0) REQUIRE(producer->Send(*next, {.value = value}).ok());
  }
}

}  // namespace
}  // namespace leat
