#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::TempFolder;
using namespace std::chrono_literals;

template <typename T>
T Value(absl::StatusOr<T> from) {
  INFO(from.status().ToString());
  REQUIRE(from.ok());
  return *std::move(from);
}

constexpr const char* kTopic = "users";

TopicOptions Compacting(CleanupPolicy policy = CleanupPolicy::kCompact) {
  TopicOptions options{.segment_bytes = 64 << 10, .max_message_bytes = 32 << 10};
  options.cleanup_policy = policy;
  return options;
}

// The last values of all keys, as a consumer reads them from the beginning; and how many records that were.
struct Seen {
  std::map<std::string, std::string> values;
  std::size_t records = 0;
};

Seen ReadAll(Broker& broker) {
  Seen seen;
  const Topic topic = Value(broker.FindTopic(kTopic));
  for (PartitionId p = 0; p < topic.partition_count(); ++p) {
    Partition partition = Value(topic.partition(p));
    const Offset end = Value(partition.high_watermark());
    for (Offset offset = Value(partition.log_start()); offset < end;) {
      const ConsumerRecords records = partition.Read(offset);
      // Retention was quicker.
      if (absl::IsOutOfRange(records.status())) return ReadAll(broker);
      INFO(records.status().ToString());
      REQUIRE(records.status().ok());
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) {
        ++seen.records;
        const std::string key(record.key().as_string_view());
        if (record.value().is_null()) {
          seen.values.erase(key);
        } else {
          seen.values[key] = std::string(record.value().as_string_view());
        }
        offset = record.offset() + 1;
      }
    }
  }
  return seen;
}

// `count` records, their keys by turns out of `keys`.
void Fill(Broker& broker, int count, int keys, int first = 0) {
  auto producer = Value(Producer::Open(broker));
  const Topic topic = Value(broker.FindTopic(kTopic));
  const std::string filler(500, '.');
  for (int i = first; i < first + count; ++i) {
    Value(producer.Send(topic, {.key = "k" + std::to_string(i % keys), .value = std::to_string(i) + filler}));
  }
}

TEST_CASE(
    "a topic that is compacted keeps the last value of each key, in all its partitions, and says what it has done") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data"));
  TopicOptions options = Compacting();
  options.partitions = 2;
  Value(broker.CreateTopic(kTopic, options));
  Fill(broker, 1000, 50);
  const Seen before = ReadAll(broker);
  std::int64_t progress = 0;
  const CompactionReport report = Value(broker.CompactTopic(kTopic, {.on_progress = [&](std::int64_t bytes) {
                                                              progress += bytes;
                                                              return true;
                                                            }}));
  CHECK(report.topic == kTopic);
  REQUIRE(report.partitions.size() == 2);
  std::int64_t removed = 0, read = 0;
  for (const PartitionCompaction& partition : report.partitions) {
    CHECK(partition.status.ok());
    CHECK(partition.rounds == 1);
    CHECK(partition.bytes_freed > 0);
    removed += partition.records_removed;
    read += partition.bytes_read;
  }
  CHECK(progress == read);
  const Seen after = ReadAll(broker);
  CHECK(removed == 950);
  CHECK(after.records == 50);
  CHECK(after.values == before.values);
  // Nothing is left to be done, and what comes next is appended behind it.
  for (const PartitionCompaction& partition : Value(broker.CompactTopic(kTopic)).partitions) {
    CHECK(partition.records_removed == 0);
  }
  Fill(broker, 10, 50, 1000);
  CHECK(ReadAll(broker).records == 60);
  REQUIRE(broker.Close().ok());
  auto again = Value(Broker::Open(folder / "data"));
  CHECK(ReadAll(again).records == 60);
}

TEST_CASE("a broker in memory compacts, too, and gives the memory back") {
  auto broker = Value(Broker::InMemory({.size_limit = 4 << 20}));
  Value(broker.CreateTopic(kTopic, Compacting()));
  for (int round = 0; round < 20; ++round) {
    Fill(broker, 1000, 50, 1000 * round);
    const auto report = Value(broker.CompactTopic(kTopic));
    CHECK(report.partitions[0].status.ok());
    CHECK(ReadAll(broker).records == 50);
  }
  CHECK(ReadAll(broker).values.at("k0").starts_with("19950"));
}

