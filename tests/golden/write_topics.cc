// Writes topics of all kinds into a new folder and closes it: for Kafka's own tools to look at.
//
//   write_topics FOLDER
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/must.h"

namespace {

using leat::Timestamp;
using std::chrono::milliseconds;

using leat::testing::Must;

// What a Kafka wrote (README.md).
constexpr const char* kGolden = LEAT_GOLDEN_FOLDER;

// Fixed create times that step back often and tie.
Timestamp Time(int i) { return Timestamp(milliseconds(1'704'067'200'000 + i * 10 - (i % 7) * 25)); }

// What can be in a record: null and empty, not UTF-8, values at the borders of varint lengths, headers of all kinds.
void WriteShapes(leat::Broker& broker, leat::Producer& producer) {
  const auto topic = Must(broker.CreateTopic("shapes", {.segment_bytes = 64 << 10, .max_message_bytes = 60'000}));
  const std::vector<std::string> values = {"",
                                           "v",
                                           std::string(63, 'a'),
                                           std::string(64, 'b'),
                                           "\xff\xfe\x01",
                                           std::string(8191, 'c'),
                                           std::string(8192, 'd'),
                                           std::string(40'000, 'e')};
  const std::vector<leat::Header> headers = {{"trace", "1"}, {"", ""}, {"trace", nullptr}, {"long", values[5]}};
  std::vector<leat::ProducerRecord> together;
  for (int i = 0; i < 64; ++i) {
    leat::ProducerRecord record{.timestamp = i == 5 ? Timestamp() : Time(i)};
    const std::string& bytes = values[static_cast<std::size_t>(i) % values.size()];
    if (i % 3 != 0) record.key = bytes.size() < 100 ? leat::BytesView(bytes) : leat::BytesView("key");
    if (i % 5 != 0) record.value = bytes;
    if (i % 4 == 0) record.headers = headers;
    Must(producer.Send(topic, record).status());
    if (bytes.size() < 1000 && i % 4 != 0) together.push_back(record);
  }
  for (const leat::BatchDelivery& batch : producer.Send(topic, together)) Must(batch.delivery.status());
}

// Batches of 1 to 40 records, many segments, `interval` bytes between two entries of an index.
void WriteBatches(leat::Broker& broker, leat::Producer& producer, const std::string& name,
                  leat::TopicOptions options) {
  const auto topic = Must(broker.CreateTopic(name, options));
  const std::string value(150, 'x');
  std::vector<std::string> keys;
  for (int i = 0; i < 40; ++i) keys.push_back(fmt::format("key {}", i));
  for (int i = 0; i < 150; ++i) {
    std::vector<leat::ProducerRecord> records;
    for (int k = 0; k <= (i * 7) % 40; ++k) {
      records.push_back({.key = keys[static_cast<std::size_t>(k)], .value = value, .timestamp = Time(i * 40 + k)});
    }
    for (const leat::BatchDelivery& batch : producer.Send(topic, records)) Must(batch.delivery.status());
  }
}

// Batches of every codec, small ones and one of several of their blocks, as a topic's settings and as a producer's.
void WriteCompressed(leat::Broker& broker) {
  const std::pair<const char*, leat::Compression> codecs[] = {{"gzip", leat::Compression::kGzip},
                                                              {"snappy", leat::Compression::kSnappy},
                                                              {"lz4", leat::Compression::kLz4},
                                                              {"zstd", leat::Compression::kZstd}};
  for (const auto& [name, codec] : codecs) {
    leat::TopicOptions options = {.segment_bytes = 64 << 10, .max_message_bytes = 60'000, .compression = codec};
    auto producer = Must(leat::Producer::Open(broker));
    WriteBatches(broker, producer, name, options);
    auto partition = Must(Must(broker.FindTopic(name)).partition(0));
    leat::BatchBuilder builder;
    for (int i = 0; i < 3000; ++i) {
      const std::string key = fmt::format("key {}", i * 7919);
      if (!builder.Append(
              key,
              i % 100 == 0 ? leat::BytesView() : leat::BytesView(std::string(static_cast<std::size_t>(i % 90), 'v')),
              {}, Time(i).time_since_epoch().count())) {
        std::abort();
      }
    }
    Must(partition.Append(builder).status());

    auto own = Must(leat::Producer::Open(broker, {.compression = codec}));
    WriteBatches(broker, own, fmt::format("by-{}-producer", name),
                 {.segment_bytes = 64 << 10, .max_message_bytes = 60'000});
  }
}

// What a batch brings along when it comes from elsewhere.
void WriteForeign(leat::Broker& broker) {
  const auto topic = Must(broker.CreateTopic("idempotent", {.segment_bytes = 64 << 10, .max_message_bytes = 60'000}));
  auto partition = Must(topic.partition(0));
  leat::BatchBuilder builder;
  for (int i = 0; i < 300; ++i) {
    if (!builder.Append("k", std::string(300, 'y'), {}, Time(i).time_since_epoch().count())) std::abort();
    Must(partition.Append(builder.Seal({.producer_id = 7, .producer_epoch = 0, .base_sequence = i})).status());
    builder.Clear();
  }
}

// The batches that Kafka wrote of a topic with transactions, control batches among them, appended to one of ours as they are.
// The markers' times are those of the day when they were made, whatever day it is here.
void WriteTransactions(leat::Broker& broker) {
  const auto topic = Must(
      broker.CreateTopic("transactions", {.partitions = 2, .message_timestamp_after_max_ms = leat::kNoTimeLimit}));
  for (leat::PartitionId p = 0; p < 2; ++p) {
    auto partition = Must(topic.partition(p));
    int control = 0;
    std::vector<std::filesystem::path> logs;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("{}/transactions-{}", kGolden, p))) {
      if (entry.path().extension() == ".log") logs.push_back(entry.path());
    }
    std::sort(logs.begin(), logs.end());
    for (const auto& path : logs) {
      std::ifstream file(path, std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(file), {}};
      for (auto rest = std::as_bytes(std::span(content)); !rest.empty();
           rest = rest.subspan(leat::BatchView(rest).size_bytes())) {
        if (leat::CheckBatchHeader(rest) != leat::BatchVerdict::kOk) std::abort();
        const leat::BatchView batch(rest);
        // The segment that Kafka rolled begins where the last one ended: offsets come out as they were.
        if (Must(partition.Append(batch.bytes())).offset != batch.base_offset()) std::abort();
        control += batch.is_control() ? 1 : 0;
      }
    }
    if (control == 0) std::abort();
  }
}

// Keys that come again and again, and some that are deleted, compacted twice: first segment by segment, then several into
// one. What was appended since stands behind that.
void WriteCompacted(leat::Broker& broker, const std::string& name, leat::Compression codec) {
  leat::TopicOptions options = {.segment_bytes = 64 << 10, .max_message_bytes = 60'000, .compression = codec};
  options.cleanup_policy = leat::CleanupPolicy::kCompact;
  const auto topic = Must(broker.CreateTopic(name, options));
  auto producer = Must(leat::Producer::Open(broker));
  const std::string value(300, 'x');
  int n = 0;
  for (const int batches : {120, 20, 10}) {
    for (int i = 0; i < batches; ++i) {
      std::vector<std::string> keys;
      for (int k = 0; k < 10; ++k) keys.push_back(fmt::format("key {}", (n + k) * 7919 % 100));
      std::vector<leat::ProducerRecord> records;
      for (int k = 0; k < 10; ++k, ++n) {
        records.push_back({.key = keys[static_cast<std::size_t>(k)],
                           .value = n % 13 == 0 ? leat::BytesView() : leat::BytesView(value),
                           .timestamp = Time(n)});
      }
      for (const leat::BatchDelivery& batch : producer.Send(topic, records)) Must(batch.delivery.status());
    }
    if (batches == 10) continue;
    const auto report = Must(broker.CompactTopic(name));
    Must(report.partitions[0].status);
    if (report.partitions[0].records_removed == 0) std::abort();
  }
}

// The header of an idempotent producer's last batch is all that is left of it.
void WriteEmptyBatches(leat::Broker& broker) {
  leat::TopicOptions options = {.segment_bytes = 64 << 10, .max_message_bytes = 60'000};
  options.cleanup_policy = leat::CleanupPolicy::kCompact;
  const auto topic = Must(broker.CreateTopic("compacted-idempotent", options));
  auto partition = Must(topic.partition(0));
  leat::BatchBuilder builder;
  for (int i = 0; i < 300; ++i) {
    if (!builder.Append(fmt::format("k{}", i % 3), std::string(300, 'y'), {}, Time(i).time_since_epoch().count())) {
      std::abort();
    }
    Must(partition
             .Append(builder.Seal({.producer_id = i < 290 ? 7 : 8, .producer_epoch = 0, .base_sequence = i % 290}))
             .status());
    builder.Clear();
  }
  Must(Must(broker.CompactTopic("compacted-idempotent")).partitions[0].status);
}

// Written by several openings, some of which changed the settings in between.
void WriteAgain(const std::string& folder) {
  for (int opening = 0; opening < 3; ++opening) {
    auto broker = Must(leat::Broker::Open(folder));
    if (opening == 2) Must(broker.AlterTopic("reopened", {.index_interval_bytes = 500}));
    const auto topic = Must(broker.EnsureTopic("reopened", {.segment_bytes = 64 << 10, .max_message_bytes = 60'000}));
    auto producer = Must(leat::Producer::Open(broker));
    for (int i = 0; i < 200; ++i) {
      Must(producer.Send(topic, {.key = "again", .value = std::string(700, 'z'), .timestamp = Time(i)}).status());
    }
    Must(producer.Close());
    Must(broker.Close());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: write_topics FOLDER\n");
    return 2;
  }
  auto broker = Must(leat::Broker::Open(arguments[1]));
  auto producer = Must(leat::Producer::Open(broker));
  const leat::TopicOptions small = {.segment_bytes = 64 << 10, .max_message_bytes = 60'000};
  WriteShapes(broker, producer);
  WriteBatches(broker, producer, "batches", small);
  leat::TopicOptions dense = small;
  dense.index_interval_bytes = 100;
  WriteBatches(broker, producer, "dense-index", dense);
  leat::TopicOptions appended = small;
  appended.timestamp_type = leat::TimestampType::kLogAppendTime;
  appended.partitions = 3;
  WriteBatches(broker, producer, "append-time", appended);
  WriteCompressed(broker);
  WriteForeign(broker);
  WriteTransactions(broker);
  WriteCompacted(broker, "compacted", leat::Compression::kNone);
  WriteCompacted(broker, "compacted-gzip", leat::Compression::kGzip);
  WriteCompacted(broker, "compacted-snappy", leat::Compression::kSnappy);
  WriteCompacted(broker, "compacted-lz4", leat::Compression::kLz4);
  WriteCompacted(broker, "compacted-zstd", leat::Compression::kZstd);
  WriteEmptyBatches(broker);
  Must(broker.CreateTopic("empty", {.partitions = 2}).status());
  Must(producer.Close());
  Must(broker.Close());
  WriteAgain(arguments[1]);
}
