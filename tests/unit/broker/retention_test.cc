// The job of retention between processes: whose turn it is, who is stopped or dies with it, and what each does for itself.
// To the folder each opening is a process.
#include <leat/batch.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "base/manual_clock.h"
#include "broker/local_backend.h"
#include "broker/local_partition.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "io/posix_file_system.h"
#include "shared/process_slot.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;

constexpr std::int64_t kSegment = 64 << 10;

TopicOptions Small() { return {.segment_bytes = kSegment, .max_message_bytes = 16 << 10}; }

std::shared_ptr<LocalBackend> OpenAt(const std::string& path, BrokerOptions options,
                                     Environment environment = RealEnvironment()) {
  auto opened = OpenLocal(path, std::move(options), std::move(environment));
  INFO(opened.status().ToString());
  REQUIRE(opened.ok());
  return *std::move(opened);
}

std::shared_ptr<LocalPartition> Make(LocalBackend& backend, std::string_view name, const TopicOptions& options) {
  REQUIRE(CreateTopic(backend.state(), name, options).ok());
  const auto topic = backend.FindTopic(name);
  REQUIRE(topic.ok());
  return std::static_pointer_cast<LocalPartition>((*topic)->partitions[0]);
}

std::shared_ptr<LocalPartition> Find(LocalBackend& backend, std::string_view name) {
  const auto topic = backend.FindTopic(name);
  REQUIRE(topic.ok());
  return std::static_pointer_cast<LocalPartition>((*topic)->partitions[0]);
}

// `count` records of 1000 bytes of long ago, their keys by turns out of ten; the first error.
absl::Status Fill(LocalPartition& partition, int count) {
  const std::string value(1000, 'x');
  for (int i = 0; i < count; ++i) {
    BatchBuilder builder;
    if (!builder.Append("key " + std::to_string(i % 10), value, {}, 1000)) return absl::InternalError("the builder");
    if (const auto appended = partition.Append(builder.Seal({}), Durability::kTopicDefault); !appended.ok()) {
      return appended.status();
    }
  }
  return absl::OkStatus();
}

template <typename Condition>
bool Until(Condition condition) {
  const auto hang = std::chrono::steady_clock::now() + 90s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > hang) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

TEST_CASE("who needs room in his budget leaves the removing to the process whose turn it is, and goes on after it") {
  const TempFolder temp;
  const auto backend =
      OpenAt(temp / "data", {.max_block = 50ms, .size_limit = 16 * kSegment, .retention_check_interval = 24h});
  const auto partition = Make(*backend, "t", Small());
  const log::Log& log = *partition->opened()->log();
  {
    // Somebody else, who is at it.
    const auto files = io::MakePosixFileSystem();
    const auto lock_file = files->Open(temp / "data/LOCK", io::OpenMode::kReadWrite);
    REQUIRE(lock_file.ok());
    REQUIRE(*(*lock_file)->TryLock(shared::kRetentionByte, io::LockKind::kExclusive));
    const absl::Status full = Fill(*partition, 5000);
    INFO(full.ToString());
    CHECK(absl::IsResourceExhausted(full));
    CHECK(log.log_start() == 0);
  }
  CHECK(Fill(*partition, 1000).ok());
  CHECK(log.log_start() > 0);
}

TEST_CASE("when a process dies in the middle of a round of retention and of one of compaction, another does both") {
  const TempFolder temp;
  TopicOptions expiring = Small();
  expiring.retention_ms = 1h;
  TopicOptions compacted = Small();
  compacted.cleanup_policy = CleanupPolicy::kCompact;
  {
    const auto maker = OpenAt(temp / "data", {.retention_check_interval = 24h, .compaction_check_interval = 24h});
    REQUIRE(Fill(*Make(*maker, "compacted", compacted), 300).ok());
    REQUIRE(Fill(*Make(*maker, "expiring", expiring), 300).ok());
    REQUIRE(maker->Close().ok());
  }
  ForkedChild child([&](ForkedChild& self) {
    auto opened = OpenLocal(temp / "data", {.retention_check_interval = 24h, .compaction_check_interval = 24h},
                            RealEnvironment());
    if (!opened.ok()) return 1;
    const auto retention = (*opened)->state().TryRetentionLock();
    const auto compaction = (*opened)->state().TryCompactionLock();
    if (!retention.ok() || !*retention || !compaction.ok() || !*compaction) return 2;
    self.Say('h');
    self.Hear();
    return 0;
  });
  REQUIRE(child.Answer() == 'h');
  const auto backend = OpenAt(temp / "data", {.retention_check_interval = 1ms, .compaction_check_interval = 1ms});
  const auto old = Find(*backend, "expiring");
  const auto keyed = Find(*backend, "compacted");
  const auto cleanings = [&] { return keyed->opened()->page().counters.cleanings.load(); };
  CHECK_FALSE(*backend->state().TryRetentionLock());
  CHECK_FALSE(*backend->state().TryCompactionLock());
  CHECK(old->opened()->log()->log_start() == 0);
  CHECK(cleanings() == 0);
  child.Kill();
  CHECK(Until([&] { return old->opened()->log()->log_start() == 300; }));
  CHECK(Until([&] { return cleanings() > 0; }));
}

