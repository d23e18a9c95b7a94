#include <leat/consumer.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/manual_clock.h"
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

static_assert(!std::is_copy_constructible_v<Consumer> && !std::is_copy_assignable_v<Consumer>);
static_assert(std::is_nothrow_move_constructible_v<Consumer> && std::is_nothrow_move_assignable_v<Consumer>);

struct Fixture {
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  Producer producer = *client::ProducerState::Open(backend, {});

  Consumer Open(ConsumerOptions options = {.auto_offset_reset = OffsetReset::kEarliest}) {
    auto consumer = client::ConsumerState::Open(backend, std::move(options));
    REQUIRE(consumer.ok());
    return *std::move(consumer);
  }
  void Send(const std::string& topic, PartitionId partition, const Strings& values) {
    for (const std::string& value : values) {
      REQUIRE(producer.Send(topic, {.key = "k", .value = value, .partition = partition}).ok());
    }
  }
};

Strings Values(const ConsumerRecords& records) {
  Strings values;
  for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  return values;
}

// What polls return until there is nothing more at once; no error is expected.
Strings PollAll(Consumer& consumer) {
  Strings values;
  for (;;) {
    const ConsumerRecords records = consumer.Poll(0ms);
    CHECK(records.status().ok());
    if (records.empty()) return values;
    for (const std::string& value : Values(records)) values.push_back(value);
  }
}

}  // namespace

TEST_CASE("a loop over Poll itself shows the records") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", 0, {"a", "b"});
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  Strings values;
  for (const ConsumerRecord& record : consumer.Poll(0ms)) values.emplace_back(record.value());
  CHECK(values == Strings{"a", "b"});
  CHECK(*consumer.Position({"t", 0}) == 2);
  CHECK(consumer.Poll(0ms).empty());
}

TEST_CASE("latest is what comes after Assign has returned, not after the first poll") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", 0, {"before"});
  Consumer consumer = f.Open({});
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  f.Send("t", 0, {"after"});
  CHECK(PollAll(consumer) == Strings{"after"});
}

TEST_CASE("without a reset policy, reading begins with a seek") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", 0, {"a", "b"});
  Consumer consumer = f.Open({.auto_offset_reset = OffsetReset::kNone});
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  CHECK(absl::IsOutOfRange(consumer.Position({"t", 0}).status()));
  for (int i = 0; i < 2; ++i) {
    const ConsumerRecords records = consumer.Poll(0ms);
    CHECK(absl::IsOutOfRange(records.status()));
    REQUIRE(records.failed_partition() != nullptr);
    CHECK(*records.failed_partition() == TopicPartition{"t", 0});
  }
  REQUIRE(consumer.Seek({"t", 0}, 1).ok());
  CHECK(PollAll(consumer) == Strings{"b"});
  REQUIRE(consumer.Seek({"t", 0}, 9).ok());
  CHECK(absl::IsOutOfRange(consumer.Poll(0ms).status()));
  CHECK(absl::IsOutOfRange(consumer.Poll(0ms).status()));
}

TEST_CASE("what retention took is counted and told, and reading goes on by the policy") {
  for (const OffsetReset policy : {OffsetReset::kEarliest, OffsetReset::kLatest}) {
    Fixture f;
    f.backend->AddTopic("t");
    f.Send("t", 0, {"0", "1", "2", "3", "4"});
    std::vector<std::vector<std::int64_t>> events;
    Consumer consumer = f.Open({.auto_offset_reset = policy, .on_offset_reset = [&](const OffsetResetEvent& event) {
                                  CHECK(event.partition == TopicPartition{"t", 0});
                                  events.push_back({event.from, event.to, event.missed});
                                }});
    REQUIRE(consumer.Assign({{"t", 0}}).ok());
    REQUIRE(consumer.Seek({"t", 0}, 1).ok());
    f.backend->partition("t").Trim(3);
    const bool earliest = policy == OffsetReset::kEarliest;
    CHECK(PollAll(consumer) == (earliest ? Strings{"3", "4"} : Strings{}));
    CHECK(events == std::vector<std::vector<std::int64_t>>{{1, earliest ? 3 : 5, earliest ? 2 : 4}});
    CHECK(consumer.missed() == (earliest ? 2 : 4));
  }
}

