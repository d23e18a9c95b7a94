// The handles over the real broker: in memory and in a folder.
#include <leat/leat.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Strings = std::vector<std::string>;

static_assert(std::is_copy_constructible_v<Topic> && std::is_copy_constructible_v<Partition>);

// Which arguments a call takes is decided here, once, for all who write one: none of these is ambiguous.
template <typename P, typename... Args>
concept Sends = requires(P& producer, Args&&... args) {
  producer.Send(std::forward<Args>(args)...);
};
static_assert(Sends<Producer, const Topic&, ProducerRecord> && Sends<Producer, const char*, ProducerRecord>);
static_assert(Sends<Producer, std::string, std::vector<ProducerRecord>>);
static_assert(Sends<Producer, const Partition&, std::vector<ProducerRecord>&>);
static_assert(!Sends<Producer, const Topic&> && !Sends<Producer, ProducerRecord>);

struct Opened {
  Broker broker;
  Topic topic;
};

Opened InMemory(TopicOptions options = {}) {
  auto broker = Broker::InMemory();
  REQUIRE(broker.ok());
  auto topic = broker->EnsureTopic("t", options);
  REQUIRE(topic.ok());
  return {*broker, *topic};
}

Consumer OpenConsumer(const Broker& broker) {
  auto consumer = Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest});
  REQUIRE(consumer.ok());
  REQUIRE(consumer->Subscribe({"t"}).ok());
  return *std::move(consumer);
}

Strings Drain(Consumer& consumer) {
  Strings values;
  for (;;) {
    const ConsumerRecords records = consumer.Poll(0ms);
    CHECK(records.status().ok());
    if (records.empty()) return values;
    for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  }
}

}  // namespace

