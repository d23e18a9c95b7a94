// Broker::Metrics and ReadMetrics: each counter moves by what was done.
#include <leat/leat.h>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "shared/layout.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using std::chrono_literals::operator""ms;
using testing::ForkedChild;
using testing::TempFolder;

template <typename T>
T Ok(absl::StatusOr<T> from) {
  INFO(from.status().ToString());
  REQUIRE(from.ok());
  return *std::move(from);
}

// What one partition, topic or group has of a metric; -1: there is no such sample.
double ValueOf(const MetricsSnapshot& snapshot, std::string_view name, std::string_view label = {},
               PartitionId partition = -1) {
  for (const MetricSample& sample : snapshot.Of(name)) {
    if (sample.partition != partition) continue;
    if (sample.topic == label || sample.group == label || sample.code == label || label.empty()) return sample.value;
  }
  return -1;
}
double Zeroth(const Broker& broker, std::string_view name) { return ValueOf(Ok(broker.Metrics()), name, {}, 0); }

double ErrorsOf(const Broker& broker, std::string_view code) {
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  double errors = 0;
  for (const MetricSample& sample : snapshot.Of("leat_partition_append_errors")) {
    if (sample.code == code) errors += sample.value;
  }
  return errors;
}

Topic Make(Broker& broker, TopicOptions options = {}) { return Ok(broker.CreateTopic("t", options)); }

void Send(const Broker& broker, const Topic& topic, int records, std::size_t size = 100,
          Durability durability = Durability::kTopicDefault) {
  Producer producer = Ok(Producer::Open(broker));
  const std::string value(size, 'v');
  for (int i = 0; i < records; ++i) REQUIRE(producer.Send(topic, {.value = value}, durability).ok());
}

TEST_CASE("records, batches and bytes that are appended are counted, each exactly") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Make(broker, {.partitions = 2});
  CHECK(Ok(broker.Metrics()).Sum("leat_partition_appended_records") == 0);
  Producer producer = Ok(Producer::Open(broker));
  Partition zero = Ok(topic.partition(0)), one = Ok(topic.partition(1));
  for (int i = 0; i < 3; ++i) REQUIRE(producer.Send(zero, {.value = "v"}).ok());
  REQUIRE(producer.Send(one, {{.value = "a"}, {.value = "b"}, {.value = "c"}, {.value = "d"}, {.value = "e"}}).ok());
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(snapshot.counted.ok());
  CHECK(snapshot.left_out.empty());
  CHECK(ValueOf(snapshot, "leat_partition_appended_records", "t", 0) == 3);
  CHECK(ValueOf(snapshot, "leat_partition_appended_batches", "t", 0) == 3);
  CHECK(ValueOf(snapshot, "leat_partition_appended_records", "t", 1) == 5);
  CHECK(ValueOf(snapshot, "leat_partition_appended_batches", "t", 1) == 1);
  CHECK(ValueOf(snapshot, "leat_partition_end_offset", "t", 1) == 5);
  CHECK(ValueOf(snapshot, "leat_partition_high_watermark", "t", 1) == 5);
  for (const PartitionId p : {0, 1}) {
    const double bytes = ValueOf(snapshot, "leat_partition_appended_bytes", "t", p);
    CHECK(bytes > 0);
    CHECK(bytes == ValueOf(snapshot, "leat_partition_size_bytes", "t", p));
    CHECK(ValueOf(snapshot, "leat_partition_segments", "t", p) == 1);
    CHECK(ValueOf(snapshot, "leat_partition_compressed_batches", "t", p) == 0);
    CHECK(ValueOf(snapshot, "leat_partition_read_only", "t", p) == 0);
  }
  CHECK(ValueOf(snapshot, "leat_folder_topics") == 1);
  CHECK(ValueOf(snapshot, "leat_folder_partitions") == 2);
  CHECK(ValueOf(snapshot, "leat_folder_topic_creations") == 1);
  CHECK(ValueOf(snapshot, "leat_folder_openings") == 1);
  CHECK(ValueOf(snapshot, "leat_folder_processes") == 1);
  CHECK(ValueOf(snapshot, "leat_topic_partitions", "t") == 2);
}

