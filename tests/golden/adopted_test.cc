// What a real Kafka wrote, opened as a folder of leat's and read by its consumers.
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "golden/json.h"
#include "support/catch.h"
#include "support/log_files.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

namespace fs = std::filesystem;
using testing::GoldenFolder;
using testing::Json;
using testing::TempFolder;

// The topics that have a list of what Kafka's consumer sees, and how many partitions each has.
std::map<std::string, int> Topics() {
  std::map<std::string, int> topics;
  for (const auto& entry : fs::directory_iterator(GoldenFolder(""))) {
    const std::string name = entry.path().filename();
    const std::size_t dash = name.rfind('-');
    if (entry.is_directory() && dash != std::string::npos && name != "log-dir") ++topics[name.substr(0, dash)];
  }
  return topics;
}

// A folder with that topic's partitions as Kafka left them.
void CopyTopic(const std::string& topic, int partitions, const TempFolder& to) {
  for (int p = 0; p < partitions; ++p) {
    const std::string name = fmt::format("{}-{}", topic, p);
    fs::copy(GoldenFolder(name), to / name, fs::copy_options::recursive);
  }
}

std::string Shown(const std::optional<std::string>& bytes) { return bytes.has_value() ? "'" + *bytes + "'" : "null"; }

std::string Shown(const Json& line) {
  std::string shown = fmt::format("{}@{} {} {} {} = {} epoch {}", *line["partition"].number, *line["offset"].number,
                                  *line["timestamp"].number, *line["timestampType"].text, Shown(line["key"].Bytes()),
                                  Shown(line["value"].Bytes()), *line["leaderEpoch"].number);
  for (const Json& header : line["headers"].items) {
    shown += fmt::format(" {}: {}", *header["key"].text, Shown(header["value"].Bytes()));
  }
  return shown;
}

std::string Shown(const Record& r) {
  std::string shown =
      fmt::format("{}@{} {} {} {} = {} epoch {}", r.partition, r.offset, r.timestamp.time_since_epoch().count(),
                  r.timestamp_type == TimestampType::kCreateTime ? "CreateTime" : "LogAppendTime", Shown(r.key),
                  Shown(r.value), r.leader_epoch);
  for (const auto& [name, value] : r.headers) shown += fmt::format(" {}: {}", name, Shown(value));
  return shown;
}

std::vector<std::string> Expected(const std::string& topic) {
  std::vector<std::string> lines;
  for (const Json& line : testing::ReadJsonLines(GoldenFolder(topic + ".expected.jsonl"))) {
    lines.push_back(Shown(line));
  }
  return lines;
}

// Everything a consumer sees, partition by partition; the error that ends it if there is one.
std::vector<std::string> Consume(Broker& broker, const std::string& topic, int partitions, absl::Status* error) {
  std::vector<std::string> seen;
  for (int p = 0; p < partitions && error->ok(); ++p) {
    auto consumer = Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest, .max_poll_records = 7});
    REQUIRE(consumer.ok());
    REQUIRE(consumer->Assign(std::vector<TopicPartition>{{topic, p}}).ok());
    for (;;) {
      const ConsumerRecords records = consumer->Poll(std::chrono::seconds(0));
      *error = records.status();
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) seen.push_back(Shown(Record(record)));
    }
  }
  return seen;
}

// Looks first as a reader that may not write, then adopts, and then opens what was adopted and closed.
void CheckReadsAsExpected(const std::string& topic, int partitions) {
  INFO(topic);
  const TempFolder folder;
  CopyTopic(topic, partitions, folder);
  const std::vector<std::string> expected = Expected(topic);
  for (int opening = 0; opening < 2; ++opening) {
    INFO("opening " << opening);
    auto broker = Broker::Open(folder.path());
    INFO(broker.status());
    REQUIRE(broker.ok());
    absl::Status error;
    const auto seen = Consume(*broker, topic, partitions, &error);
    INFO(error);
    CHECK(error.ok());
    CHECK(seen == expected);
    const absl::Status closed = broker->Close();
    INFO(closed);
    CHECK(closed.ok());
  }
  auto reader = Broker::Open(folder.path(), {.mode = OpenMode::kReadOnly});
  REQUIRE(reader.ok());
  absl::Status error;
  CHECK(Consume(*reader, topic, partitions, &error) == expected);
  CHECK(error.ok());
}

TEST_CASE("a topic that Kafka wrote reads as Kafka's own consumer reads it") {
  const auto topics = Topics();
  REQUIRE(topics.size() == 16);
  for (const auto& [topic, partitions] : topics) {
    CheckReadsAsExpected(topic, partitions);
  }
}

TEST_CASE("records go on behind those that Kafka wrote, in an epoch of their own") {
  for (const std::string topic : {"shapes", "trimmed", "compacted", "transactions", "epochs", "empty"}) {
    INFO(topic);
    const TempFolder folder;
    CopyTopic(topic, Topics().at(topic), folder);
    const std::vector<std::string> expected = Expected(topic);
    std::int64_t appended_at = -1;
    for (int opening = 0; opening < 2; ++opening) {
      auto broker = Broker::Open(folder.path());
      REQUIRE(broker.ok());
      auto partition = broker->FindTopic(topic)->partition(0);
      REQUIRE(partition.ok());
      if (opening == 0) {
        const Offset end = *partition->end();
        auto producer = Producer::Open(*broker);
        REQUIRE(producer.ok());
        const auto delivery = producer->Send(*partition, {.key = "leat", .value = "was here"});
        INFO(delivery.status());
        REQUIRE(delivery.ok());
        CHECK(delivery->offset == end);
        appended_at = end;
      }
      const ConsumerRecords last = partition->Read(appended_at);
      REQUIRE(last.status().ok());
      REQUIRE_FALSE(last.empty());
      CHECK((*last.begin()).key() == "leat");
      absl::Status error;
      const auto seen = Consume(*broker, topic, Topics().at(topic), &error);
      INFO(error);
      CHECK(seen.size() == expected.size() + 1);
      CHECK(error.ok());
      CHECK(broker->Close().ok());
    }
  }
}

