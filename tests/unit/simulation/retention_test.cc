// Retention as an application meets it: topics with limits, a folder with a budget, a disk that is full.
#include <leat/leat.h>
#include <leat/testing.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSegment = 64 << 10;

template <typename T>
T Ok(absl::StatusOr<T> from) {
  INFO(from.status().ToString());
  REQUIRE(from.ok());
  return *std::move(from);
}

TopicOptions Small() { return {.segment_bytes = kSegment, .max_message_bytes = 16 << 10}; }

// Until `count` records of 1000 bytes are sent; the first error.
absl::Status Fill(const Broker& broker, const Topic& topic, int count, std::optional<Timestamp> time = {}) {
  Producer producer = Ok(Producer::Open(broker));
  const std::string value(1000, 'x');
  for (int i = 0; i < count; ++i) {
    const auto sent = producer.Send(topic, {.value = value, .timestamp = time});
    if (!sent.ok()) return sent.status();
  }
  return absl::OkStatus();
}

PartitionDescription Describe(const Broker& broker, const std::string& topic) {
  return Ok(broker.DescribeTopic(topic)).partitions[0];
}

// Waits for what the flusher's thread does; fails after a minute.
template <typename Condition>
bool Until(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

Timestamp HoursAgo(int hours) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) -
         std::chrono::hours(hours);
}

