// Compression as applications meet it: they set it, and see nothing of it.
#include <leat/compression.h>
#include <leat/leat.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "client/producer_state.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using testing::FakeBackend;

constexpr Compression kCodecs[] = {Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd};

Producer OpenProducer(const std::shared_ptr<FakeBackend>& backend, ProducerOptions options = {}) {
  auto producer = client::ProducerState::Open(backend, std::move(options));
  REQUIRE(producer.ok());
  return *std::move(producer);
}

bool Mentions(const absl::Status& status, std::string_view text) {
  return std::string(status.message()).find(text) != std::string::npos;
}

// The codecs of the batches that came into the log.
std::vector<Codec> CodecsOf(const std::shared_ptr<FakeBackend>& backend, const std::string& topic) {
  std::vector<Codec> codecs;
  for (const auto& batch : backend->partition(topic).batches()) codecs.push_back(BatchView(batch).codec());
  return codecs;
}

std::string Noise(std::size_t size, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

struct Filled {
  Broker broker;
  Topic topic;
  std::vector<std::string> values;
};

// A topic in memory with batches of all codecs, and of none, in turn.
Filled FillAll() {
  Broker broker = *Broker::InMemory();
  Topic topic = *broker.CreateTopic("t");
  Filled filled{broker, topic, {}};
  for (int round = 0; round < 6; ++round) {
    for (int number = 0; number <= 4; ++number) {
      Producer producer = *Producer::Open(broker, {.compression = static_cast<Compression>(number)});
      std::vector<std::string> values;
      for (int i = 0; i < 7; ++i) {
        values.push_back(std::to_string(filled.values.size() + values.size()) +
                         std::string(static_cast<std::size_t>(100 * i), 'v'));
      }
      std::vector<ProducerRecord> records;
      for (const std::string& value : values) records.push_back({.key = "k", .value = value, .headers = {}});
      for (const BatchDelivery& one : producer.Send(topic, records)) REQUIRE(one.delivery.ok());
      filled.values.insert(filled.values.end(), values.begin(), values.end());
    }
  }
  return filled;
}

std::vector<std::string> Values(const ConsumerRecords& records) {
  std::vector<std::string> values;
  for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  return values;
}

}  // namespace

TEST_CASE("every way to send compresses as the producer says") {
  for (const Compression codec : kCodecs) {
    const auto backend = std::make_shared<FakeBackend>();
    backend->AddTopic("t");
    Producer producer = OpenProducer(backend, {.compression = codec});
    REQUIRE(producer.Send("t", {.key = "a", .value = "1"}).ok());
    for (const BatchDelivery& one : producer.Send("t", {{.value = "2"}, {.value = "3"}})) REQUIRE(one.delivery.ok());
    REQUIRE(producer.Enqueue("t", {.value = "4"}).ok());
    REQUIRE(producer.Flush().ok());
    CHECK(CodecsOf(backend, "t") == std::vector<Codec>(3, codec));

    std::string values;
    BatchDecompressor decompressor;
    for (const auto& batch : backend->partition("t").batches()) {
      CHECK(BatchView(batch).ComputeCrc() == BatchView(batch).crc());
      REQUIRE(decompressor.Decompress(BatchView(batch)) == BatchVerdict::kOk);
      for (RecordReader reader(decompressor.batch()); reader.Next();) values += std::string(reader.record().value);
    }
    CHECK(values == "1234");
  }
}

TEST_CASE("a topic's codec is for producers that choose none, and one that chooses has its own") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("plain");
  backend->AddTopic("packed", {.compression = Compression::kZstd});
  Producer indifferent = OpenProducer(backend);
  Producer by_lz4 = OpenProducer(backend, {.compression = Compression::kLz4});
  Producer by_none = OpenProducer(backend, {.compression = Compression::kNone});
  for (Producer* producer : {&indifferent, &by_lz4, &by_none}) {
    for (const char* topic : {"plain", "packed"}) REQUIRE(producer->Send(topic, {.value = "v"}).ok());
  }
  CHECK(CodecsOf(backend, "plain") == std::vector<Codec>{Codec::kNone, Codec::kLz4, Codec::kNone});
  CHECK(CodecsOf(backend, "packed") == std::vector<Codec>{Codec::kZstd, Codec::kLz4, Codec::kNone});
}

