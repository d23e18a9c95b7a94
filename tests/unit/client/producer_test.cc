#include <leat/producer.h>
#include <leat/status.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/manual_clock.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using testing::FakeBackend;
using testing::FakePartition;

static_assert(!std::is_copy_constructible_v<Producer> && !std::is_copy_assignable_v<Producer>);
static_assert(std::is_nothrow_move_constructible_v<Producer> && std::is_nothrow_move_assignable_v<Producer>);
static_assert(!std::is_default_constructible_v<Producer>);
static_assert(!std::is_copy_constructible_v<Claim> && std::is_nothrow_move_constructible_v<Claim>);

Producer OpenProducer(const std::shared_ptr<FakeBackend>& backend, ProducerOptions options = {}) {
  auto producer = client::ProducerState::Open(backend, std::move(options));
  REQUIRE(producer.ok());
  return *std::move(producer);
}

struct Kept {
  Offset offset;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp;
  std::vector<std::pair<std::string, std::string>> headers;
};

std::optional<std::string> Copy(BytesView bytes) {
  return bytes.is_null() ? std::nullopt : std::optional(std::string(bytes));
}

std::vector<Kept> ReadAll(const FakePartition& partition) {
  std::vector<Kept> kept;
  for (const auto& bytes : partition.batches()) {
    const BatchView batch(bytes);
    CHECK(batch.crc() == batch.ComputeCrc());
    RecordReader reader(batch);
    while (reader.Next()) {
      const RecordView& record = reader.record();
      Kept one{batch.base_offset() + record.offset_delta,
               Copy(record.key),
               Copy(record.value),
               batch.base_timestamp() + record.timestamp_delta,
               {}};
      for (const Header& header : record.headers) one.headers.emplace_back(header.key, std::string(header.value));
      kept.push_back(std::move(one));
    }
    CHECK(!reader.malformed());
  }
  return kept;
}

bool Mentions(const absl::Status& status, std::string_view text) {
  return std::string(status.message()).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a record that is sent stands in the log, with everything that it was given") {
  const base::ManualClock clock(1234);
  const auto backend = std::make_shared<FakeBackend>(&clock);
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  const auto first = producer.Send("t", {.key = "ada", .value = "countess", .headers = {{"trace", "42"}}});
  REQUIRE(first.ok());
  CHECK(first->partition == 0);
  CHECK(first->offset == 0);
  CHECK(first->timestamp == Timestamp(std::chrono::milliseconds(1234)));
  CHECK(first->leader_epoch == 7);
  const auto second =
      producer.Send("t", {.key = nullptr, .value = "", .timestamp = Timestamp(std::chrono::milliseconds(-5))});
  REQUIRE(second.ok());
  CHECK(second->offset == 1);
  CHECK(second->timestamp == Timestamp(std::chrono::milliseconds(-5)));
  REQUIRE(producer.Send("t", {.key = "", .value = nullptr}).ok());

  const auto kept = ReadAll(backend->partition("t"));
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].key == "ada");
  CHECK(kept[0].value == "countess");
  CHECK(kept[0].timestamp == 1234);
  CHECK(kept[0].headers == std::vector<std::pair<std::string, std::string>>{{"trace", "42"}});
  CHECK(kept[1].key == std::nullopt);
  CHECK(kept[1].value == "");
  CHECK(kept[1].timestamp == -5);
  CHECK(kept[2].key == "");
  CHECK(kept[2].value == std::nullopt);
}

TEST_CASE("a topic with log-append time stamps records with the log's clock") {
  const base::ManualClock clock(5000);
  const auto backend = std::make_shared<FakeBackend>(&clock);
  backend->AddTopic("t", {.timestamp_type = TimestampType::kLogAppendTime});
  Producer producer = OpenProducer(backend);
  const auto delivery = producer.Send("t", {.value = "v", .timestamp = Timestamp(std::chrono::milliseconds(1))});
  REQUIRE(delivery.ok());
  CHECK(delivery->timestamp == Timestamp(std::chrono::milliseconds(5000)));
  const auto batches = backend->partition("t").batches();
  const BatchView batch(batches.at(0));
  CHECK(batch.timestamp_type() == TimestampType::kLogAppendTime);
  CHECK(batch.max_timestamp() == 5000);
}

TEST_CASE("an explicit partition wins over key and partitioner") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 5});
  for (const Partitioning partitioning :
       {Partitioning::kKey, Partitioning::kRandom, Partitioning::kRoundRobin, Partitioning::kSticky}) {
    Producer producer = OpenProducer(backend, {.partitioning = partitioning});
    CHECK(producer.Send("t", {.key = "k", .value = "v", .partition = 3})->partition == 3);
  }
  Producer producer = OpenProducer(backend, {.partitioner = [](auto, const auto&, auto) { return 1; }});
  CHECK(producer.Send("t", {.key = "k", .value = "v", .partition = 4})->partition == 4);
  CHECK(producer.Send("t", {.key = "k", .value = "v"})->partition == 1);
}