TEST_CASE("some appends are timed, and every one that waits for the disk") {
  const TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data"));
  Topic topic = Make(broker);
  Send(broker, topic, 20'000);
  const MetricHistogram appends = Ok(broker.Metrics()).Merge("leat_topic_append_seconds");
  CHECK(appends.count() >= 10);
  CHECK(appends.count() <= 40);
  CHECK(appends.sum > std::chrono::nanoseconds(0));
  CHECK(Ok(broker.Metrics()).Merge("leat_topic_sync_wait_seconds").count() == 0);
  Send(broker, topic, 3, 100, Durability::kDisk);
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Merge("leat_topic_sync_wait_seconds").count() == 3);
  CHECK(snapshot.Merge("leat_topic_fsync_seconds").count() == 3);
  CHECK(snapshot.Sum("leat_partition_syncs") == 3);
  CHECK(snapshot.Sum("leat_partition_flushed_offset") == 20'003);
  CHECK(snapshot.Sum("leat_partition_sync_errors") == 0);
}

TEST_CASE("what consumers poll and are handed is counted") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Make(broker);
  Send(broker, topic, 10);
  Consumer consumer = Ok(Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest}));
  REQUIRE(consumer.Assign({{"t", 0}}).ok());
  REQUIRE(consumer.Poll(0ms).size() == 10);
  CHECK(Ok(broker.Metrics()).Sum("leat_folder_polls") == 1);
  // What finds nothing is counted with what does, or waits.
  for (int i = 0; i < 4; ++i) CHECK(consumer.Poll(0ms).empty());
  CHECK(Ok(broker.Metrics()).Sum("leat_folder_polls") == 1);
  CHECK(Ok(broker.Metrics()).Merge("leat_folder_poll_wait_seconds").count() == 0);
  CHECK(consumer.Poll(1ms).empty());
  CHECK(Ok(broker.Metrics()).Sum("leat_folder_polls") == 6);
  CHECK(Ok(broker.Metrics()).Merge("leat_folder_poll_wait_seconds").count() == 1);
  Send(broker, topic, 5);
  REQUIRE(consumer.Poll(0ms).size() == 5);
  CHECK(consumer.Poll(0ms).empty());
  REQUIRE(consumer.Close().ok());
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Sum("leat_folder_polls") == 8);
  CHECK(snapshot.Sum("leat_folder_polls_with_records") == 2);
  CHECK(snapshot.Sum("leat_partition_fetches") == 2);
  CHECK(snapshot.Sum("leat_partition_fetched_records") == 15);
  CHECK(snapshot.Sum("leat_partition_fetched_bytes") == snapshot.Sum("leat_partition_appended_bytes"));
  CHECK(snapshot.Sum("leat_partition_decompressed_bytes") == 0);
  Partition partition = Ok(topic.partition(0));
  CHECK_FALSE(partition.Read(99).status().ok());
  CHECK(Zeroth(broker, "leat_partition_reads_out_of_range") == 1);
}

TEST_CASE("who wakes a consumer that sleeps is counted") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Make(broker);
  std::atomic<bool> woken{false};
  std::thread sleeper([&] {
    auto consumer = Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest});
    if (!consumer.ok() || !consumer->Assign({{"t", 0}}).ok()) return;
    while (!woken) static_cast<void>(consumer->Poll(100ms).size());
  });
  const auto hang = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (!woken && std::chrono::steady_clock::now() < hang) {
    Send(broker, topic, 1);
    woken = Zeroth(broker, "leat_partition_wakeups") > 0;
    std::this_thread::sleep_for(1ms);  // or it never falls asleep
  }
  const bool counted = woken.exchange(true);
  sleeper.join();
  CHECK(counted);
}