TEST_CASE("levels are the producer's, else the topic's, and a level that the codec has not is refused") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("quick", {.compression = Compression::kGzip, .compression_gzip_level = 1});
  backend->AddTopic("small", {.compression = Compression::kGzip, .compression_gzip_level = 9});
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i * i % 9973) + " ";
  Producer indifferent = OpenProducer(backend);
  Producer thorough = OpenProducer(backend, {.compression = Compression::kGzip, .compression_level = 9});
  REQUIRE(indifferent.Send("quick", {.value = text}).ok());
  REQUIRE(indifferent.Send("small", {.value = text}).ok());
  REQUIRE(thorough.Send("quick", {.value = text}).ok());
  const auto quick = backend->partition("quick").batches();
  const auto small = backend->partition("small").batches();
  CHECK(small.at(0).size() < quick.at(0).size());
  CHECK(quick.at(1).size() == small.at(0).size());

  const auto refused = [&](ProducerOptions options) {
    return client::ProducerState::Open(backend, std::move(options)).status();
  };
  CHECK(Mentions(refused({.compression = Compression::kGzip, .compression_level = 10}), "for gzip it is 1 to 9"));
  CHECK(Mentions(refused({.compression = Compression::kGzip, .compression_level = 0}), "for gzip it is 1 to 9"));
  CHECK(Mentions(refused({.compression = Compression::kLz4, .compression_level = 18}), "for lz4 it is 1 to 17"));
  CHECK(Mentions(refused({.compression = Compression::kZstd, .compression_level = 23}), "for zstd it is -131072"));
  CHECK(absl::IsInvalidArgument(refused({.compression = Compression::kSnappy, .compression_level = 1})));
  CHECK(absl::IsInvalidArgument(refused({.compression_level = 1})));
  CHECK(refused({.compression = Compression::kGzip, .compression_level = -1}).ok());
}

TEST_CASE("max_message_bytes is of the compressed batch") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.max_message_bytes = 1000});
  Producer plain = OpenProducer(backend);
  CHECK(absl::IsInvalidArgument(plain.Send("t", {.value = std::string(5000, 'v')}).status()));
  for (const Compression codec : kCodecs) {
    Producer packed = OpenProducer(backend, {.compression = codec});
    CHECK(packed.Send("t", {.value = std::string(5000, 'v')}).ok());
    REQUIRE(packed.Enqueue("t", {.value = std::string(5000, 'v')}).ok());
    CHECK(packed.Flush().ok());
    const absl::Status refused = packed.Send("t", {.value = Noise(5000)}).status();
    CHECK(absl::IsInvalidArgument(refused));
    CHECK(Mentions(refused, "compressed, is larger than the topic's max_message_bytes of 1000"));
  }
}

TEST_CASE("what is written into a claim is compressed when it is committed") {
  Broker broker = *Broker::InMemory();
  for (const Compression codec : kCodecs) {
    Topic topic = *broker.CreateTopic("t" + std::to_string(static_cast<int>(codec)), {.max_message_bytes = 1000});
    Producer packed = *Producer::Open(broker, {.compression = codec});
    auto claim = packed.Claim(topic, 5000);
    REQUIRE(claim.ok());
    std::fill(claim->value().begin(), claim->value().end(), std::byte{'v'});
    REQUIRE(claim->Commit().ok());
    const ConsumerRecords records = topic.partition(0)->Read(0);
    REQUIRE(records.size() == 1);
    CHECK((*records.begin()).value() == std::string(5000, 'v'));
    Producer plain = *Producer::Open(broker);
    CHECK(absl::IsInvalidArgument(plain.Claim(topic, 5000).status()));
  }
}

TEST_CASE("what does not get smaller is compressed all the same, as Kafka does it") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  const std::string noise = Noise(2000);
  for (const Compression codec : kCodecs) {
    Producer producer = OpenProducer(backend, {.compression = codec});
    REQUIRE(producer.Send("t", {.value = noise}).ok());
  }
  CHECK(CodecsOf(backend, "t") == std::vector<Codec>(std::begin(kCodecs), std::end(kCodecs)));
}