TEST_CASE("a partition that the topic does not have is out of range, and the error says how many there are") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 5});
  Producer producer = OpenProducer(backend);
  for (const PartitionId partition : {-1, 5, 1000}) {
    const auto sent = producer.Send("t", {.value = "v", .partition = partition});
    REQUIRE(absl::IsOutOfRange(sent.status()));
    CHECK(Mentions(sent.status(), "5 partitions"));
  }
  Producer mistaken = OpenProducer(backend, {.partitioner = [](auto, const auto&, auto count) { return count; }});
  CHECK(absl::IsInvalidArgument(mistaken.Send("t", {.value = "v"}).status()));
}

TEST_CASE("records larger than the topic takes are refused with both sizes, and the next one is sent") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.max_message_bytes = 1000});
  Producer producer = OpenProducer(backend);
  const auto sent = producer.Send("t", {.value = std::string(2000, 'x')});
  REQUIRE(absl::IsInvalidArgument(sent.status()));
  CHECK(Mentions(sent.status(), "1000"));
  CHECK(Mentions(sent.status(), "20"));
  CHECK(!AppendIsUncertain(sent.status()));
  CHECK(producer.Send("t", {.value = "small"})->offset == 0);
  // The largest that fits: a header of 61 bytes, and a record with 2 bytes of length, 5 of other fields, 2 of value
  // size.
  const std::size_t fits = 1000 - 61 - 2 - 4 - 2 - 1;
  CHECK(producer.Send("t", {.value = std::string(fits, 'x')}).ok());
  CHECK(absl::IsInvalidArgument(producer.Send("t", {.value = std::string(fits + 1, 'x')}).status()));
}

TEST_CASE("errors of the log come back as they are") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  backend->partition("t").FailAppends({absl::ResourceExhaustedError("full"), absl::DataLossError("sync failed")});
  CHECK(producer.Send("t", {.value = "v"}).status() == absl::ResourceExhaustedError("full"));
  CHECK(producer.Send("t", {.value = "v"}).status() == absl::DataLossError("sync failed"));
  CHECK(producer.Send("t", {.value = "v"})->offset == 0);
}

TEST_CASE("each append's durability reaches the log") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  REQUIRE(producer.Send("t", {.value = "a"}).ok());
  REQUIRE(producer.Send("t", {.value = "b"}, Durability::kDisk).ok());
  REQUIRE(producer.Send("t", {{.value = "c"}}, Durability::kProcess).size() == 1);
  CHECK(backend->partition("t").durabilities() ==
        std::vector{Durability::kTopicDefault, Durability::kDisk, Durability::kProcess});
}

TEST_CASE("sending by name follows a topic that is made again or gets more partitions, and looks up only then") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  REQUIRE(producer.Send("t", {.value = "a"}).ok());
  const int look_ups = backend->look_ups();
  REQUIRE(producer.Send("t", {.value = "b"}).ok());
  CHECK(backend->look_ups() == look_ups);

  backend->DeleteTopic("t");
  CHECK(absl::IsNotFound(producer.Send("t", {.value = "c"}).status()));
  backend->AddTopic("t");
  CHECK(producer.Send("t", {.value = "d"})->offset == 0);
  backend->AddPartitions("t", 2);
  CHECK(producer.Send("t", {.value = "e", .partition = 1})->partition == 1);
}

TEST_CASE("many records become one batch a partition, in their order, and one result each") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 3});
  Producer producer = OpenProducer(backend);
  const auto results = producer.Send("t", {{.value = "a", .partition = 2},
                                           {.value = "b", .partition = 0},
                                           {.value = "c", .partition = 2},
                                           {.value = "d", .partition = 2}});
  REQUIRE(results.size() == 2);
  CHECK(results[0].partition == 2);
  CHECK(results[0].count == 3);
  CHECK(results[0].delivery->offset == 0);
  CHECK(results[1].partition == 0);
  CHECK(results[1].count == 1);
  CHECK(backend->partition("t", 2).batches().size() == 1);
  const auto kept = ReadAll(backend->partition("t", 2));
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].value == "a");
  CHECK(kept[1].value == "c");
  CHECK(kept[2].value == "d");
  CHECK(backend->partition("t", 1).batches().empty());
}

TEST_CASE("no result of a send of many hides another") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 3, .max_message_bytes = 1000});
  backend->partition("t", 1).FailAppends({absl::UnavailableError("held")});
  Producer producer = OpenProducer(backend);
  const std::string large(900, 'x');
  const std::vector<ProducerRecord> records = {{.value = "a", .partition = 1},   {.value = "b", .partition = 9},
                                               {.value = large, .partition = 2}, {.value = large, .partition = 2},
                                               {.value = "c", .partition = 0},   {.value = "d", .partition = -1}};
  const auto results = producer.Send("t", records);
  REQUIRE(results.size() == 5);
  CHECK(absl::IsUnavailable(results[0].delivery.status()));
  CHECK(results[1].partition == 9);
  CHECK(absl::IsOutOfRange(results[1].delivery.status()));
  CHECK(results[2].count == 2);
  CHECK(absl::IsInvalidArgument(results[2].delivery.status()));
  CHECK(results[3].delivery.ok());
  CHECK(absl::IsOutOfRange(results[4].delivery.status()));
  CHECK(backend->partition("t", 2).batches().empty());
  CHECK(producer.Send("t", std::span<const ProducerRecord>()).empty());
  const auto missing = producer.Send("missing", records);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].partition == -1);
  CHECK(missing[0].count == 6);
  CHECK(absl::IsNotFound(missing[0].delivery.status()));
}