TEST_CASE("seeking leads to an offset, the ends, and a time") {
  Fixture f;
  f.backend->AddTopic("t", {.partitions = 2});
  for (int i = 0; i < 4; ++i) {
    REQUIRE(f.producer
                .Send("t", {.value = std::to_string(i),
                            .timestamp = Timestamp(std::chrono::milliseconds(100 * i)),
                            .partition = 0})
                .ok());
  }
  const TopicPartition partition{"t", 0};
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign({partition, {"t", 1}}).ok());
  REQUIRE(consumer.Seek(partition, 2).ok());
  CHECK(PollAll(consumer) == Strings{"2", "3"});
  REQUIRE(consumer.SeekToBegin(partition).ok());
  CHECK(*consumer.Position(partition) == 0);
  REQUIRE(consumer.SeekToEnd(partition).ok());
  CHECK(PollAll(consumer).empty());
  REQUIRE(consumer.SeekToTime(partition, Timestamp(std::chrono::milliseconds(101))).ok());
  CHECK(PollAll(consumer) == Strings{"2", "3"});
  REQUIRE(consumer.SeekToTime(Timestamp(std::chrono::milliseconds(300))).ok());
  CHECK(PollAll(consumer) == Strings{"3"});
  REQUIRE(consumer.SeekToTime(partition, Timestamp(std::chrono::milliseconds(301))).ok());
  CHECK(*consumer.Position(partition) == 4);
  REQUIRE(consumer.SeekToBegin().ok());
  CHECK(PollAll(consumer).size() == 4);
  REQUIRE(consumer.SeekToBegin().ok());
  REQUIRE(consumer.SeekToEnd().ok());
  CHECK(PollAll(consumer).empty());
  CHECK(*consumer.BeginOffset(partition) == 0);
  CHECK(*consumer.EndOffset(partition) == 4);
  CHECK(absl::IsInvalidArgument(consumer.Seek(partition, -1)));
  for (const absl::Status& status :
       {consumer.Seek({"t", 7}, 0), consumer.SeekToBegin({"t", 7}), consumer.SeekToEnd({"t", 7}),
        consumer.SeekToTime({"t", 7}, Timestamp()), consumer.Pause({"t", 7}), consumer.Resume({"t", 7}),
        consumer.Position({"t", 7}).status(), consumer.BeginOffset({"t", 7}).status(),
        consumer.EndOffset({"t", 7}).status()}) {
    CHECK(absl::IsNotFound(status));
  }
}

TEST_CASE("partitions take turns, and a busy one does not starve the others") {
  Fixture f;
  f.backend->AddTopic("t", {.partitions = 3});
  for (int i = 0; i < 200; ++i) f.Send("t", 0, {std::string(100, 'x')});
  f.Send("t", 1, {"one"});
  f.Send("t", 2, {"two"});
  Consumer consumer = f.Open(
      {.auto_offset_reset = OffsetReset::kEarliest, .fetch_max_bytes = 2000, .max_partition_fetch_bytes = 2000});
  REQUIRE(consumer.Subscribe({"t"}).ok());
  std::map<PartitionId, int> first_seen;
  int polls = 0;
  std::map<PartitionId, Offset> next;
  for (;;) {
    const ConsumerRecords records = consumer.Poll(0ms);
    if (records.empty()) break;
    ++polls;
    for (const ConsumerRecord& record : records) {
      first_seen.emplace(record.partition(), polls);
      CHECK(record.offset() == next[record.partition()]++);
    }
  }
  CHECK(polls > 10);
  CHECK(first_seen[1] <= 3);
  CHECK(first_seen[2] <= 3);
  CHECK(next[0] == 200);
}

TEST_CASE("max_poll_records cuts batches, and the place is behind what was returned") {
  Fixture f;
  f.backend->AddTopic("t");
  REQUIRE(
      f.producer.Send("t", {{.value = "0"}, {.value = "1"}, {.value = "2"}, {.value = "3"}, {.value = "4"}}).size() ==
      1);
  Consumer consumer = f.Open({.auto_offset_reset = OffsetReset::kEarliest, .max_poll_records = 2});
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  CHECK(Values(consumer.Poll(0ms)) == Strings{"0", "1"});
  CHECK(*consumer.Position({"t", 0}) == 2);
  CHECK(Values(consumer.Poll(0ms)) == Strings{"2", "3"});
  REQUIRE(consumer.Seek({"t", 0}, 1).ok());
  CHECK(PollAll(consumer) == Strings{"1", "2", "3", "4"});
  CHECK(*consumer.Position({"t", 0}) == 5);
}

