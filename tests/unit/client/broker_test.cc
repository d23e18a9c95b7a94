#include <leat/broker.h>
#include <leat/consumer.h>
#include <leat/producer.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::TempFolder;

TEST_CASE("a folder is opened, published to and consumed from through the public handles") {
  const TempFolder temp;
  auto broker = Broker::Open(temp / "data");
  INFO(broker.status().ToString());
  REQUIRE(broker.ok());
  CHECK(broker->folder() == temp / "data");
  CHECK_FALSE(broker->read_only());
  const auto users = broker->EnsureTopic("registered_user", {.partitions = 2});
  REQUIRE(users.ok());
  CHECK(broker->EnsureTopic("registered_user", {.partitions = 5})->partition_count() == 2);
  CHECK(absl::IsAlreadyExists(broker->CreateTopic("registered_user").status()));

  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  for (int i = 0; i < 100; ++i) {
    REQUIRE(producer->Send(*users, {.key = std::to_string(i), .value = "ada"}).ok());
  }
  auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
  REQUIRE(consumer.ok());
  REQUIRE(consumer->Subscribe({"registered_user"}).ok());
  int seen = 0;
  while (seen < 100) {
    const ConsumerRecords records = consumer->Poll(std::chrono::seconds(10));
    REQUIRE(records.status().ok());
    for (const ConsumerRecord& record : records) seen += record.value() == "ada" ? 1 : 1000;
  }
  CHECK(seen == 100);

  const auto described = broker->DescribeTopic("registered_user");
  REQUIRE(described.ok());
  CHECK(described->id == users->id());
  REQUIRE(described->partitions.size() == 2);
  CHECK(described->partitions[0].end + described->partitions[1].end == 100);
  for (const PartitionDescription& partition : described->partitions) {
    CHECK(partition.status.ok());
    CHECK(partition.segments == 1);
    CHECK(partition.size_bytes > 0);
  }
  CHECK(*broker->ListTopics() == std::vector<std::string>{"registered_user"});
}

TEST_CASE("a topic's handle keeps the folder open when the broker is gone") {
  const TempFolder temp;
  std::optional<Topic> topic;
  {
    auto broker = Broker::Open(temp / "data");
    REQUIRE(broker.ok());
    topic = *broker->CreateTopic("t");
  }
  BatchBuilder batch;
  REQUIRE(batch.Append(nullptr, "v", {}, 0));
  CHECK(topic->partition(0)->Append(batch).ok());
  topic.reset();
  const auto again = Broker::Open(temp / "data", {.mode = OpenMode::kReadOnly});
  REQUIRE(again.ok());
  CHECK(again->read_only());
  CHECK(*again->FindTopic("t")->partition(0)->end() == 1);
}

TEST_CASE("after Close every handle of the folder says that it is closed, and copies are closed with it") {
  auto broker = Broker::InMemory();
  REQUIRE(broker.ok());
  Broker copy = *broker;
  const auto topic = broker->CreateTopic("t");
  REQUIRE(topic.ok());
  CHECK(copy.Close().ok());
  CHECK(absl::IsFailedPrecondition(broker->FindTopic("t").status()));
  CHECK(absl::IsFailedPrecondition(broker->EnsureTopic("t").status()));
  CHECK(absl::IsFailedPrecondition(broker->DeleteTopic("t")));
  CHECK(absl::IsFailedPrecondition(broker->ListTopics().status()));
  CHECK(absl::IsFailedPrecondition(topic->partition(0)->end().status()));
  CHECK(broker->Close().ok());
}

TEST_CASE("a broker that was moved from refuses, and does not crash") {
  auto broker = Broker::InMemory();
  REQUIRE(broker.ok());
  Broker taken = *std::move(broker);
  CHECK(taken.ListTopics().ok());
  CHECK(absl::IsFailedPrecondition(broker->ListTopics().status()));  // NOLINT(bugprone-use-after-move)
  CHECK(broker->folder().empty());
  CHECK_FALSE(broker->read_only());
  CHECK(broker->Close().ok());
}

TEST_CASE("headers of another version are refused before anything is touched") {
  const TempFolder temp;
  for (const HeaderVersion headers : {HeaderVersion{.major = 99}, HeaderVersion{.minor = 99}}) {
    const absl::Status status = Broker::Open(temp / "data", {}, headers).status();
    CHECK(absl::IsFailedPrecondition(status));
    CHECK(status.ToString().find("99") != std::string::npos);
  }
  CHECK(absl::IsNotFound(Broker::Open(temp / "data", {.mode = OpenMode::kExisting}).status()));
}

TEST_CASE("options that make no sense are refused by name") {
  CHECK(absl::IsInvalidArgument(Broker::InMemory({.size_limit = 1000}).status()));
  CHECK(absl::IsInvalidArgument(Broker::InMemory({.max_block = std::chrono::milliseconds(-1)}).status()));
  const TempFolder temp;
  CHECK(absl::IsInvalidArgument(Broker::Open(temp / "d", {.open_timeout = std::chrono::milliseconds(-1)}).status()));
  auto broker = Broker::InMemory();
  REQUIRE(broker.ok());
  CHECK(absl::IsInvalidArgument(broker->EnsureTopic("t", {.partitions = 0}).status()));
  CHECK(absl::IsInvalidArgument(broker->EnsureTopic("no/good").status()));
}

}  // namespace
}  // namespace leat