TEST_CASE("a round passes over what a stopped process has locked, and comes back to it") {
  const TempFolder temp;
  // Waiting would be for ever.
  const auto backend = OpenAt(temp / "data", {.max_block = 24h, .retention_check_interval = 1ms});
  const auto stopped = OpenAt(temp / "data", {.retention_check_interval = 24h});
  TopicOptions options = Small();
  options.retention_ms = std::chrono::hours(24 * 365 * 500);  // later
  const auto appending = Make(*backend, "a", options);
  const auto retiring = Make(*backend, "b", options);
  const auto other = Make(*backend, "c", options);
  for (LocalPartition* const partition : {appending.get(), retiring.get(), other.get()}) {
    REQUIRE(Fill(*partition, 200).ok());
  }
  const std::uint32_t word = stopped->state().slot()->word();
  std::atomic<std::uint32_t>& append_lock = appending->opened()->page().append_lock;
  std::atomic<std::uint32_t>& retire_lock = retiring->opened()->page().retire_lock;
  // A free one: the housekeeper may be sealing.
  const auto take = [&](std::atomic<std::uint32_t>& lock) {
    return Until([&] {
      std::uint32_t free = 0;
      return lock.compare_exchange_strong(free, word);
    });
  };
  REQUIRE(take(append_lock));
  REQUIRE(take(retire_lock));
  for (const char* const topic : {"a", "b", "c"}) REQUIRE(backend->AlterTopic(topic, {.retention_ms = 1h}).ok());
  CHECK(Until([&] { return other->opened()->log()->log_start() == 200; }));
  CHECK(retiring->opened()->log()->log_start() == 0);
  append_lock.store(0);
  retire_lock.store(0);
  CHECK(Until([&] { return appending->opened()->log()->log_start() == 200; }));
  CHECK(Until([&] { return retiring->opened()->log()->log_start() == 200; }));
}

TEST_CASE("an idle process lets go of what others have removed within seconds, long before its next look") {
  const TempFolder temp;
  base::ManualClock clock;
  Environment environment = RealEnvironment();
  environment.clock = &clock;
  const auto writer = OpenAt(temp / "data", {.retention_check_interval = 24h});
  const auto written = Make(*writer, "t", Small());
  REQUIRE(Fill(*written, 300).ok());
  const auto reader = OpenAt(temp / "data", {.retention_check_interval = 24h}, environment);
  auto& rounds = reader->state().control().header().retention_round;
  // Its first look is over, and the next one is tomorrow.
  clock.Advance(31s);
  REQUIRE(Until([&] { return rounds.load() > 0; }));
  {
    auto cursor = Find(*reader, "t")->OpenCursor(0);
    REQUIRE(cursor.ok());
    REQUIRE((*cursor)->Fetch(1).ok());
  }
  REQUIRE(written->RaiseLogStart(300).ok());
  clock.Advance(6s);
  CHECK(Until([&] {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find(temp / "data") != std::string::npos && line.ends_with(".log (deleted)")) return false;
    }
    return true;
  }));
}

TEST_CASE("a topic's new segment_ms holds for those who had it open, whoever altered it") {
  const TempFolder temp;
  const auto backend = OpenAt(temp / "data", {.retention_check_interval = 1ms});
  const auto partition = Make(*backend, "t", Small());
  {
    const auto other = OpenAt(temp / "data", {.retention_check_interval = 24h});
    REQUIRE(other->AlterTopic("t", {.segment_ms = 1h}).ok());
  }
  CHECK(Until([&] { return partition->opened()->log()->segment_ms() == 3'600'000; }));
}

}  // namespace
}  // namespace leat::broker