TEST_CASE("what no reader would decompress is not written") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  const std::string zeros((std::size_t{64} << 20) + 1, '\0');
  Producer producer = OpenProducer(backend, {.compression = Compression::kZstd});
  const absl::Status refused = producer.Send("t", {.value = zeros}).status();
  CHECK(absl::IsInvalidArgument(refused));
  CHECK(Mentions(refused, "send"));
  CHECK(CodecsOf(backend, "t").empty());
  const std::string less(std::size_t{63} << 20, '\0');
  CHECK(producer.Send("t", {.value = less}).ok());
}

TEST_CASE("log-append time is stamped before compression, and seen after it") {
  Broker broker = *Broker::InMemory();
  Topic topic = *broker.CreateTopic(
      "t", {.timestamp_type = TimestampType::kLogAppendTime, .compression = Compression::kSnappy});
  Producer producer = *Producer::Open(broker);
  const auto delivery = producer.Send(topic, {.value = "v", .timestamp = Timestamp(std::chrono::milliseconds(5))});
  REQUIRE(delivery.ok());
  const ConsumerRecords records = topic.partition(0)->Read(0);
  REQUIRE(records.size() == 1);
  const Record record(*records.begin());
  CHECK(record.timestamp_type == TimestampType::kLogAppendTime);
  CHECK(record.timestamp == delivery->timestamp);
  CHECK(record.timestamp > Timestamp(std::chrono::milliseconds(5)));
}