TEST_CASE("every way to send reaches a consumer of a broker in memory") {
  auto [broker, topic] = InMemory();
  auto producer = Producer::Open(broker);
  REQUIRE(producer.ok());
  const auto partition = topic.partition(0);
  REQUIRE(partition.ok());
  CHECK(producer->Send(topic, {.key = "k", .value = "a"})->offset == 0);
  CHECK(producer->Send(*partition, {.value = "b"})->offset == 1);
  CHECK(producer->Send("t", {.value = "c"})->offset == 2);
  CHECK(producer->Send(topic, {{.value = "d"}, {.value = "e"}}).at(0).delivery->offset == 3);
  CHECK(producer->Send(*partition, {{.value = "f"}, {.value = "g"}})->offset == 5);
  const std::vector<ProducerRecord> many = {{.value = "h"}, {.value = "i"}};
  CHECK(producer->Send(topic, many).at(0).count == 2);
  auto claim = producer->Claim(topic, 1, {.key = "k"});
  REQUIRE(claim.ok());
  std::memcpy(claim->value().data(), "j", 1);
  CHECK(claim->Commit()->offset == 9);
  REQUIRE(producer->Enqueue(topic, {.value = "k"}).ok());
  REQUIRE(producer->Enqueue(*partition, {.value = "l"}).ok());
  REQUIRE(producer->Flush().ok());

  Consumer consumer = OpenConsumer(broker);
  CHECK(Drain(consumer) == Strings{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"});
}

TEST_CASE("a partition's direct road appends, reads, and waits") {
  auto [broker, topic] = InMemory({.partitions = 2});
  auto partition = topic.partition(1);
  REQUIRE(partition.ok());
  CHECK(absl::IsOutOfRange(topic.partition(2).status()));
  CHECK(partition->topic() == "t");
  CHECK(partition->id() == 1);
  BatchBuilder builder;
  CHECK(absl::IsInvalidArgument(partition->Append(builder).status()));
  REQUIRE(builder.Append("k", "v", {}, 77));
  const auto delivery = partition->Append(builder);
  REQUIRE(delivery.ok());
  CHECK(delivery->timestamp == Timestamp(std::chrono::milliseconds(77)));
  CHECK(builder.empty());
  CHECK(*partition->log_start() == 0);
  CHECK(*partition->high_watermark() == 1);
  CHECK(*partition->end() == 1);
  CHECK(partition->Read(0).size() == 1);
  CHECK(partition->Read(1).status().ok());
  CHECK(partition->Read(1).empty());
  CHECK(absl::IsOutOfRange(partition->Read(2).status()));
  CHECK(**partition->OffsetForTime(Timestamp(std::chrono::milliseconds(77))) == 0);
  CHECK(!partition->OffsetForTime(Timestamp(std::chrono::milliseconds(78)))->has_value());
  CHECK(*partition->Wait(0, 0ms));
  CHECK(!*partition->Wait(1, 1ms));
  std::thread writer([partition = *partition]() mutable {
    BatchBuilder another;
    (void)another.Append("k", "w", {}, 78);
    (void)partition.Append(another);
  });
  CHECK(*partition->Wait(1, std::chrono::hours(1)));
  writer.join();
}

TEST_CASE("the record with the greatest timestamp is found in memory and in a folder, also by who may only read") {
  testing::TempFolder folder;
  for (const bool in_memory : {true, false}) {
    auto broker = in_memory ? Broker::InMemory() : Broker::Open(folder / "data");
    REQUIRE(broker.ok());
    const auto topic = broker->EnsureTopic("t", {.compression = Compression::kZstd});
    REQUIRE(topic.ok());
    auto partition = topic->partition(0);
    REQUIRE(partition.ok());
    CHECK(!partition->MaxTimestamp()->has_value());
    BatchBuilder builder;
    for (const std::int64_t time : {7, 9, 8, 9, 3}) REQUIRE(builder.Append("k", "v", {}, time));
    REQUIRE(partition->Append(builder).ok());
    const auto at = [](Offset offset, int time) {
      return OffsetAndTimestamp{.offset = offset, .timestamp = Timestamp(std::chrono::milliseconds(time))};
    };
    CHECK(*partition->MaxTimestamp() == at(1, 9));
    REQUIRE(partition->Trim(2).ok());
    CHECK(*partition->MaxTimestamp() == at(3, 9));
    REQUIRE(partition->Trim(4).ok());
    CHECK(*partition->MaxTimestamp() == at(4, 3));
    if (!in_memory) {
      const auto reader = Broker::Open(folder / "data", {.mode = OpenMode::kReadOnly});
      REQUIRE(reader.ok());
      CHECK(*reader->FindTopic("t")->partition(0)->MaxTimestamp() == at(4, 3));
    }
    REQUIRE(partition->Trim(-1).ok());
    CHECK(!partition->MaxTimestamp()->has_value());
    REQUIRE(broker->DeleteTopic("t").ok());
    CHECK(absl::IsNotFound(partition->MaxTimestamp().status()));
  }
}

TEST_CASE("an encoded batch is appended when it is one, and refused with what is wrong when not") {
  auto [broker, topic] = InMemory();
  auto partition = topic.partition(0);
  REQUIRE(partition.ok());
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "v", {}, 5));
  const auto sealed = builder.Seal({});
  std::vector<std::byte> batch(sealed.begin(), sealed.end());
  CHECK(partition->Append(std::span<const std::byte>(batch))->offset == 0);
  for (std::size_t size = 0; size < batch.size(); ++size) {
    CHECK(absl::IsInvalidArgument(partition->Append(std::span<const std::byte>(batch).first(size)).status()));
  }
  std::vector<std::byte> two = batch;
  two.insert(two.end(), batch.begin(), batch.end());
  CHECK(absl::IsInvalidArgument(partition->Append(std::span<const std::byte>(two)).status()));
  batch.back() ^= std::byte{1};
  CHECK(absl::IsInvalidArgument(partition->Append(std::span<const std::byte>(batch)).status()));
  CHECK(*partition->end() == 1);
}

TEST_CASE("handles outlive the broker that they are of, in any order") {
  std::optional<ConsumerRecords> records;
  {
    std::optional<Producer> producer;
    std::optional<Consumer> consumer;
    {
      auto [broker, topic] = InMemory();
      producer = *Producer::Open(broker);
      consumer = OpenConsumer(broker);
    }
    REQUIRE(producer->Send("t", {.value = "a"}).ok());
    producer.reset();
    records = consumer->Poll(0ms);
  }
  REQUIRE(records->size() == 1);
  CHECK((*records->begin()).value() == "a");
}

