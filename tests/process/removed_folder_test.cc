// The folder goes while processes have it open.
#include <leat/leat.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;
namespace fs = std::filesystem;

// Sends until it is refused, which the next segment's file will be at the latest. 0 when the refusal says why.
int SendUntilRefused(const std::string& folder, ForkedChild& child) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto topic = broker->EnsureTopic("t", {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
  auto producer = Producer::Open(*broker);
  if (!topic.ok() || !producer.ok()) return 2;
  auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return 3;
  if (!producer->Send(*topic, {.value = "before"}).ok()) return 4;
  child.Say('o');
  if (child.Hear() != 'g') return 5;
  for (;;) {
    const auto sent = producer->Send(*topic, {.value = std::string(1000, 'x')});
    if (sent.ok()) continue;
    if (sent.status().ToString().find(folder + " has been removed") == std::string::npos) {
      fmt::print(stderr, "{}\n", sent.status().ToString());
      return 6;
    }
    break;
  }
  // Neither the reader nor the list of topics crashes or hangs.
  for (int i = 0; i < 100; ++i) static_cast<void>(consumer->Poll(1ms));
  if (broker->EnsureTopic("u").ok()) return 7;
  if (broker->CreateTopic("v").ok()) return 8;
  broker->Close().IgnoreError();
  return 0;
}

TEST_CASE("a folder removed under its users refuses them, and does not come back through them") {
  const TempFolder temp;
  const std::string folder = temp / "folder";
  ForkedChild child([&](ForkedChild& self) { return SendUntilRefused(folder, self); });
  REQUIRE(child.Answer() == 'o');
  fs::remove_all(folder);
  CHECK(absl::IsNotFound(Broker::Open(folder, {.mode = OpenMode::kExisting}).status()));
  CHECK(absl::IsNotFound(Broker::Open(folder, {.mode = OpenMode::kReadOnly}).status()));
  child.Tell('g');
  CHECK(child.Wait() == 0);
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("whoever has a removed folder open writes nothing into the one that was made in its place") {
  const TempFolder temp;
  const std::string folder = temp / "folder";
  ForkedChild child([&](ForkedChild& self) { return SendUntilRefused(folder, self); });
  REQUIRE(child.Answer() == 'o');
  fs::remove_all(folder);
  auto broker = Broker::Open(folder);
  REQUIRE(broker.ok());
  CHECK(broker->ListTopics()->empty());
  auto topic = broker->EnsureTopic("t", {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
  REQUIRE(topic.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  REQUIRE(producer->Send(*topic, {.value = "new"}).ok());
  child.Tell('g');
  CHECK(child.Wait() == 0);

  const auto sent = producer->Send(*topic, {.value = "newer"});
  REQUIRE(sent.ok());
  CHECK(sent->offset == 1);
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  const ConsumerRecords records = partition->Read(0);
  CHECK(records.status().ok());
  CHECK(records.size() == 2);
  CHECK(*broker->ListTopics() == std::vector<std::string>{"t"});
  CHECK(broker->Close().ok());
}

}  // namespace
}  // namespace leat
