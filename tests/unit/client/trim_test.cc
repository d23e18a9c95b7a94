// Partition::Trim, and what consumers learn of it.
#include <leat/leat.h>

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using std::chrono_literals::operator""ms;
using Strings = std::vector<std::string>;

constexpr std::int64_t kThen = 1'700'000'000'000;

Timestamp At(std::int64_t millis) { return Timestamp(std::chrono::milliseconds(kThen + millis)); }

template <typename T>
T Ok(absl::StatusOr<T> from) {
  INFO(from.status().ToString());
  REQUIRE(from.ok());
  return *std::move(from);
}

// Records "0", "1", ... with times 0, 1, ...
void Fill(const Broker& broker, const Topic& topic, int first, int count, std::size_t size = 0) {
  Producer producer = Ok(Producer::Open(broker));
  for (int i = first; i < first + count; ++i) {
    std::string value = std::to_string(i);
    if (value.size() < size) value.resize(size, ' ');
    REQUIRE(producer.Send(topic, {.value = value, .timestamp = At(i)}).ok());
  }
}

TEST_CASE("trimming takes records for good, and the folder opens with them gone") {
  const testing::TempFolder temp;
  const std::string folder = temp / "data";
  {
    Broker broker = Ok(Broker::Open(folder));
    Topic topic = Ok(broker.EnsureTopic("t"));
    Fill(broker, topic, 0, 10);
    Partition partition = Ok(topic.partition(0));
    CHECK(Ok(partition.Trim(4)) == 4);
    CHECK(Ok(partition.log_start()) == 4);
    CHECK(Ok(partition.Trim(2)) == 4);
    CHECK(partition.Read(3).status().code() == absl::StatusCode::kOutOfRange);
    CHECK(partition.Read(4).size() == 6);
    CHECK(partition.Trim(11).status().code() == absl::StatusCode::kOutOfRange);
    CHECK(partition.Trim(-2).status().code() == absl::StatusCode::kOutOfRange);
    CHECK(Ok(partition.log_start()) == 4);
    REQUIRE(broker.Close().ok());
  }
  Broker broker = Ok(Broker::Open(folder));
  Partition partition = Ok(Ok(broker.FindTopic("t")).partition(0));
  CHECK(Ok(partition.log_start()) == 4);
  CHECK(partition.Read(4).size() == 6);
  CHECK(Ok(partition.Trim(-1)) == 10);
  CHECK(Ok(partition.log_start()) == 10);
}

TEST_CASE("trimming by time takes what is older than the first record that is not") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Ok(broker.EnsureTopic("t"));
  Fill(broker, topic, 0, 10);
  Partition partition = Ok(topic.partition(0));
  CHECK(Ok(partition.Trim(At(-5))) == 0);
  CHECK(Ok(partition.Trim(At(7))) == 7);
  CHECK(Ok(partition.Trim(At(100))) == 10);
}

TEST_CASE("nothing is trimmed through a read-only broker, nor of a topic that is gone") {
  const testing::TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data"));
  Topic topic = Ok(broker.EnsureTopic("t"));
  Fill(broker, topic, 0, 3);
  Broker reader = Ok(Broker::Open(temp / "data", {.mode = OpenMode::kReadOnly}));
  CHECK(Ok(Ok(reader.FindTopic("t")).partition(0)).Trim(2).status().code() == absl::StatusCode::kPermissionDenied);
  Partition partition = Ok(topic.partition(0));
  CHECK(Ok(partition.log_start()) == 0);
  REQUIRE(broker.DeleteTopic("t").ok());
  CHECK(partition.Trim(2).status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("a consumer that lags behind a trim learns how many records it missed, and which") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Ok(broker.EnsureTopic("t"));
  Fill(broker, topic, 0, 100);
  std::vector<std::string> told;
  Consumer consumer = Ok(Consumer::Open(
      broker, {.auto_offset_reset = OffsetReset::kEarliest,
               .max_poll_records = 10,
               .on_offset_reset = [&](const OffsetResetEvent& event) {
                 told.push_back(std::to_string(event.partition.partition) + ": " + std::to_string(event.from) +
                                " to " + std::to_string(event.to) + ", " + std::to_string(event.missed));
               }}));
  REQUIRE(consumer.Subscribe({"t"}).ok());
  REQUIRE(consumer.Poll(1000ms).size() == 10);
  // What the consumer has been handed already, in whole batches, may still come; after a Seek it may not.
  REQUIRE(consumer.Seek({"t", 0}, 10).ok());
  CHECK(Ok(Ok(topic.partition(0)).Trim(63)) == 63);
  const ConsumerRecords records = consumer.Poll(1000ms);
  REQUIRE(records.size() == 10);
  CHECK((*records.begin()).offset() == 63);
  CHECK(told == Strings{"0: 10 to 63, 53"});
  CHECK(consumer.missed() == 53);
}

TEST_CASE("without a reset a consumer that lags behind a trim is told both offsets") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Ok(broker.EnsureTopic("t"));
  Fill(broker, topic, 0, 100);
  Consumer consumer = Ok(Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kNone}));
  REQUIRE(consumer.Assign(std::vector<TopicPartition>{{"t", 0}}).ok());
  REQUIRE(consumer.Seek({"t", 0}, 17).ok());
  CHECK(Ok(Ok(topic.partition(0)).Trim(63)) == 63);
  const ConsumerRecords records = consumer.Poll(0ms);
  CHECK(records.status().code() == absl::StatusCode::kOutOfRange);
  CHECK(records.status().ToString().find("17") != std::string::npos);
  CHECK(records.status().ToString().find("63") != std::string::npos);
  REQUIRE(records.failed_partition() != nullptr);
  CHECK(*records.failed_partition() == TopicPartition{"t", 0});
  REQUIRE(consumer.SeekToBegin().ok());
  CHECK(consumer.Poll(1000ms).size() == 37);
}

TEST_CASE("what a Poll has returned stays readable when its records are trimmed and their segments gone") {
  const testing::TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data"));
  Topic topic = Ok(broker.EnsureTopic("t", {.segment_bytes = 64 << 10, .max_message_bytes = 16 << 10}));
  Fill(broker, topic, 0, 300, 1000);
  Partition partition = Ok(topic.partition(0));
  const ConsumerRecords held = partition.Read(0, 1 << 16);
  REQUIRE(held.size() > 20);
  REQUIRE(Ok(broker.DescribeTopic("t")).partitions[0].segments > 3);
  CHECK(Ok(partition.Trim(-1)) == 300);
  CHECK(Ok(broker.DescribeTopic("t")).partitions[0].segments == 1);
  int next = 0;
  for (const ConsumerRecord& record : held) {
    CHECK(record.value().as_string_view().starts_with(std::to_string(next) + " "));
    ++next;
  }
  CHECK(held.status().ok());
}

}  // namespace
}  // namespace leat