TEST_CASE("a partition compresses a builder's batch as its topic says") {
  Broker broker = *Broker::InMemory();
  Topic packed = *broker.CreateTopic("packed", {.compression = Compression::kGzip});
  Topic plain = *broker.CreateTopic("plain");
  const std::string value(100'000, 'v');
  std::int64_t sizes[2] = {};
  for (const Topic* topic : {&packed, &plain}) {
    BatchBuilder builder;
    REQUIRE(builder.Append("k", value, {}, 7));
    auto partition = topic->partition(0);
    REQUIRE(partition->Append(builder).ok());
    CHECK(builder.empty());
    const ConsumerRecords records = partition->Read(0);
    REQUIRE(records.size() == 1);
    CHECK((*records.begin()).value() == value);
    sizes[topic == &plain ? 1 : 0] = broker.DescribeTopic(topic->name())->partitions[0].size_bytes;
  }
  CHECK(sizes[0] > 0);
  CHECK(sizes[0] < sizes[1] / 100);
}

TEST_CASE("encoded batches are taken as they are, compressed or not, and compressed ones are checked inside") {
  const auto source = std::make_shared<FakeBackend>();
  source->AddTopic("t");
  for (const Compression codec : kCodecs) {
    Producer producer = OpenProducer(source, {.compression = codec});
    REQUIRE(producer.Send("t", {.value = "v", .timestamp = Timestamp(std::chrono::milliseconds(77))}).ok());
  }
  Broker broker = *Broker::InMemory();
  Topic topic = *broker.CreateTopic("t", {.compression = Compression::kNone});
  auto partition = topic.partition(0);
  for (const auto& batch : source->partition("t").batches()) {
    const auto appended = partition->Append(batch);
    REQUIRE(appended.ok());
    CHECK(appended->timestamp == Timestamp(std::chrono::milliseconds(77)));

    // The same with nonsense inside, or with another record in it than the header says, the checksum right.
    std::vector<std::byte> nonsense(batch.begin(), batch.end());
    for (std::size_t i = batch_layout::kHeaderSize; i < nonsense.size(); ++i) nonsense[i] = std::byte{0x55};
    std::vector<std::byte> wrong_count(batch.begin(), batch.end());
    StoreBig32(wrong_count.data() + batch_layout::kRecordCount, 2);
    StoreBig32(wrong_count.data() + batch_layout::kLastOffsetDelta, 1);
    for (std::vector<std::byte>* bad : {&nonsense, &wrong_count}) {
      StoreBig32(bad->data() + batch_layout::kCrc, BatchView(*bad).ComputeCrc());
      CHECK(absl::IsInvalidArgument(partition->Append(*bad).status()));
    }
  }
  CHECK(partition->Read(0).size() == 4);
}

TEST_CASE("a consumer reads all codecs as one stream, with and without limits and filters, and seeks in them") {
  Filled filled = FillAll();
  for (const std::int32_t most : {0, 1, 3, 50}) {
    Consumer consumer =
        *Consumer::Open(filled.broker, {.auto_offset_reset = OffsetReset::kEarliest, .max_poll_records = most});
    REQUIRE(consumer.Assign(std::vector<TopicPartition>{{"t", 0}}).ok());
    std::vector<std::string> seen;
    for (;;) {
      const ConsumerRecords records = consumer.Poll(std::chrono::seconds(0));
      REQUIRE(records.status().ok());
      if (records.empty()) break;
      const std::vector<std::string> some = Values(records);
      CHECK(some.size() == records.size());
      if (most != 0) CHECK(some.size() <= static_cast<std::size_t>(most));
      seen.insert(seen.end(), some.begin(), some.end());
    }
    CHECK(seen == filled.values);
    for (const Offset place : {Offset{9}, Offset{100}, Offset{3}}) {
      REQUIRE(consumer.Seek({"t", 0}, place).ok());
      const ConsumerRecords records = consumer.Poll(std::chrono::seconds(0));
      REQUIRE_FALSE(records.empty());
      CHECK((*records.begin()).offset() == place);
      CHECK((*records.begin()).value() == filled.values[static_cast<std::size_t>(place)]);
    }
  }
  Consumer choosy = *Consumer::Open(
      filled.broker, {.auto_offset_reset = OffsetReset::kEarliest,
                      .filter = [](const ConsumerRecord& record) { return record.offset() % 5 == 0; }});
  REQUIRE(choosy.Assign(std::vector<TopicPartition>{{"t", 0}}).ok());
  std::size_t count = 0;
  for (;;) {
    const ConsumerRecords records = choosy.Poll(std::chrono::seconds(0));
    if (records.empty()) break;
    for (const ConsumerRecord& record : records) {
      CHECK(record.offset() % 5 == 0);
      CHECK(record.value() == filled.values[static_cast<std::size_t>(record.offset())]);
      ++count;
    }
  }
  CHECK(count == (filled.values.size() + 4) / 5);
}

TEST_CASE("compressed batches are read backwards, too, and the last records of them are found") {
  Filled filled = FillAll();
  auto partition = filled.topic.partition(0);
  for (const std::size_t max_bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
    std::vector<std::string> seen;
    for (Offset before = *partition->high_watermark();;) {
      const BackwardRecords records = partition->ReadBackwards(before, max_bytes);
      REQUIRE(records.status().ok());
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) seen.emplace_back(record.value());
      before = records.next();
    }
    std::reverse(seen.begin(), seen.end());
    CHECK(seen == filled.values);
  }
  for (const std::int64_t count : {1, 8, 100}) {
    const auto start = partition->StartOfLast(count);
    REQUIRE(start.ok());
    CHECK(*start == static_cast<Offset>(filled.values.size()) - count);
  }
}

TEST_CASE("records of compressed batches live as long as what Poll returned, whatever is closed or deleted") {
  Filled filled = FillAll();
  std::vector<ConsumerRecords> kept;
  Offset next = 0;
  while (next < static_cast<Offset>(filled.values.size())) {
    kept.push_back(filled.topic.partition(0)->Read(next, 1));
    REQUIRE_FALSE(kept.back().empty());
    next += static_cast<Offset>(kept.back().size());
  }
  REQUIRE(filled.broker.DeleteTopic("t").ok());
  REQUIRE(filled.broker.Close().ok());
  std::vector<std::string> seen;
  for (const ConsumerRecords& records : kept) {
    for (const std::string& value : Values(records)) seen.push_back(value);
  }
  CHECK(seen == filled.values);
}

}  // namespace leat