TEST_CASE("a closed broker refuses through every handle, and what was read stays readable") {
  auto [broker, topic] = InMemory();
  auto producer = Producer::Open(broker);
  Consumer consumer = OpenConsumer(broker);
  auto partition = topic.partition(0);
  REQUIRE(producer->Send(topic, {.value = "a"}).ok());
  const ConsumerRecords records = consumer.Poll(0ms);
  REQUIRE(broker.Close().ok());
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "v", {}, 1));
  for (const absl::Status& status :
       {producer->Send(topic, {.value = "b"}).status(), producer->Enqueue(topic, {.value = "b"}), producer->Flush(),
        producer->Claim(topic, 1).status(), consumer.Poll(0ms).status(), consumer.Subscribe({"t"}),
        partition->Append(builder).status(), partition->Read(0).status(), partition->end().status(),
        partition->Wait(0, 1s).status(), Producer::Open(broker).status(), Consumer::Open(broker).status()}) {
    CHECK(absl::IsFailedPrecondition(status));
  }
  CHECK((*records.begin()).value() == "a");
}

TEST_CASE("handles of another broker are refused") {
  auto [broker, topic] = InMemory();
  auto [other, others_topic] = InMemory();
  auto producer = Producer::Open(broker);
  CHECK(absl::IsInvalidArgument(producer->Send(others_topic, {.value = "v"}).status()));
  Consumer consumer = OpenConsumer(broker);
  CHECK(absl::IsInvalidArgument(consumer.Assign(std::vector<Partition>{*others_topic.partition(0)})));
  CHECK(consumer.Assign(std::vector<Partition>{*topic.partition(0)}).ok());
}

TEST_CASE("topics and partitions that were moved from show nothing and refuse") {
  auto [broker, topic] = InMemory();
  auto producer = Producer::Open(broker);
  Partition partition = *topic.partition(0);
  const Topic kept = std::move(topic);
  const Partition kept_partition = std::move(partition);
  CHECK(topic.name().empty());
  CHECK(topic.partition_count() == 0);
  CHECK(absl::IsFailedPrecondition(topic.partition(0).status()));
  CHECK(absl::IsFailedPrecondition(producer->Send(topic, {.value = "v"}).status()));
  CHECK(partition.id() == -1);
  CHECK(absl::IsFailedPrecondition(partition.end().status()));
  CHECK(absl::IsFailedPrecondition(partition.Read(0).status()));
  CHECK(producer->Send(kept, {.value = "v"}).ok());
}

TEST_CASE("a folder is written by one broker and read by another, also when it is opened again") {
  const testing::TempFolder folder;
  {
    auto writer = Broker::Open(folder / "data");
    REQUIRE(writer.ok());
    auto topic = writer->EnsureTopic("t", {.partitions = 2});
    REQUIRE(topic.ok());
    auto producer = Producer::Open(*writer);
    auto reader = Broker::Open(folder / "data");
    REQUIRE(reader.ok());
    Consumer consumer = OpenConsumer(*reader);
    for (const char* value : {"a", "b", "c"}) {
      REQUIRE(producer->Send(*topic, {.value = value, .partition = 1}).ok());
      const ConsumerRecords records = consumer.Poll(std::chrono::hours(1));
      REQUIRE(records.size() == 1);
      CHECK((*records.begin()).value() == value);
    }
  }
  auto again = Broker::Open(folder / "data");
  REQUIRE(again.ok());
  Consumer consumer = OpenConsumer(*again);
  CHECK(Drain(consumer) == Strings{"a", "b", "c"});
}

TEST_CASE("a topic deleted under a producer and a consumer takes nothing more, and both go on with the next one") {
  auto [broker, topic] = InMemory();
  auto producer = Producer::Open(broker);
  Consumer consumer = OpenConsumer(broker);
  REQUIRE(producer->Send("t", {.value = "old"}).ok());
  CHECK(Drain(consumer) == Strings{"old"});
  REQUIRE(broker.DeleteTopic("t").ok());
  REQUIRE(broker.CreateTopic("t").ok());
  CHECK(absl::IsNotFound(producer->Send(topic, {.value = "lost"}).status()));
  CHECK(producer->Send("t", {.value = "new"}).ok());
  Strings values;
  int told = 0;
  while (values.empty()) {
    const ConsumerRecords records = consumer.Poll(std::chrono::hours(1));
    if (absl::IsNotFound(records.status())) ++told;
    for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  }
  CHECK(values == Strings{"new"});
}

}  // namespace leat