TEST_CASE("what is compressed is counted before and after, and what is made of it") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Make(broker, {.compression = Compression::kLz4});
  Producer producer = Ok(Producer::Open(broker));
  const std::string value(10'000, 'v');
  REQUIRE(producer.Send(Ok(topic.partition(0)), {{.value = value}, {.value = value}}).ok());
  const MetricsSnapshot sent = Ok(broker.Metrics());
  CHECK(sent.Sum("leat_partition_compressed_batches") == 1);
  CHECK(sent.Sum("leat_partition_compression_input_bytes") > 20'000);
  CHECK(sent.Sum("leat_partition_compression_output_bytes") == sent.Sum("leat_partition_appended_bytes"));
  CHECK(sent.Sum("leat_partition_compression_output_bytes") < 2'000);
  REQUIRE(Ok(topic.partition(0)).Read(0).size() == 2);
  const MetricsSnapshot read = Ok(broker.Metrics());
  CHECK(read.Sum("leat_partition_decompressed_bytes") == sent.Sum("leat_partition_compression_input_bytes"));
  CHECK(read.Sum("leat_partition_fetched_bytes") == sent.Sum("leat_partition_appended_bytes"));
}

TEST_CASE("what is refused is counted by its error") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Make(broker, {.max_message_bytes = 1000});
  Producer producer = Ok(Producer::Open(broker));
  REQUIRE(absl::IsInvalidArgument(producer.Send(topic, {.value = std::string(2000, 'v')}).status()));
  CHECK(ErrorsOf(broker, "invalid_argument") == 1);
  Partition partition = Ok(topic.partition(0));
  const std::byte nonsense[100] = {};
  REQUIRE_FALSE(partition.Append(nonsense).ok());
  CHECK(ErrorsOf(broker, "invalid_argument") + ErrorsOf(broker, "data_loss") + ErrorsOf(broker, "other") == 2);
  CHECK(Ok(broker.Metrics()).Sum("leat_partition_appended_records") == 0);
}

TEST_CASE("what compaction reads, writes and removes is counted") {
  const TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data"));
  Topic topic = Make(
      broker, {.segment_bytes = 64 << 10, .max_message_bytes = 20'000, .cleanup_policy = CleanupPolicy::kCompact});
  Producer producer = Ok(Producer::Open(broker));
  const std::string value(10'000, 'v');
  for (int i = 0; i < 20; ++i) Ok(producer.Send(topic, {.key = "the one", .value = value}));
  const CompactionReport report = Ok(broker.CompactTopic("t"));
  REQUIRE(report.partitions.size() == 1);
  const PartitionCompaction& done = report.partitions[0];
  REQUIRE(done.records_removed == 19);
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Sum("leat_partition_compactions") >= 1);
  CHECK(snapshot.Sum("leat_partition_compacted_records") == 19);
  CHECK(snapshot.Sum("leat_partition_compacted_read_bytes") == static_cast<double>(done.bytes_read));
  CHECK(snapshot.Sum("leat_partition_compacted_written_bytes") == static_cast<double>(done.bytes_written));
}

TEST_CASE("segments that begin, end and go are counted") {
  const TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data"));
  Topic topic = Make(broker, {.segment_bytes = 64 << 10, .max_message_bytes = 20'000});
  Send(broker, topic, 12, 15'000);  // four a segment
  MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Sum("leat_partition_segments_rolled") == 2);
  CHECK(snapshot.Sum("leat_partition_segments") == 3);
  CHECK(snapshot.Sum("leat_partition_segments_retired") == 0);
  REQUIRE(Ok(Ok(topic.partition(0)).Trim(Offset{9})) == 9);
  snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Sum("leat_partition_segments_retired") == 2);
  CHECK(snapshot.Sum("leat_partition_retired_bytes") >= 8 * 15'000);
  CHECK(snapshot.Sum("leat_partition_segments") == 1);
  CHECK(snapshot.Sum("leat_partition_log_start_offset") == 9);
  REQUIRE(broker.AlterTopic("t", {.retention_bytes = 1}).ok());
  REQUIRE(broker.AddPartitions("t", 3).ok());
  REQUIRE(broker.DeleteTopic("t").ok());
  snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Sum("leat_folder_topic_changes") == 2);
  CHECK(snapshot.Sum("leat_folder_topic_deletions") == 1);
  CHECK(snapshot.Sum("leat_folder_topics") == 0);
  CHECK(snapshot.Of("leat_partition_segments").empty());
}

TEST_CASE("a group's members, commits and lag are told") {
  Broker broker = Ok(Broker::InMemory());
  Topic topic = Make(broker, {.partitions = 2});
  Producer producer = Ok(Producer::Open(broker));
  for (const PartitionId p : {0, 1}) {
    for (int i = 0; i < 10; ++i) REQUIRE(producer.Send(Ok(topic.partition(p)), {.value = "v"}).ok());
  }
  {
    Consumer consumer = Ok(Consumer::Open(broker, {.group_id = "g",
                                                   .enable_auto_commit = false,
                                                   .auto_offset_reset = OffsetReset::kEarliest,
                                                   .max_poll_records = 4}));
    REQUIRE(consumer.Subscribe({"t"}).ok());
    REQUIRE(consumer.Poll(1000ms).size() == 4);
    MetricsSnapshot snapshot = Ok(broker.Metrics());
    CHECK(ValueOf(snapshot, "leat_group_members", "g") == 1);
    CHECK(ValueOf(snapshot, "leat_group_joins", "g") == 1);
    CHECK(ValueOf(snapshot, "leat_group_commits", "g") == 0);
    CHECK(snapshot.Sum("leat_group_lag", "t") == 20);
    CHECK(snapshot.Of("leat_group_committed_offset").empty());
    REQUIRE(consumer.Commit().ok());
    snapshot = Ok(broker.Metrics());
    CHECK(ValueOf(snapshot, "leat_group_commits", "g") == 1);
    CHECK(snapshot.Sum("leat_group_committed_offset") == 4);
    CHECK(snapshot.Sum("leat_group_lag") == 16);
    REQUIRE(consumer.Close().ok());
  }
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(ValueOf(snapshot, "leat_group_members", "g") == 0);
  CHECK(ValueOf(snapshot, "leat_group_leaves", "g") == 1);
  CHECK(ValueOf(snapshot, "leat_group_fenced", "g") == 0);
  CHECK(ValueOf(snapshot, "leat_group_changes", "g") >= 2);
  CHECK(snapshot.Sum("leat_folder_groups") == 1);
  CHECK(snapshot.Sum("leat_group_lag") == 16);
}

TEST_CASE("who does not count leaves nothing but what the folder itself tells") {
  Broker broker = Ok(Broker::InMemory({.metrics = false}));
  Topic topic = Make(broker);
  Send(broker, topic, 1000);
  REQUIRE(Ok(topic.partition(0)).Read(0).size() > 0);
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  for (const MetricSample& sample : snapshot.samples) {
    INFO(std::string(sample.metric->name));
    if (sample.metric->kind == MetricKind::kCounter) CHECK(sample.value == 0);
    if (sample.metric->kind == MetricKind::kHistogram) CHECK(sample.histogram.count() == 0);
  }
  CHECK(snapshot.Sum("leat_partition_end_offset") == 1000);
}

TEST_CASE("counters go on when the folder is closed and opened again, and are told at rest") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  CHECK(absl::IsNotFound(ReadMetrics(folder).status()));
  for (int round = 1; round <= 3; ++round) {
    Broker broker = Ok(Broker::Open(folder));
    Topic topic = Ok(broker.EnsureTopic("t"));
    Send(broker, topic, 10);
    REQUIRE(broker.Close().ok());
    CHECK(absl::IsFailedPrecondition(broker.Metrics().status()));
    const MetricsSnapshot snapshot = Ok(ReadMetrics(folder));
    CHECK(snapshot.counted.ok());
    CHECK(snapshot.Sum("leat_partition_appended_records") == 10 * round);
    CHECK(snapshot.Sum("leat_folder_openings") == round);
    CHECK(snapshot.Sum("leat_folder_closings") == round);
    CHECK(snapshot.Sum("leat_folder_deaths") == 0);
    CHECK(snapshot.Sum("leat_folder_processes") == 0);
    CHECK(snapshot.Sum("leat_folder_counted_since_seconds") > 1.6e9);
    CHECK(snapshot.Sum("leat_partition_segments_sealed") == round);
  }
}

TEST_CASE("what others do is read from outside while they do it, and what the killed did stays") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  ForkedChild child([&](ForkedChild& self) {
    auto broker = Broker::Open(folder);
    auto topic = broker->EnsureTopic("t");
    auto producer = Producer::Open(*broker);
    for (int i = 0; i < 100; ++i) {
      if (!producer->Send(*topic, {.value = "v"}).ok()) return 1;
    }
    self.Say('y');
    for (int i = 0; i < 1'000'000'000; ++i) {
      if (!producer->Send(*topic, {.value = "v"}).ok()) return 1;
    }
    return 0;
  });
  REQUIRE(child.Answer() == 'y');
  double before = 0;
  for (int i = 0; i < 50; ++i) {
    const MetricsSnapshot snapshot = Ok(ReadMetrics(folder));
    CHECK(snapshot.Sum("leat_folder_processes") == 1);
    const double records = snapshot.Sum("leat_partition_appended_records");
    CHECK(records >= 100);
    CHECK(records >= before);
    before = records;
  }
  child.Kill();
  // Killed in the middle of whatever it did: the log and its counters say the same.
  const MetricsSnapshot snapshot = Ok(ReadMetrics(folder));
  CHECK(snapshot.Sum("leat_partition_appended_records") == snapshot.Sum("leat_partition_end_offset"));
  CHECK(snapshot.Sum("leat_partition_appended_batches") == snapshot.Sum("leat_partition_appended_records"));
  CHECK(snapshot.Sum("leat_partition_appended_bytes") == snapshot.Sum("leat_partition_size_bytes"));
  CHECK(snapshot.Sum("leat_folder_processes") == 0);
  CHECK(snapshot.Sum("leat_folder_deaths") == 0);
  Broker broker = Ok(Broker::Open(folder));
  CHECK(Ok(broker.Metrics()).Sum("leat_folder_deaths") == 1);
  CHECK(Ok(broker.Metrics()).Sum("leat_partition_appended_records") ==
        snapshot.Sum("leat_partition_appended_records"));
}

TEST_CASE("two processes count into the same numbers") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  Broker broker = Ok(Broker::Open(folder));
  Topic topic = Make(broker);
  const auto append = [&](ForkedChild& self) {
    auto own = Broker::Open(folder);
    auto found = own->FindTopic("t");
    auto producer = Producer::Open(*own);
    self.Hear();
    for (int i = 0; i < 5000; ++i) {
      if (!producer->Send(*found, {.value = "v"}).ok()) return 1;
    }
    return found->partition(0)->Read(0).size() > 0 ? 0 : 1;
  };
  ForkedChild one(append), other(append);
  one.Tell('g');
  other.Tell('g');
  CHECK(one.Wait() == 0);
  CHECK(other.Wait() == 0);
  const MetricsSnapshot snapshot = Ok(broker.Metrics());
  CHECK(snapshot.Sum("leat_partition_appended_records") == 10'000);
  CHECK(snapshot.Sum("leat_partition_appended_batches") == 10'000);
  CHECK(snapshot.Sum("leat_partition_fetches") == 2);
  CHECK(snapshot.Sum("leat_folder_openings") == 3);
}

TEST_CASE("who may only read the folder can read its metrics") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  Broker broker = Ok(Broker::Open(folder));
  Send(broker, Make(broker), 7);
  std::filesystem::permissions(temp.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  ForkedChild child([&](ForkedChild& self) {
    if (::geteuid() == 0 && (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0))
      return 1;
    const auto snapshot = ReadMetrics(folder);
    const bool told = snapshot.ok() && snapshot->Sum("leat_partition_appended_records") == 7;
    self.Say(told ? 'y' : 'n');
    return 0;
  });
  CHECK(child.Answer() == 'y');
}

void Overwrite(const std::string& path, std::size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
  REQUIRE(file.flush().good());
}

TEST_CASE("where the control file is not to be believed, the files tell what they can, and the error why not more") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  {
    Broker broker = Ok(Broker::Open(folder));
    Send(broker, Make(broker), 7);
    REQUIRE(broker.Close().ok());
  }
  const std::string control = folder + "/control";
  const auto check = [&](absl::StatusCode code, std::string_view says) {
    const MetricsSnapshot snapshot = Ok(ReadMetrics(folder));
    INFO(snapshot.counted.ToString());
    CHECK(snapshot.counted.code() == code);
    CHECK(snapshot.counted.message().find(std::string(says)) != std::string::npos);
    CHECK(snapshot.Sum("leat_partition_end_offset") == 7);
    CHECK(snapshot.Sum("leat_partition_size_bytes") > 0);
    CHECK(snapshot.Of("leat_partition_appended_records").empty());
    CHECK(snapshot.Of("leat_topic_append_seconds").empty());
  };
  Overwrite(control, 20, "x");
  check(absl::StatusCode::kDataLoss, "damaged");
  Overwrite(control, 8, std::string(1, '\x63'));
  check(absl::StatusCode::kFailedPrecondition, "layout 99");
  std::filesystem::resize_file(control, 50);
  check(absl::StatusCode::kDataLoss, "damaged");
  std::filesystem::remove(control);
  check(absl::StatusCode::kNotFound, "control");
}

TEST_CASE("numbers of shared memory that were scribbled over are read as they are, and lead nowhere") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  {
    Broker broker = Ok(Broker::Open(folder));
    Topic topic = Make(broker, {.partitions = 3});
    Send(broker, topic, 30);
    Consumer consumer = Ok(Consumer::Open(broker, {.group_id = "g", .auto_offset_reset = OffsetReset::kEarliest}));
    REQUIRE(consumer.Subscribe({"t"}).ok());
    REQUIRE(consumer.Poll(1000ms).size() > 0);
    REQUIRE(consumer.Close().ok());
    REQUIRE(broker.Close().ok());
  }
  const std::string control = folder + "/control";
  std::string whole(std::filesystem::file_size(control), '\0');
  std::ifstream(control, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(whole.size()));
  std::mt19937 random(4711);
  for (int round = 0; round < 200; ++round) {
    // Not the identity, which is why anything here is believed.
    const std::size_t at = sizeof(shared::Identity) + random() % (whole.size() - sizeof(shared::Identity) - 64);
    std::string bytes(1 + random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(round % 2 == 0 ? 0xFF : random());
    Overwrite(control, at, bytes);
    const auto snapshot = ReadMetrics(folder);
    if (snapshot.ok()) CHECK(ToOpenMetrics(*snapshot).ends_with("# EOF\n"));
    if (round % 8 == 7) Overwrite(control, 0, whole);
  }
  Overwrite(control, 0, whole);
  CHECK(Ok(ReadMetrics(folder)).Sum("leat_partition_appended_records") == 30);
}

}  // namespace
}  // namespace leat
