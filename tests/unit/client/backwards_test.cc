// Reading backwards: beside what reading forwards gives, reversed.
#include <leat/broker.h>
#include <leat/consumer.h>
#include <leat/producer.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using Values = std::vector<std::string>;

// A topic whose log has segments of 64 KiB and batches of 1 to 40 records; the last segment is still written to.
struct Opened {
  explicit Opened(int batches, unsigned seed = 1) {
    std::mt19937 random(seed);
    for (int i = 0; i < batches; ++i) {
      std::vector<ProducerRecord> records(1 + random() % 40);
      std::vector<std::string> made(records.size());
      for (std::size_t k = 0; k < records.size(); ++k) {
        made[k] = std::to_string(values.size()) + std::string(random() % 300, 'v');
        records[k].value = made[k];
        values.push_back(made[k]);
      }
      REQUIRE(producer.Send(*topic.partition(0), records).ok());
    }
  }

  testing::TempFolder folder;
  Broker broker = *Broker::Open(folder.path());
  Topic topic = *broker.EnsureTopic("t", {.segment_bytes = 64 << 10, .max_message_bytes = 60'000});
  Partition partition = *topic.partition(0);
  Producer producer = *Producer::Open(broker);
  Values values;
};

Values Reversed(Values values) {
  std::reverse(values.begin(), values.end());
  return values;
}

Values AllBefore(Partition& partition, Offset before, std::size_t max_bytes) {
  Values all;
  for (;;) {
    const BackwardRecords records = partition.ReadBackwards(before, max_bytes);
    REQUIRE(records.status().ok());
    if (records.empty()) return all;
    Offset last = before;
    for (const ConsumerRecord& record : records) {
      CHECK(record.offset() < last);
      last = record.offset();
      all.emplace_back(record.value());
    }
    CHECK(records.next() <= last);
    before = records.next();
  }
}

TEST_CASE("a log read backwards, in pieces of any size, is the log reversed") {
  Opened opened(400);
  REQUIRE(opened.broker.DescribeTopic("t")->partitions[0].segments > 5);
  for (const std::size_t max_bytes :
       {std::size_t{1}, std::size_t{5'000}, std::size_t{100'000}, std::size_t{1} << 30}) {
    CAPTURE(max_bytes);
    CHECK(AllBefore(opened.partition, *opened.partition.high_watermark(), max_bytes) == Reversed(opened.values));
  }
}

TEST_CASE("reading backwards begins before any offset, in the middle of a batch, too") {
  Opened opened(60);
  for (Offset before = 0; before <= static_cast<Offset>(opened.values.size()); before += 7) {
    Values expected(opened.values.begin(), opened.values.begin() + before);
    CHECK(AllBefore(opened.partition, before, 3'000) == Reversed(expected));
  }
}

TEST_CASE("a log that was closed and opened again is read backwards by its indexes") {
  Opened opened(300);
  const std::string folder = opened.folder.path();
  REQUIRE(opened.producer.Close().ok());
  REQUIRE(opened.broker.Close().ok());
  auto broker = *Broker::Open(folder);
  Partition partition = *broker.FindTopic("t")->partition(0);
  CHECK(AllBefore(partition, *partition.high_watermark(), 4'000) == Reversed(opened.values));
  CHECK(AllBefore(partition, *partition.high_watermark(), 40'000) == Reversed(opened.values));
}

TEST_CASE("there is nothing before the log's start, and no place behind its end") {
  Opened opened(3);
  const Offset end = *opened.partition.high_watermark();
  const BackwardRecords none = opened.partition.ReadBackwards(0);
  CHECK(none.empty());
  CHECK(none.status().ok());
  const BackwardRecords beyond = opened.partition.ReadBackwards(end + 1);
  CHECK(beyond.empty());
  CHECK(absl::IsOutOfRange(beyond.status()));
  CHECK(beyond.partition()->topic == "t");
  CHECK(absl::IsOutOfRange(opened.partition.ReadBackwards(-1).status()));
}

TEST_CASE("the records of a BackwardRecords stay when it is moved and when the broker is closed") {
  Opened opened(3);
  BackwardRecords records = opened.partition.ReadBackwards(*opened.partition.high_watermark());
  const BackwardRecords moved = std::move(records);
  REQUIRE(opened.producer.Close().ok());
  REQUIRE(opened.broker.Close().ok());
  Values values;
  for (const ConsumerRecord& record : moved) values.emplace_back(record.value());
  CHECK(values == Reversed(opened.values));
}

TEST_CASE("the last records begin where so many of them are left") {
  Opened opened(200);
  const Offset end = *opened.partition.high_watermark();
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1}, std::int64_t{17}, end - 1, end, end + 100}) {
    CAPTURE(count);
    CHECK(*opened.partition.StartOfLast(count) == std::max<Offset>(end - count, 0));
  }
}

TEST_CASE(
    "damage on the way back is told when it is reached, after what is behind it, and a lower offset leads past it") {
  Opened opened(1);
  for (int i = 0; i < 20; ++i) REQUIRE(opened.producer.Send(opened.partition, {.value = std::string(500, 'x')}).ok());
  const Offset first = static_cast<Offset>(opened.values.size());
  // In the value of the eleventh of them.
  std::fstream file(opened.folder.path() + "/t-0/00000000000000000000.log", std::ios::in | std::ios::out);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t at = 0;
  for (int i = 0; i <= 10; ++i) at = bytes.find(std::string(500, 'x'), at + 1);
  REQUIRE(at != std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at) + 9);
  file << 'y' << std::flush;

  Offset before = *opened.partition.high_watermark();
  Values read;
  absl::Status damage;
  for (;;) {
    const BackwardRecords records = opened.partition.ReadBackwards(before);
    if (!records.status().ok()) {
      damage = records.status();
      CHECK(records.next() == before);
      break;
    }
    REQUIRE(!records.empty());
    for (const ConsumerRecord& record : records) read.emplace_back(record.value());
    before = records.next();
  }
  CHECK(absl::IsDataLoss(damage));
  CHECK(!read.empty());
  CHECK(before == first + 11);
  CHECK(AllBefore(opened.partition, before - 1, 1 << 20).size() == static_cast<std::size_t>(before - 1));
}

struct Read {
  Opened opened{100};
  Consumer consumer = *Consumer::Open(opened.broker);
};

Values AllBackwards(Consumer& consumer) {
  Values values;
  for (;;) {
    const BackwardRecords records = consumer.PollBackwards();
    REQUIRE(records.status().ok());
    if (records.empty()) return values;
    for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  }
}

TEST_CASE("a consumer reads backwards from its place, and forwards again") {
  Read read;
  REQUIRE(read.consumer.Assign({read.opened.partition}).ok());
  CHECK(AllBackwards(read.consumer) == Reversed(read.opened.values));
  CHECK(*read.consumer.Position({"t", 0}) == 0);
  Values forwards;
  while (forwards.size() < read.opened.values.size()) {
    const ConsumerRecords records = read.consumer.Poll(std::chrono::seconds(10));
    REQUIRE(!records.empty());
    for (const ConsumerRecord& record : records) forwards.emplace_back(record.value());
  }
  CHECK(forwards == read.opened.values);
}

TEST_CASE("a filter and a limit hold backwards, too") {
  Read read;
  const auto wanted = [](const std::string& value) { return value[0] == '7'; };
  auto consumer =
      *Consumer::Open(read.opened.broker, {.max_poll_records = 3, .filter = [&](const ConsumerRecord& record) {
                                             return wanted(std::string(record.value()));
                                           }});
  REQUIRE(consumer.Assign({read.opened.partition}).ok());
  Values expected;
  std::copy_if(read.opened.values.begin(), read.opened.values.end(), std::back_inserter(expected), wanted);
  REQUIRE(expected.size() > 3);
  const BackwardRecords first = consumer.PollBackwards();
  CHECK(first.size() == 3);
  Values all;
  for (const ConsumerRecord& record : first) all.emplace_back(record.value());
  for (const std::string& value : AllBackwards(consumer)) all.push_back(value);
  CHECK(all == Reversed(expected));
}

TEST_CASE("a consumer goes to the last records of all that it reads") {
  Read read;
  REQUIRE(read.opened.broker.AddPartitions("t", 2).ok());
  REQUIRE(read.consumer.Assign(std::vector<TopicPartition>{{"t", 0}, {"t", 1}}).ok());
  REQUIRE(read.consumer.SeekToLast(5).ok());
  CHECK(*read.consumer.Position({"t", 0}) == static_cast<Offset>(read.opened.values.size()) - 5);
  CHECK(*read.consumer.Position({"t", 1}) == 0);
  REQUIRE(read.consumer.SeekToLast({"t", 0}, 1).ok());
  CHECK(*read.consumer.Position({"t", 0}) == static_cast<Offset>(read.opened.values.size()) - 1);
  CHECK(absl::IsNotFound(read.consumer.SeekToLast({"u", 0}, 1)));
}

TEST_CASE("partitions take turns backwards, and a paused one is left out") {
  Read read;
  REQUIRE(read.opened.broker.AddPartitions("t", 2).ok());
  auto other = *read.opened.broker.FindTopic("t")->partition(1);
  REQUIRE(read.opened.producer.Send(other, {.value = "other"}).ok());
  REQUIRE(read.consumer.Assign(std::vector<TopicPartition>{{"t", 0}, {"t", 1}}).ok());
  REQUIRE(read.consumer.SeekToEnd().ok());
  REQUIRE(read.consumer.Pause({"t", 0}).ok());
  CHECK(AllBackwards(read.consumer) == Values{"other"});
  REQUIRE(read.consumer.Resume({"t", 0}).ok());
  CHECK(AllBackwards(read.consumer) == Reversed(read.opened.values));
}

TEST_CASE("what reads for a group does not go backwards, and neither does what reads nothing") {
  Read read;
  CHECK(absl::IsFailedPrecondition(read.consumer.PollBackwards().status()));
  auto member = *Consumer::Open(read.opened.broker, {.group_id = "g"});
  REQUIRE(member.Subscribe({"t"}).ok());
  CHECK(absl::IsFailedPrecondition(member.PollBackwards().status()));
}

}  // namespace
}  // namespace leat