TEST_CASE("many records to a topic of one partition are one batch, also when one of them names a wrong partition") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  const auto one = producer.Send("t", {{.value = "a"}, {.value = "b", .partition = 0}});
  REQUIRE(one.size() == 1);
  CHECK(one[0].count == 2);
  const auto two = producer.Send("t", {{.value = "a"}, {.value = "b", .partition = 1}});
  REQUIRE(two.size() == 2);
  CHECK(two[0].delivery->offset == 2);
  CHECK(absl::IsOutOfRange(two[1].delivery.status()));
}

TEST_CASE("records to one given partition may not name another") {
  const auto backend = std::make_shared<FakeBackend>();
  const auto topic = backend->AddTopic("t", {.partitions = 2});
  client::ProducerState state(backend, {});
  auto& partition = *topic->partitions[1];
  CHECK(state.Send(partition, ProducerRecord{.value = "a", .partition = 1}, Durability::kTopicDefault).ok());
  CHECK(absl::IsInvalidArgument(
      state.Send(partition, ProducerRecord{.value = "a", .partition = 0}, Durability::kTopicDefault).status()));
  CHECK(absl::IsInvalidArgument(
      state.Send(partition, std::span<const ProducerRecord>(), Durability::kTopicDefault).status()));
}

TEST_CASE("a producer whose broker is closed, or that is closed itself, refuses to send") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  backend->SetUsable(absl::FailedPreconditionError("the broker of fake has been closed"));
  CHECK(Mentions(producer.Send("t", {.value = "v"}).status(), "has been closed"));
  CHECK(absl::IsFailedPrecondition(producer.Enqueue("t", {.value = "v"})));
  CHECK(absl::IsFailedPrecondition(producer.Flush()));
  backend->SetUsable(absl::OkStatus());
  CHECK(producer.Send("t", {.value = "v"}).ok());
  CHECK(producer.Close().ok());
  CHECK(producer.Close().ok());
  CHECK(absl::IsFailedPrecondition(producer.Send("t", {.value = "v"}).status()));
  CHECK(absl::IsFailedPrecondition(producer.Enqueue("t", {.value = "v"})));
  CHECK(absl::IsFailedPrecondition(producer.Flush()));
}

TEST_CASE("a producer that was moved from refuses everything, and what it was moved to goes on") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend);
  Producer other = std::move(producer);
  CHECK(absl::IsFailedPrecondition(producer.Send("t", {.value = "v"}).status()));
  CHECK(absl::IsFailedPrecondition(producer.Send("t", {{.value = "v"}}).at(0).delivery.status()));
  CHECK(absl::IsFailedPrecondition(producer.Enqueue("t", {.value = "v"})));
  CHECK(absl::IsFailedPrecondition(producer.Flush()));
  CHECK(absl::IsFailedPrecondition(producer.Close()));
  CHECK(producer.dropped() == 0);
  CHECK(other.Send("t", {.value = "v"}).ok());
  producer = std::move(other);
  CHECK(producer.Send("t", {.value = "v"})->offset == 1);
}

TEST_CASE("options out of their range are refused, and so is a read-only broker") {
  const auto backend = std::make_shared<FakeBackend>();
  const auto refused = [&](ProducerOptions options) {
    return absl::IsInvalidArgument(client::ProducerState::Open(backend, std::move(options)).status());
  };
  CHECK(refused({.linger = std::chrono::milliseconds(-1)}));
  CHECK(refused({.batch_size = 0}));
  CHECK(refused({.max_block = std::chrono::milliseconds(-1)}));
  CHECK(refused({.delivery_timeout = std::chrono::milliseconds(-1)}));
  CHECK(refused({.retry_backoff = std::chrono::milliseconds(-1)}));
  backend->SetReadOnly(true);
  CHECK(absl::IsPermissionDenied(client::ProducerState::Open(backend, {}).status()));
}

TEST_CASE("many threads send through one producer and nothing is lost or mixed up") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 2});
  Producer producer = OpenProducer(backend);
  constexpr int kThreads = 12;
  constexpr int kEach = 300;
  std::vector<std::thread> threads;
  std::vector<int> failed(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const std::string text = std::to_string(thread) + ":" + std::to_string(i);
        if (!producer.Send("t", {.key = std::to_string(thread), .value = text}).ok())
          ++failed[static_cast<std::size_t>(thread)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(failed.begin(), failed.end(), 0) == kThreads);
  std::map<std::string, int> next;
  for (PartitionId id = 0; id < 2; ++id) {
    for (const Kept& kept : ReadAll(backend->partition("t", id))) {
      CHECK(kept.value == *kept.key + ":" + std::to_string(next[*kept.key]++));
    }
  }
  REQUIRE(next.size() == kThreads);
  for (const auto& [key, count] : next) CHECK(count == kEach);
}

}  // namespace leat