TEST_CASE("in memory, what a reader holds stays as it is, and is given back when it lets go") {
  auto broker = Value(Broker::InMemory({.size_limit = 2 << 20}));
  const Topic topic = Value(broker.CreateTopic(kTopic, Compacting()));
  Fill(broker, 1000, 50);
  Partition partition = Value(topic.partition(0));
  {
    const ConsumerRecords held = partition.Read(0, 1);
    CHECK(Value(broker.CompactTopic(kTopic)).partitions[0].status.ok());
    CHECK((*held.begin()).value().as_string_view().starts_with("0."));
  }
  for (int round = 1; round < 10; ++round) {
    Fill(broker, 1000, 50, 1000 * round);
    CHECK(Value(broker.CompactTopic(kTopic)).partitions[0].status.ok());
  }
  CHECK(ReadAll(broker).records == 50);
}

TEST_CASE("a key is deleted by a null value, which stays for delete_retention_ms") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data"));
  TopicOptions options = Compacting();
  options.delete_retention_ms = 0ms;
  const Topic topic = Value(broker.CreateTopic(kTopic, options));
  Fill(broker, 100, 10);
  auto producer = Value(Producer::Open(broker));
  Value(producer.Send(topic, {.key = "k3", .value = nullptr}));
  Value(broker.CompactTopic(kTopic));
  Seen seen = ReadAll(broker);
  CHECK(seen.values.size() == 9);
  CHECK(seen.records == 10);
  // Its time is over at once; the next compaction finds that.
  CHECK(Value(broker.CompactTopic(kTopic)).partitions[0].tombstones_removed == 1);
  seen = ReadAll(broker);
  CHECK(seen.values.size() == 9);
  CHECK(seen.records == 9);
}

TEST_CASE("a record without a key is refused by a compacted topic, on every road, and the message says why") {
  auto broker = Value(Broker::InMemory());
  const Topic topic = Value(broker.CreateTopic(kTopic, Compacting(CleanupPolicy::kCompactAndDelete)));
  Partition partition = Value(topic.partition(0));
  auto producer = Value(Producer::Open(broker));
  const auto refused = [](const absl::Status& status) {
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find("users-0: a record without a key") != std::string::npos);
    CHECK(std::string(status.message()).find("cleanup_policy") != std::string::npos);
  };
  refused(producer.Send(topic, {.value = "v"}).status());
  refused(producer.Send(partition, {.value = "v"}).status());
  const std::vector<ProducerRecord> many = {{.key = "a", .value = "v"}, {.value = "v"}};
  refused(producer.Send(partition, many).status());
  refused(producer.Send(topic, many)[0].delivery.status());
  refused(producer.Enqueue(topic, {.value = "v"}));
  refused(producer.Claim(partition, 10).status());
  BatchBuilder builder;
  REQUIRE(builder.Append("a", "v", {}, 1));
  REQUIRE(builder.Append(nullptr, "v", {}, 1));
  const std::span<std::byte> batch = builder.Seal({});
  refused(partition.Append(std::span<const std::byte>(batch)).status());
  refused(partition.Append(builder).status());
  CHECK(Value(partition.end()) == 0);
  // An empty key is one.
  CHECK(producer.Send(topic, {.key = "", .value = "v"}).ok());
}

TEST_CASE("records without a key that were there before a topic was compacted stay") {
  auto broker = Value(Broker::InMemory());
  const Topic topic = Value(broker.CreateTopic(kTopic, Compacting(CleanupPolicy::kDelete)));
  auto producer = Value(Producer::Open(broker));
  for (int i = 0; i < 10; ++i) Value(producer.Send(topic, {.value = "v"}));
  Fill(broker, 100, 10);
  REQUIRE(broker.AlterTopic(kTopic, {.cleanup_policy = CleanupPolicy::kCompact}).ok());
  CHECK(Value(broker.CompactTopic(kTopic)).partitions[0].keyless_records == 10);
  CHECK(ReadAll(broker).records == 20);
}

TEST_CASE("what cannot be compacted says why") {
  const TempFolder folder;
  {
    auto broker = Value(Broker::Open(folder / "data"));
    Value(broker.CreateTopic(kTopic, Compacting(CleanupPolicy::kDelete)));
    CHECK(absl::IsFailedPrecondition(broker.CompactTopic(kTopic).status()));
    CHECK(absl::IsNotFound(broker.CompactTopic("nobody").status()));
    REQUIRE(broker.AlterTopic(kTopic, {.cleanup_policy = CleanupPolicy::kCompact}).ok());
    CHECK(absl::IsNotFound(broker.CompactTopic(kTopic, {.partition = 1}).status()));
    CHECK(broker.CompactTopic(kTopic, {.partition = 0}).ok());
    Fill(broker, 300, 10);
    const auto ended = Value(broker.CompactTopic(kTopic, {.on_progress = [](std::int64_t) { return false; }}));
    CHECK(absl::IsCancelled(ended.partitions[0].status));
  }
  auto reader = Value(Broker::Open(folder / "data", {.mode = OpenMode::kReadOnly}));
  CHECK(absl::IsPermissionDenied(reader.CompactTopic(kTopic).status()));
}

