#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client/consumer_state.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using testing::FakeBackend;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;
using Strings = std::vector<std::string>;
using Names = std::vector<TopicPartition>;

struct Fixture {
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  Producer producer = *client::ProducerState::Open(backend, {});

  Consumer Open(OffsetReset reset = OffsetReset::kEarliest) {
    return *client::ConsumerState::Open(backend, {.auto_offset_reset = reset});
  }
  void Send(const std::string& topic, const std::string& value, PartitionId partition = 0) {
    REQUIRE(producer.Send(topic, {.value = value, .partition = partition}).ok());
  }
};

Strings Poll(Consumer& consumer) {
  Strings values;
  const ConsumerRecords records = consumer.Poll(0ms);
  CHECK(records.status().ok());
  for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

TEST_CASE("a subscription reads all partitions of its topics") {
  Fixture f;
  f.backend->AddTopic("a", {.partitions = 2});
  f.backend->AddTopic("b");
  f.backend->AddTopic("c");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"b", "a", "b"}).ok());
  CHECK(*consumer.assignment() == Names{{"a", 0}, {"a", 1}, {"b", 0}});
  f.Send("a", "a1", 1);
  f.Send("b", "b0");
  f.Send("c", "c0");
  CHECK(Poll(consumer) == Strings{"a1", "b0"});
}

TEST_CASE("a topic that is made later, and a partition that is added later, are read from their beginning") {
  Fixture f;
  Consumer consumer = f.Open(OffsetReset::kLatest);
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(Poll(consumer).empty());
  f.backend->AddTopic("t");
  f.Send("t", "first");
  CHECK(Poll(consumer) == Strings{"first"});
  f.backend->AddPartitions("t", 2);
  f.Send("t", "second", 1);
  f.Send("t", "third", 0);
  CHECK(Poll(consumer) == Strings{"second", "third"});
}

TEST_CASE("a topic that is made while a poll waits is found by it") {
  Fixture f;
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  bool sent = false;
  std::thread maker([&] {
    f.backend->AwaitSleeper();
    f.backend->AddTopic("t");
    sent = f.producer.Send("t", {.value = "v"}).ok();
  });
  const ConsumerRecords records = consumer.Poll(1h);
  maker.join();
  CHECK(sent);
  CHECK(records.size() == 1);
}

TEST_CASE("a topic that is deleted is told once, and followed when it is made again") {
  Fixture f;
  f.backend->AddTopic("t");
  f.backend->AddTopic("u");
  Consumer consumer = f.Open(OffsetReset::kLatest);
  REQUIRE(consumer.Subscribe({"t", "u"}).ok());
  f.Send("t", "unread");
  f.backend->DeleteTopic("t");
  f.Send("u", "u0");
  CHECK(Poll(consumer) == Strings{"u0"});
  const absl::Status told = consumer.Poll(0ms).status();
  CHECK(absl::IsNotFound(told));
  CHECK(std::string(told.message()).find("'t'") != std::string::npos);
  CHECK(Poll(consumer).empty());
  CHECK(*consumer.assignment() == Names{{"u", 0}});
  f.backend->AddTopic("t");
  f.Send("t", "again");
  CHECK(Poll(consumer) == Strings{"again"});
}

TEST_CASE("a topic that is deleted and made again between two polls is told once and read from its beginning") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", "old");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(Poll(consumer) == Strings{"old"});
  f.backend->DeleteTopic("t");
  f.backend->AddTopic("t");
  CHECK(absl::IsNotFound(consumer.Poll(1h).status()));
  f.Send("t", "new");
  CHECK(Poll(consumer) == Strings{"new"});
}

TEST_CASE("an assigned partition whose topic is deleted says so until it is assigned anew") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  f.backend->DeleteTopic("t");
  f.backend->AddTopic("t");
  f.Send("t", "new");
  CHECK(absl::IsNotFound(consumer.Poll(1h).status()));
  CHECK(absl::IsNotFound(consumer.Poll(1h).status()));
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  CHECK(Poll(consumer) == Strings{"new"});
}

TEST_CASE("a pattern takes the topics whose whole name matches, also later ones") {
  Fixture f;
  f.backend->AddTopic("metrics.cpu");
  f.backend->AddTopic("metrics.cpu.old");
  f.backend->AddTopic("logs");
  Consumer consumer = f.Open();
  REQUIRE(consumer.SubscribePattern("metrics\\.[a-z]+").ok());
  CHECK(*consumer.assignment() == Names{{"metrics.cpu", 0}});
  f.backend->AddTopic("metrics.disk");
  f.Send("metrics.disk", "d");
  CHECK(Poll(consumer) == Strings{"d"});
  CHECK(absl::IsInvalidArgument(consumer.SubscribePattern("metrics[")));
  CHECK(consumer.assignment()->size() == 2);
}

TEST_CASE("partitions keep their place from one assignment to the next") {
  Fixture f;
  f.backend->AddTopic("t", {.partitions = 2});
  f.Send("t", "0");
  f.Send("t", "1");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  REQUIRE(consumer.Seek({"t", 0}, 1).ok());
  REQUIRE(consumer.Assign({{"t", 1}, {"t", 0}}).ok());
  CHECK(*consumer.Position({"t", 0}) == 1);
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(*consumer.Position({"t", 0}) == 1);
  REQUIRE(consumer.Assign({{"t", 1}}).ok());
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  CHECK(*consumer.Position({"t", 0}) == 0);
}

TEST_CASE("an assignment that fails leaves the one before as it was") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", "v");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(absl::IsNotFound(consumer.Assign({{"t", 0}, {"missing", 0}})));
  CHECK(absl::IsOutOfRange(consumer.Assign({{"t", 1}})));
  CHECK(absl::IsInvalidArgument(consumer.Assign({{"t", 0}, {"t", 0}})));
  CHECK(absl::IsInvalidArgument(consumer.Subscribe({})));
  CHECK(absl::IsInvalidArgument(consumer.Subscribe({"not a name"})));
  f.backend->FailLookUps(absl::UnavailableError("held"));
  CHECK(absl::IsUnavailable(consumer.Subscribe({"u"})));
  CHECK(absl::IsUnavailable(consumer.SubscribePattern(".*")));
  CHECK(absl::IsUnavailable(consumer.Poll(0ms).status()));
  CHECK(absl::IsUnavailable(consumer.Poll(0ms).status()));
  f.backend->FailLookUps(absl::OkStatus());
  CHECK(Poll(consumer) == Strings{"v"});
}

TEST_CASE("assigning nothing reads nothing") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  REQUIRE(consumer.Assign(Names{}).ok());
  CHECK(absl::IsFailedPrecondition(consumer.Poll(0ms).status()));
}

}  // namespace leat