TEST_CASE("by default nothing is ever deleted") {
  const testing::TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data", {.retention_check_interval = 1ms}));
  Topic old = Ok(broker.EnsureTopic("old", Small()));
  TopicOptions expiring = Small();
  expiring.retention_ms = 1h;
  Topic other = Ok(broker.EnsureTopic("other", expiring));
  REQUIRE(Fill(broker, old, 300, HoursAgo(100'000)).ok());
  REQUIRE(Fill(broker, other, 300, HoursAgo(2)).ok());
  CHECK(Until([&] { return Describe(broker, "other").log_start == 300; }));
  CHECK(Describe(broker, "old").log_start == 0);
  CHECK(Describe(broker, "old").size_bytes > 300'000);
}

TEST_CASE("an AlterTopic to a shorter retention holds in the process that has the folder open, whoever says it") {
  const testing::TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data", {.retention_check_interval = 5ms}));
  Topic topic = Ok(broker.EnsureTopic("t", Small()));
  REQUIRE(Fill(broker, topic, 300, HoursAgo(2)).ok());
  {
    // To the folder that is another process.
    Broker other = Ok(Broker::Open(temp / "data", {.retention_check_interval = 1h}));
    REQUIRE(other.AlterTopic("t", {.retention_ms = 1h}).ok());
    REQUIRE(other.Close().ok());
  }
  CHECK(Until([&] { return Describe(broker, "t").log_start == 300; }));
  CHECK(Until([&] { return Describe(broker, "t").segments == 1; }));
  REQUIRE(Fill(broker, topic, 10).ok());
  CHECK(Describe(broker, "t").end == 310);
}

TEST_CASE("retention by size keeps a busy topic at its size, soon after each segment is full") {
  const testing::TempFolder temp;
  // The interval never comes: each segment that ends asks for a look.
  Broker broker = Ok(Broker::Open(temp / "data", {.retention_check_interval = 24h}));
  TopicOptions options = Small();
  options.retention_bytes = 3 * kSegment;
  Topic topic = Ok(broker.EnsureTopic("t", options));
  REQUIRE(Fill(broker, topic, 2000).ok());
  CHECK(Until([&] { return Describe(broker, "t").size_bytes < 6 * kSegment; }));
  CHECK(Describe(broker, "t").size_bytes >= 3 * kSegment);
  CHECK(Describe(broker, "t").end == 2000);
}

TEST_CASE("an idle topic's segment ends by segment_ms") {
  const testing::TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data", {.retention_check_interval = 5ms}));
  TopicOptions options = Small();
  options.segment_ms = 20ms;
  Topic topic = Ok(broker.EnsureTopic("t", options));
  REQUIRE(Fill(broker, topic, 1).ok());
  CHECK(Until([&] { return Describe(broker, "t").segments == 2; }));
}

TEST_CASE("of two processes each does the job when the other one is gone") {
  const testing::TempFolder temp;
  auto first = std::make_unique<Broker>(Ok(Broker::Open(temp / "data", {.retention_check_interval = 5ms})));
  Broker second = Ok(Broker::Open(temp / "data", {.retention_check_interval = 5ms}));
  TopicOptions options = Small();
  options.retention_ms = 1h;
  Topic topic = Ok(second.EnsureTopic("t", options));
  REQUIRE(Fill(second, topic, 100, HoursAgo(2)).ok());
  CHECK(Until([&] { return Describe(second, "t").log_start == 100; }));
  REQUIRE(first->Close().ok());
  first.reset();
  REQUIRE(Fill(second, topic, 100, HoursAgo(2)).ok());
  CHECK(Until([&] { return Describe(second, "t").log_start == 200; }));
}

TEST_CASE("a folder keeps to its budget by removing the oldest segments, and a topic's minimum stays") {
  const testing::TempFolder temp;
  constexpr std::int64_t kLimit = 40 * kSegment;
  Broker broker = Ok(Broker::Open(temp / "data", {.size_limit = kLimit, .retention_check_interval = 24h}));
  TopicOptions precious = Small();
  precious.budget_min_bytes = 100 << 20;
  Topic kept = Ok(broker.EnsureTopic("kept", precious));
  Topic old = Ok(broker.EnsureTopic("old", Small()));
  Topic busy = Ok(broker.EnsureTopic("busy", Small()));
  REQUIRE(Fill(broker, kept, 500, HoursAgo(30)).ok());
  REQUIRE(Fill(broker, old, 500, HoursAgo(20)).ok());
  REQUIRE(Fill(broker, busy, 10'000).ok());
  CHECK(Describe(broker, "kept").log_start == 0);
  // It has less than its share, so that its old records outlive the busy topic's younger ones.
  CHECK(Describe(broker, "old").log_start == 0);
  CHECK(Describe(broker, "busy").log_start > 0);
  CHECK(Describe(broker, "busy").end == 10'000);
  std::int64_t all = 0;
  for (const char* const topic : {"kept", "old", "busy"}) all += Describe(broker, topic).size_bytes;
  CHECK(all <= kLimit);
  CHECK(all > kLimit / 2);
}

TEST_CASE("when all that there is is protected, a full budget refuses appends and loses nothing") {
  const testing::TempFolder temp;
  Broker broker = Ok(Broker::Open(temp / "data", {.size_limit = 16 * kSegment, .retention_check_interval = 24h}));
  TopicOptions options = Small();
  options.budget_min_bytes = 1 << 30;
  Topic topic = Ok(broker.EnsureTopic("t", options));
  const absl::Status full = Fill(broker, topic, 10'000);
  CHECK(full.code() == absl::StatusCode::kResourceExhausted);
  CHECK(full.ToString().find("size_limit") != std::string::npos);
  const PartitionDescription before = Describe(broker, "t");
  CHECK(before.log_start == 0);
  CHECK(before.end > 300);
  // And goes on when there is room.
  REQUIRE(broker.AlterTopic("t", {.budget_min_bytes = 0}).ok());
  REQUIRE(Fill(broker, topic, 1000).ok());
  CHECK(Describe(broker, "t").end == before.end + 1000);
}

TEST_CASE("what cannot be removed costs a full budget one segment, and the error names why") {
  SimulatedMachine machine;
  Broker broker = Ok(machine.Open("/data", {.size_limit = 16 * kSegment, .retention_check_interval = 24h}));
  Topic topic = Ok(broker.EnsureTopic("t", Small()));
  REQUIRE(Fill(broker, topic, 3000).ok());
  const Offset before = Describe(broker, "t").log_start;
  CHECK(before > 0);
  machine.FailFrom(1, absl::PermissionDeniedError("somebody else's"), FileCall::kRemove, ".log");
  absl::Status full;
  for (int tries = 0; tries < 5; ++tries) {
    full = Fill(broker, topic, 3000);
    CHECK(full.code() == absl::StatusCode::kResourceExhausted);
  }
  CHECK(full.message().find("somebody else's") != std::string::npos);
  // A segment holds 65 records of 1000 bytes at most.
  CHECK(Describe(broker, "t").log_start <= before + 65);
  machine.Heal();
  CHECK(Fill(broker, topic, 1000).ok());
}

TEST_CASE("looks that could not remove what is to go are counted") {
  SimulatedMachine machine;
  Broker broker = Ok(machine.Open("/data", {.retention_check_interval = 1ms}));
  TopicOptions options = Small();
  options.retention_bytes = kSegment;
  Topic topic = Ok(broker.EnsureTopic("t", options));
  machine.FailFrom(1, absl::PermissionDeniedError("somebody else's"), FileCall::kRemove, ".log");
  REQUIRE(Fill(broker, topic, 500).ok());
  CHECK(Until([&] {
    machine.Advance(2s);
    return Ok(broker.Metrics()).Sum("leat_folder_retention_failures") > 0;
  }));
  CHECK(Describe(broker, "t").end == 500);
}

TEST_CASE("brokers in memory share by the same rules") {
  Broker broker = Ok(Broker::InMemory({.size_limit = 40 * kSegment}));
  Topic old = Ok(broker.EnsureTopic("old", Small()));
  Topic busy = Ok(broker.EnsureTopic("busy", Small()));
  REQUIRE(Fill(broker, old, 500, HoursAgo(20)).ok());
  REQUIRE(Fill(broker, busy, 10'000).ok());
  CHECK(Describe(broker, "old").log_start == 0);
  CHECK(Describe(broker, "busy").log_start > 0);
  CHECK(Describe(broker, "busy").end == 10'000);
}

TEST_CASE("in memory, too, records go when they are too old") {
  Broker broker = Ok(Broker::InMemory());
  TopicOptions options = Small();
  options.retention_ms = 1h;
  Topic topic = Ok(broker.EnsureTopic("t", options));
  REQUIRE(Fill(broker, topic, 200, HoursAgo(2)).ok());
  REQUIRE(broker.AlterTopic("t", {.retention_ms = 30min}).ok());
  CHECK(Until([&] { return Describe(broker, "t").log_start == 200; }));
}

TEST_CASE("on a full disk what is too old goes at once, and the append succeeds") {
  constexpr std::int64_t kDisk = 6 << 20;
  SimulatedMachine machine({.disk_bytes = kDisk});
  Broker broker = Ok(machine.Open("/data", {.retention_check_interval = 24h}));
  TopicOptions options{.segment_bytes = 1 << 20, .max_message_bytes = 16 << 10};
  Topic topic = Ok(broker.EnsureTopic("t", options));
  const absl::Status full = Fill(broker, topic, 10'000);
  REQUIRE(full.code() == absl::StatusCode::kResourceExhausted);
  const PartitionDescription before = Describe(broker, "t");
  // Retention that its round has not come to yet.
  REQUIRE(broker.AlterTopic("t", {.retention_ms = 1h}).ok());
  machine.Advance(2h);
  const absl::Status after = Fill(broker, topic, 1000);
  INFO(after.ToString());
  CHECK(after.ok());
  CHECK(Describe(broker, "t").end == before.end + 1000);
  CHECK(Describe(broker, "t").log_start > 0);
}

TEST_CASE("so many bytes of the disk stay free") {
  constexpr std::int64_t kDisk = 20 << 20;
  constexpr std::int64_t kFree = 8 << 20;
  SimulatedMachine machine({.disk_bytes = kDisk});
  Broker broker = Ok(machine.Open("/data", {.free_space_min = kFree, .retention_check_interval = 24h}));
  Topic topic = Ok(broker.EnsureTopic("t", {.segment_bytes = 1 << 20, .max_message_bytes = 16 << 10}));
  absl::Status sent;
  for (int i = 0; i < 40 && sent.ok(); ++i) {
    sent = Fill(broker, topic, 1000);
    machine.Advance(10s);
  }
  INFO(sent.ToString());
  CHECK(sent.ok());
  std::int64_t used = 0;
  for (const std::string& path : Ok(machine.Files())) {
    if (path.ends_with(".log") || path.ends_with(".tmp"))
      used += static_cast<std::int64_t>(Ok(machine.ReadFile(path)).size());
  }
  CHECK(used <= kDisk - kFree);
  CHECK(Describe(broker, "t").log_start > 0);
  CHECK(Describe(broker, "t").end == 40'000);
}

TEST_CASE(
    "what a trim has acknowledged is so after a power loss, and every record above it that was on the disk is "
    "there") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    SimulatedMachine machine({.seed = seed});
    Broker broker = Ok(machine.Open("/data"));
    Topic topic = Ok(broker.EnsureTopic("t", Small()));
    Partition partition = Ok(topic.partition(0));
    REQUIRE(Fill(broker, topic, 200).ok());
    if (seed % 3 != 0) REQUIRE(broker.Flush().ok());
    const Offset durable = seed % 3 != 0 ? 200 : 0;
    REQUIRE(Fill(broker, topic, static_cast<int>(seed % 5) * 20).ok());
    const Offset to = static_cast<Offset>(seed * 7 % 201);
    REQUIRE(Ok(partition.Trim(to)) == to);
    if (seed % 2 == 0) REQUIRE(machine.WriteBack(seed).ok());
    const SimulatedMachine after = Ok(machine.LosePower(seed));
    Broker again = Ok(after.Open("/data"));
    Partition left = Ok(Ok(again.FindTopic("t")).partition(0));
    REQUIRE(Describe(again, "t").status.ok());
    CHECK(Ok(left.log_start()) == to);
    CHECK(Ok(left.end()) >= std::max(durable, to));
    Offset next = to;
    while (next < Ok(left.end())) {
      const ConsumerRecords records = left.Read(next);
      REQUIRE(records.status().ok());
      for (const ConsumerRecord& record : records) {
        CHECK(record.offset() == next);
        ++next;
      }
    }
    REQUIRE(Fill(again, Ok(again.FindTopic("t")), 100).ok());
  }
}

}  // namespace
}  // namespace leat