TEST_CASE("segments that are being written to stay as they are where that is asked for") {
  auto broker = Value(Broker::InMemory());
  Value(broker.CreateTopic(kTopic, Compacting()));
  Fill(broker, 50, 10);
  CHECK(Value(broker.CompactTopic(kTopic, {.finish_active_segments = false})).partitions[0].clean_to == 0);
  CHECK(ReadAll(broker).records == 50);
  CHECK(Value(broker.CompactTopic(kTopic)).partitions[0].clean_to == 50);
}

TEST_CASE("keys that take more memory than a compaction may are done in several rounds") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data", {.compaction_memory = 4096}));
  Value(broker.CreateTopic(kTopic, Compacting()));
  Fill(broker, 1000, 400);
  const Seen before = ReadAll(broker);
  const auto report = Value(broker.CompactTopic(kTopic));
  CHECK(report.partitions[0].rounds > 2);
  CHECK(report.partitions[0].records_removed == 600);
  CHECK(ReadAll(broker).values == before.values);
}

// Until that must be a hang.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto hang = std::chrono::steady_clock::now() + 90s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > hang) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_CASE("in the background a topic is compacted when enough of it is dirty, while it is written to and read") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data", {.compaction_check_interval = 1ms}));
  Value(broker.CreateTopic(kTopic, Compacting()));
  int next = 0;
  CHECK(Eventually([&] {
    Fill(broker, 100, 20, next);
    next += 100;
    const Seen seen = ReadAll(broker);
    for (int k = 0; k < 20; ++k) REQUIRE(seen.values.contains("k" + std::to_string(k)));
    REQUIRE(seen.values.at("k19").starts_with(std::to_string(next - 1) + "."));
    return seen.records < static_cast<std::size_t>(next) / 4;
  }));
  REQUIRE(broker.Close().ok());
}

TEST_CASE("max_compaction_lag_ms finishes and compacts also what little there is") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data", {.compaction_check_interval = 1ms}));
  TopicOptions options = Compacting();
  options.max_compaction_lag_ms = 1ms;
  options.min_cleanable_dirty_ratio = 1;
  Value(broker.CreateTopic(kTopic, options));
  Fill(broker, 10, 5);
  CHECK(Eventually([&] { return ReadAll(broker).records == 5; }));
  Fill(broker, 10, 5, 10);
  CHECK(Eventually([&] { return ReadAll(broker).records == 5; }));
}

TEST_CASE("tombstones go in the background when their time is over, also where nothing is appended any more") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data", {.compaction_check_interval = 1ms}));
  TopicOptions options = Compacting();
  options.delete_retention_ms = 1ms;
  const Topic topic = Value(broker.CreateTopic(kTopic, options));
  Fill(broker, 10, 5);
  auto producer = Value(Producer::Open(broker));
  for (int i = 0; i < 5; ++i) Value(producer.Send(topic, {.key = "k" + std::to_string(i), .value = nullptr}));
  Value(broker.CompactTopic(kTopic));
  CHECK(Eventually([&] { return ReadAll(broker).records == 0; }));
}

TEST_CASE("who has a topic open compacts it when another process has asked for that, without looking it up again") {
  const TempFolder folder;
  auto first =
      Value(Broker::Open(folder / "data", {.retention_check_interval = 1ms, .compaction_check_interval = 1ms}));
  const Topic topic = Value(first.CreateTopic(kTopic, Compacting(CleanupPolicy::kDelete)));
  Fill(first, 500, 20);
  Partition partition = Value(topic.partition(0));
  {
    auto second =
        Value(Broker::Open(folder / "data", {.retention_check_interval = 24h, .compaction_check_interval = 24h}));
    REQUIRE(second.AlterTopic(kTopic, {.cleanup_policy = CleanupPolicy::kCompact}).ok());
    REQUIRE(second.Close().ok());
  }
  // The first records have been superseded.
  CHECK(Eventually([&] {
    const ConsumerRecords records = partition.Read(0);
    REQUIRE(records.status().ok());
    return !records.empty() && (*records.begin()).offset() > 0;
  }));
}