TEST_CASE("times are found inside of the batches that Kafka compressed") {
  for (const std::string topic : {"gzip", "snappy", "lz4", "zstd"}) {
    INFO(topic);
    const TempFolder folder;
    CopyTopic(topic, Topics().at(topic), folder);
    auto broker = Broker::Open(folder.path());
    REQUIRE(broker.ok());
    auto partition = broker->FindTopic(topic)->partition(0);
    REQUIRE(partition.ok());
    const std::vector<Json> lines = testing::ReadJsonLines(GoldenFolder(topic + ".expected.jsonl"));
    REQUIRE(lines.size() > 20);
    for (const Json& wanted : lines) {
      // The first in the log that is as late: times step back.
      const auto first = std::find_if(lines.begin(), lines.end(), [&](const Json& line) {
        return *line["timestamp"].number >= *wanted["timestamp"].number;
      });
      const auto found = partition->OffsetForTime(Timestamp(std::chrono::milliseconds(*wanted["timestamp"].number)));
      REQUIRE(found.ok());
      CHECK(*found == *(*first)["offset"].number);
    }
  }
}

TEST_CASE("a batch that Kafka compressed goes from topic to topic as it is") {
  for (const std::string topic : {"gzip", "snappy", "lz4", "zstd"}) {
    INFO(topic);
    std::vector<std::byte> bytes;
    for (const auto& entry : fs::directory_iterator(GoldenFolder(topic + "-0"))) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(file), {}};
      for (const char byte : content) bytes.push_back(static_cast<std::byte>(byte));
    }
    auto broker = Broker::InMemory();
    REQUIRE(broker.ok());
    auto copy = broker->CreateTopic("copy");
    REQUIRE(copy.ok());
    auto partition = copy->partition(0);
    for (std::span<const std::byte> rest = bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
      REQUIRE(CheckBatchHeader(rest) == BatchVerdict::kOk);
      const auto appended = partition->Append(BatchView(rest).bytes());
      INFO(appended.status());
      REQUIRE(appended.ok());
      CHECK(appended->offset == BatchView(rest).base_offset());
    }
    const std::vector<Json> lines = testing::ReadJsonLines(GoldenFolder(topic + ".expected.jsonl"));
    const ConsumerRecords records = partition->Read(0, 64 << 20);
    REQUIRE(records.size() == lines.size());
    std::size_t i = 0;
    for (const ConsumerRecord& record : records) {
      CHECK(record.offset() == *lines[i]["offset"].number);
      CHECK(record.value() == lines[i]["value"].Bytes());
      ++i;
    }
  }
}

TEST_CASE("a folder that Kafka was killed in is adopted up to its last record") {
  const TempFolder folder;
  fs::copy(GoldenFolder("unclean/killed-0"), folder / "killed-0", fs::copy_options::recursive);
  auto broker = Broker::Open(folder.path());
  INFO(broker.status());
  REQUIRE(broker.ok());
  auto partition = broker->FindTopic("killed")->partition(0);
  REQUIRE(partition.ok());
  const Offset end = *partition->end();
  CHECK(end > 0);
  absl::Status error;
  const auto seen = Consume(*broker, "killed", 1, &error);
  INFO(error);
  CHECK(error.ok());
  CHECK(static_cast<Offset>(seen.size()) == end - *partition->log_start());
}

TEST_CASE("a whole log directory of Kafka's opens as one folder") {
  const TempFolder folder;
  const auto topics = Topics();
  for (const auto& [topic, partitions] : topics) CopyTopic(topic, partitions, folder);
  for (const auto& entry : fs::directory_iterator(GoldenFolder("log-dir"))) {
    fs::copy(entry.path(), folder / entry.path().filename().string());
  }
  auto broker = Broker::Open(folder.path());
  INFO(broker.status());
  REQUIRE(broker.ok());
  auto names = broker->ListTopics();
  REQUIRE(names.ok());
  CHECK(names->size() == topics.size());
  for (const auto& [topic, partitions] : topics) {
    INFO(topic);
    const auto description = broker->DescribeTopic(topic);
    REQUIRE(description.ok());
    CHECK(description->options.partitions == partitions);
    for (const auto& partition : description->partitions) CHECK(partition.status.ok());
  }
}

TEST_CASE("a key goes to the partition that Kafka's Java client chooses") {
  const auto lines = testing::ReadJsonLines(GoldenFolder("murmur2.jsonl"));
  REQUIRE(lines.size() > 40);
  for (const Json& line : lines) {
    const std::string key = line["key"].Bytes().value();
    INFO(key);
    CHECK(Murmur2(key) == *line["murmur2"].number);
    for (const auto& [count, partition] : line["partition"].fields) {
      CHECK(PartitionForKey(key, std::stoi(count)) == *partition.number);
    }
  }
}

TEST_CASE("the keys of a topic that Kafka wrote are in the partitions that leat chooses") {
  for (const Json& line : testing::ReadJsonLines(GoldenFolder("keyed.expected.jsonl"))) {
    const auto key = line["key"].Bytes();
    if (key.has_value()) CHECK(PartitionForKey(*key, 3) == *line["partition"].number);
  }
}

}  // namespace
}  // namespace leat