TEST_CASE("a filter lets through what it likes, and a poll goes on until something passes") {
  Fixture f;
  f.backend->AddTopic("t");
  for (int i = 0; i < 100; ++i) f.Send("t", 0, {std::to_string(i)});
  Consumer consumer = f.Open(
      {.auto_offset_reset = OffsetReset::kEarliest, .fetch_max_bytes = 500, .filter = [](const ConsumerRecord& r) {
         return r.value() == "77" || r.value() == "78";
       }});
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  const ConsumerRecords records = consumer.Poll(1h);
  CHECK(Values(records) == Strings{"77", "78"});
  CHECK(records.size() == 2);
}

TEST_CASE("an error neither hides records of other partitions nor is hidden by them, and it sticks") {
  Fixture f;
  f.backend->AddTopic("t", {.partitions = 2});
  f.Send("t", 0, {"a0", "a1"});
  f.backend->partition("t", 0).DamageAt(1, absl::DataLossError("t-0 byte 77"));
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  Strings values;
  int errors = 0;
  for (int i = 0; i < 10; ++i) {
    f.Send("t", 1, {"b" + std::to_string(i)});
    const ConsumerRecords records = consumer.Poll(0ms);
    for (const std::string& value : Values(records)) values.push_back(value);
    if (!records.status().ok()) {
      ++errors;
      CHECK(records.empty());
      CHECK(absl::IsDataLoss(records.status()));
      CHECK(*records.failed_partition() == TopicPartition{"t", 0});
    }
  }
  CHECK(errors >= 4);
  CHECK(values.size() >= 9);
  CHECK(*consumer.Position({"t", 0}) == 1);
  // Now that nobody else has records, it comes each time.
  (void)consumer.Poll(0ms);
  (void)consumer.Poll(0ms);
  CHECK(absl::IsDataLoss(consumer.Poll(1h).status()));
  CHECK(absl::IsDataLoss(consumer.Poll(1h).status()));
  REQUIRE(consumer.Pause({"t", 0}).ok());
  CHECK(consumer.Poll(0ms).status().ok());
  REQUIRE(consumer.Resume({"t", 0}).ok());
  CHECK(absl::IsDataLoss(consumer.Poll(0ms).status()));
  f.backend->partition("t", 0).Repair();
  CHECK(PollAll(consumer) == Strings{"a1"});
}

TEST_CASE("of several failing partitions each is named in its turn") {
  Fixture f;
  f.backend->AddTopic("t", {.partitions = 3});
  for (PartitionId id = 0; id < 3; ++id) f.backend->partition("t", id).DamageAt(0, absl::DataLossError("bad"));
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  std::map<PartitionId, int> named;
  for (int i = 0; i < 9; ++i) {
    const ConsumerRecords records = consumer.Poll(1h);
    REQUIRE(records.failed_partition() != nullptr);
    ++named[records.failed_partition()->partition];
  }
  CHECK(named == std::map<PartitionId, int>{{0, 3}, {1, 3}, {2, 3}});
}

TEST_CASE("a paused partition is left alone, and keeps its place") {
  Fixture f;
  f.backend->AddTopic("t", {.partitions = 2});
  f.Send("t", 0, {"a"});
  f.Send("t", 1, {"b"});
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  REQUIRE(consumer.Pause({"t", 0}).ok());
  REQUIRE(consumer.Pause({"t", 0}).ok());
  CHECK(PollAll(consumer) == Strings{"b"});
  REQUIRE(consumer.Resume({"t", 0}).ok());
  CHECK(PollAll(consumer) == Strings{"a"});
}

TEST_CASE("a poll waits for records, and returns when they come") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  bool sent = false;
  std::thread writer([&] {
    f.backend->AwaitSleeper();
    sent = f.producer.Send("t", {.value = "a"}).ok();
  });
  const ConsumerRecords records = consumer.Poll(1h);
  writer.join();
  CHECK(sent);
  CHECK(Values(records) == Strings{"a"});
}