TEST_CASE("who cannot compact because others go on replacing files is told so, by a status that says to try again") {
  const TempFolder folder;
  auto first = Value(Broker::Open(folder / "data", {.compaction_check_interval = 24h}));
  auto second = Value(Broker::Open(folder / "data", {.max_block = 100ms, .compaction_check_interval = 24h}));
  Value(first.CreateTopic(kTopic, Compacting()));
  Fill(first, 500, 20);
  const Topic other = Value(first.CreateTopic("other", Compacting()));
  Value(Value(Producer::Open(first)).Send(other, {.key = "k", .value = "v"}));
  // Whenever the first segment has been read, it is another file.
  const std::string segment = folder / "data/users-0/00000000000000000000.log";
  const auto replace = [&](std::int64_t) {
    std::filesystem::copy_file(segment, folder / "copy");
    std::filesystem::rename(folder / "copy", segment);
    return true;
  };
  const auto status_of = [&](Broker& broker) {
    return Value(broker.CompactTopic(kTopic, {.on_progress = replace})).partitions.at(0).status;
  };
  const absl::Status alone = status_of(first);
  INFO(alone);
  CHECK(absl::IsUnavailable(alone));
  CHECK(std::string(alone.message()).find("8 times") != std::string::npos);

  // While another one is at it.
  absl::Status beside;
  Value(first.CompactTopic("other", {.on_progress = [&](std::int64_t) {
                             if (beside.ok()) beside = status_of(second);
                             return true;
                           }}));
  INFO(beside);
  CHECK(absl::IsUnavailable(beside));
  CHECK(std::string(beside.message()).find("max_block") != std::string::npos);
  CHECK(Value(second.CompactTopic(kTopic)).partitions.at(0).status.ok());
  CHECK(ReadAll(second).records == 20);
}

TEST_CASE("a topic that another process made compacted is read by those who had it open before") {
  const TempFolder folder;
  auto first = Value(Broker::Open(folder / "data"));
  const Topic topic = Value(first.CreateTopic(kTopic, Compacting(CleanupPolicy::kDelete)));
  Fill(first, 500, 20);
  Partition reading = Value(topic.partition(0));
  ConsumerRecords held = reading.Read(0, 1000);
  REQUIRE(!held.empty());
  auto second = Value(Broker::Open(folder / "data"));
  REQUIRE(second.AlterTopic(kTopic, {.cleanup_policy = CleanupPolicy::kCompact}).ok());
  CHECK(Value(second.CompactTopic(kTopic)).partitions[0].status.ok());
  CHECK(ReadAll(first).records == 20);
  // What was in somebody's hands is what it was.
  CHECK((*held.begin()).value().as_string_view().starts_with("0."));
  // And through the handle from before.
  std::size_t records = 0;
  for (Offset offset = 0; offset < 500;) {
    const ConsumerRecords some = reading.Read(offset);
    REQUIRE(some.status().ok());
    if (some.empty()) break;
    for (const ConsumerRecord& record : some) offset = record.offset() + 1;
    records += some.size();
  }
  CHECK(records == 20);
  Fill(first, 20, 20, 500);
  CHECK(ReadAll(second).records == 40);
}

TEST_CASE("a topic that is compacted and deletes lets go of the last values, too, when they are old") {
  const TempFolder folder;
  auto broker = Value(Broker::Open(folder / "data", {.retention_check_interval = 1ms}));
  TopicOptions options = Compacting(CleanupPolicy::kCompactAndDelete);
  options.retention_ms = std::chrono::hours(1);
  const Topic topic = Value(broker.CreateTopic(kTopic, options));
  auto producer = Value(Producer::Open(broker));
  const Timestamp old =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) - 30min;
  for (int i = 0; i < 300; ++i) {
    Value(producer.Send(topic,
                        {.key = "k" + std::to_string(i % 30), .value = std::string(1000, 'v'), .timestamp = old}));
  }
  CHECK(Value(broker.CompactTopic(kTopic)).partitions[0].records_removed == 270);
  CHECK(ReadAll(broker).records == 30);
  REQUIRE(broker.AlterTopic(kTopic, {.retention_ms = 1min}).ok());
  CHECK(Eventually([&] { return ReadAll(broker).records == 0; }));
  // It may be trimmed, too.
  Fill(broker, 30, 30);
  Partition partition = Value(Value(broker.FindTopic(kTopic)).partition(0));
  CHECK(Value(partition.Trim(320)) == 320);
  CHECK(ReadAll(broker).records == 10);
}

TEST_CASE("whoever closes the folder while it is compacted ends that, and loses nothing") {
  const TempFolder folder;
  std::map<std::string, std::string> values;
  for (int round = 0; round < 5; ++round) {
    auto broker = Value(Broker::Open(folder / "data", {.compaction_check_interval = 1ms}));
    Value(broker.EnsureTopic(kTopic, Compacting()));
    if (round > 0) CHECK(ReadAll(broker).values == values);
    Fill(broker, 500, 100, 500 * round);
    values = ReadAll(broker).values;
    std::thread asked([broker]() mutable { broker.CompactTopic(kTopic).IgnoreError(); });
    CHECK(broker.Close().ok());
    asked.join();
  }
}

}  // namespace
}  // namespace leat
