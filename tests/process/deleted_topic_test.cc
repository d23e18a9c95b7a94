// A topic that is deleted, and made again under its name, while other processes write and read it.
#include <leat/leat.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "process/segment_file_check.h"
#include "process/wait_until.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;

constexpr int kIncarnations = 30;
constexpr int kWriters = 2;
constexpr TopicOptions kSmall{.partitions = 2, .segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};

// In memory that forked children share.
struct Shared {
  std::atomic<int> deleted;  // so many incarnations have been deleted: each DeleteTopic has returned
  std::atomic<int> stop;
  std::array<std::atomic<std::int64_t>, kIncarnations + 1> acknowledged;  // by incarnation
};

Shared& MakeShared() {
  void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::runtime_error("no shared memory");
  return *new (at) Shared{};
}

// Writes through handles whose incarnation it knows for certain. 5: a Send that began after its topic had been
// deleted returned OK.
int Write(const std::string& folder, Shared& shared) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto producer = Producer::Open(*broker);
  if (!producer.ok()) return 2;
  while (shared.stop.load() == 0) {
    const int incarnation = shared.deleted.load();
    auto topic = broker->FindTopic("t");
    if (absl::IsNotFound(topic.status())) continue;
    if (!topic.ok()) return 3;
    if (shared.deleted.load() != incarnation) continue;  // it may be this one or the next
    const std::string value = std::to_string(incarnation);
    for (;;) {
      const int deleted_before = shared.deleted.load();
      const auto sent = producer->Send(*topic, {.value = value});
      if (sent.ok() && deleted_before != incarnation) return 5;
      if (sent.ok()) shared.acknowledged[static_cast<std::size_t>(incarnation)].fetch_add(1);
      if (absl::IsNotFound(sent.status())) break;
      if (!sent.ok()) {
        fmt::print(stderr, "{}\n", sent.status().ToString());
        return 4;
      }
      if (shared.stop.load() != 0) break;
    }
  }
  return broker->Close().ok() ? 0 : 6;
}

// Follows the name. What it reads belongs to ever younger incarnations, each from its beginning and without a gap.
int Read(const std::string& folder, Shared& shared) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return 2;
  std::array<int, 2> incarnation{-1, -1};
  std::array<Offset, 2> next{};
  while (shared.stop.load() == 0) {
    const ConsumerRecords records = consumer->Poll(10ms);
    if (!records.status().ok() && !absl::IsNotFound(records.status())) {
      fmt::print(stderr, "{}\n", records.status().ToString());
      return 3;
    }
    for (const ConsumerRecord& record : records) {
      const auto partition = static_cast<std::size_t>(record.partition());
      const int of = std::stoi(std::string(record.value()));
      if (of < incarnation[partition]) return 4;
      if (of > incarnation[partition]) next[partition] = 0;
      incarnation[partition] = of;
      if (record.offset() != next[partition]++) {
        fmt::print(stderr, "incarnation {}, offset {} instead of {}\n", of, record.offset(), next[partition] - 1);
        return 5;
      }
    }
  }
  return 0;
}

TEST_CASE("no write to a deleted topic is acknowledged, also when there is another of its name") {
  const TempFolder folder;
  Shared& shared = MakeShared();
  std::vector<std::unique_ptr<ForkedChild>> children;
  for (int i = 0; i < kWriters; ++i) {
    children.push_back(std::make_unique<ForkedChild>([&](ForkedChild&) { return Write(folder.path(), shared); }));
  }
  children.push_back(std::make_unique<ForkedChild>([&](ForkedChild&) { return Read(folder.path(), shared); }));
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  REQUIRE(broker->CreateTopic("t", kSmall).ok());
  for (int i = 0; i < kIncarnations; ++i) {
    // Let some be written: a deletion that meets nobody would show nothing.
    process_test::WaitUntil([&] { return shared.acknowledged[static_cast<std::size_t>(i)].load() >= 200; });
    REQUIRE(broker->DeleteTopic("t").ok());
    shared.deleted.store(i + 1);
    REQUIRE(broker->CreateTopic("t", kSmall).ok());
  }
  process_test::WaitUntil([&] { return shared.acknowledged[kIncarnations].load() >= 200; });
  shared.stop.store(1);
  for (const auto& child : children) CHECK(child->Wait() == 0);

  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  std::int64_t found = 0;
  for (PartitionId id = 0; id < 2; ++id) {
    auto partition = topic->partition(id);
    REQUIRE(partition.ok());
    for (Offset next = 0;;) {
      const ConsumerRecords records = partition->Read(next);
      REQUIRE(records.status().ok());
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) {
        next = record.offset() + 1;
        found += record.value() == BytesView(std::to_string(kIncarnations)) ? 1 : 0;
      }
    }
  }
  CHECK(found == shared.acknowledged[kIncarnations].load());
  REQUIRE(broker->Close().ok());
  const absl::Status files = process_test::CheckFolderFiles(folder.path());
  CAPTURE(files.ToString());
  CHECK(files.ok());
}

}  // namespace
}  // namespace leat