TEST_CASE("a wake ends the poll that waits, or the next one, empty and OK") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  std::thread waker([&] {
    f.backend->AwaitSleeper();
    consumer.Wake();
  });
  const ConsumerRecords woken = consumer.Poll(1h);
  waker.join();
  CHECK(woken.empty());
  CHECK(woken.status().ok());

  f.Send("t", 0, {"a"});
  consumer.Wake();
  consumer.Wake();
  CHECK(consumer.Poll(1h).empty());
  CHECK(Values(consumer.Poll(1h)) == Strings{"a"});
}

TEST_CASE("a poll of nothing waits for its time only") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(consumer.Poll(1ms).empty());
  CHECK(consumer.Poll(-1ms).empty());
}

TEST_CASE("a broker that is closed ends the poll that waits") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  std::thread closer([&] {
    f.backend->AwaitSleeper();
    f.backend->SetUsable(absl::FailedPreconditionError("closed"));
  });
  CHECK(absl::IsFailedPrecondition(consumer.Poll(1h).status()));
  closer.join();
  CHECK(absl::IsFailedPrecondition(consumer.Subscribe({"t"})));
  CHECK(absl::IsFailedPrecondition(consumer.Position({"t", 0}).status()));
}

TEST_CASE("a second call at the same time is refused, from a callback or another thread, and does nothing") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", 0, {"a"});
  Consumer* self = nullptr;
  std::vector<absl::Status> statuses;
  Consumer consumer = f.Open({.auto_offset_reset = OffsetReset::kEarliest, .filter = [&](const ConsumerRecord&) {
                                statuses.push_back(self->Seek({"t", 0}, 0));
                                statuses.push_back(self->Poll(0ms).status());
                                std::thread([&] { statuses.push_back(self->Unsubscribe()); }).join();
                                self->Wake();
                                return true;
                              }});
  self = &consumer;
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(Values(consumer.Poll(0ms)) == Strings{"a"});
  REQUIRE(statuses.size() == 3);
  for (const absl::Status& status : statuses) CHECK(absl::IsFailedPrecondition(status));
}

TEST_CASE("a poll without anything to read says so") {
  Fixture f;
  f.backend->AddTopic("t");
  Consumer consumer = f.Open();
  CHECK(absl::IsFailedPrecondition(consumer.Poll(0ms).status()));
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(consumer.Poll(0ms).status().ok());
  REQUIRE(consumer.Unsubscribe().ok());
  CHECK(absl::IsFailedPrecondition(consumer.Poll(0ms).status()));
  CHECK(consumer.assignment()->empty());
}

TEST_CASE("a consumer that was moved from refuses everything, and what it was moved to goes on") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", 0, {"a"});
  Consumer consumer = f.Open();
  REQUIRE(consumer.Subscribe({"t"}).ok());
  Consumer other = std::move(consumer);
  CHECK(absl::IsFailedPrecondition(consumer.Poll(0ms).status()));
  CHECK(absl::IsFailedPrecondition(consumer.Subscribe({"t"})));
  CHECK(absl::IsFailedPrecondition(consumer.assignment().status()));
  CHECK(consumer.missed() == 0);
  consumer.Wake();
  CHECK(PollAll(other) == Strings{"a"});
}

TEST_CASE("records outlive the consumer") {
  Fixture f;
  f.backend->AddTopic("t");
  f.Send("t", 0, {"a"});
  ConsumerRecords records;
  {
    Consumer consumer = f.Open();
    REQUIRE(consumer.Subscribe({"t"}).ok());
    records = consumer.Poll(0ms);
  }
  CHECK(Values(records) == Strings{"a"});
  CHECK((*records.begin()).topic() == "t");
}

TEST_CASE("options out of their range are refused") {
  Fixture f;
  CHECK(absl::IsInvalidArgument(client::ConsumerState::Open(f.backend, {.max_poll_records = -1}).status()));
  CHECK(absl::IsInvalidArgument(client::ConsumerState::Open(f.backend, {.fetch_max_bytes = 0}).status()));
  CHECK(absl::IsInvalidArgument(client::ConsumerState::Open(f.backend, {.max_partition_fetch_bytes = 0}).status()));
}

}  // namespace leat
