// A folder that was copied while it was in use, and one that another boot of the machine left.
#include <leat/leat.h>
#include <leat/repair.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "process/mapped_control.h"
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

constexpr PartitionId kPartitions = 2;

// One past the last acknowledged offset of each partition, as one writer's Sends said; shared with forked children.
struct Acknowledged {
  std::atomic<Offset> next[kPartitions];
};

Acknowledged& MakeShared() {
  void* at = ::mmap(nullptr, sizeof(Acknowledged), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::runtime_error("no shared memory");
  return *new (at) Acknowledged{};
}

// The value of every record is its offset, and more bytes.
int WriteOnAndOn(const std::string& folder, Acknowledged& acknowledged) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto topic =
      broker->EnsureTopic("t", {.partitions = kPartitions, .segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
  auto producer = Producer::Open(*broker);
  if (!topic.ok() || !producer.ok()) return 2;
  Offset next[kPartitions] = {};
  for (std::uint64_t i = 0;; ++i) {
    const auto p = static_cast<PartitionId>(i % kPartitions);
    std::string value = std::to_string(next[p]);
    value.resize(20 + i * 7919 % 3000, ' ');
    const auto sent = producer->Send(*topic, {.value = value, .partition = p});
    if (!sent.ok() || sent->offset != next[p]) return 3;
    acknowledged.next[p].store(++next[p]);
    std::this_thread::sleep_for(20us);  // so that the copies stay small
  }
}

std::vector<Offset> NextOf(const Acknowledged& acknowledged) {
  return {acknowledged.next[0].load(), acknowledged.next[1].load()};
}

void WaitForMore(const Acknowledged& acknowledged) {
  for (PartitionId p = 0; p < kPartitions; ++p) {
    const Offset before = acknowledged.next[p].load();
    process_test::WaitUntil([&] { return acknowledged.next[p].load() >= before + 200; });
  }
}

// Everything from the beginning on to at least `at_least` is what was written; and more can be appended. False: not to a
// copy whose checkpoint was copied after the logs, and speaks of records that it has not.
bool CheckContent(const std::string& folder, const std::vector<Offset>& at_least, bool copied) {
  auto broker = Broker::Open(folder);
  CAPTURE(broker.status().ToString());
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  for (PartitionId p = 0; p < kPartitions; ++p) {
    auto partition = topic->partition(p);
    REQUIRE(partition.ok());
    Offset next = 0;
    for (;;) {
      const ConsumerRecords records = partition->Read(next);
      CAPTURE(records.status().ToString());
      REQUIRE(records.status().ok());
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) {
        if (record.offset() != next || std::stoll(std::string(record.value())) != next) FAIL("offset " << next);
        ++next;
      }
    }
    CHECK(next >= at_least[static_cast<std::size_t>(p)]);
    const auto sent = producer->Send(*topic, {.value = std::to_string(next), .partition = p});
    const auto described = broker->DescribeTopic("t");
    REQUIRE(described.ok());
    const std::string status = described->partitions[static_cast<std::size_t>(p)].status.ToString();
    CAPTURE(sent.status().ToString(), status);
    if (copied && absl::IsDataLoss(sent.status())) {
      CHECK(status.find("the folder is a copy") != std::string::npos);
      CHECK(status.find("leat repair") != std::string::npos);
      return false;
    }
    REQUIRE(sent.ok());
    CHECK(sent->offset == next);
  }
  REQUIRE(broker->Close().ok());
  const absl::Status files = process_test::CheckFolderFiles(folder);
  CAPTURE(files.ToString());
  CHECK(files.ok());
  return true;
}

void Copy(const std::string& options, const std::string& from, const std::string& to) {
  // A file that is renamed while cp looks for it is no failure of the copy.
  static_cast<void>(!std::system(fmt::format("cp -r {} {} {} 2>/dev/null", options, from, to).c_str()));
}

TEST_CASE(
    "a copy of a busy folder holds what was acknowledged before it was begun, and can be written to, at least when "
    "repaired") {
  const TempFolder temp;
  const std::string folder = temp / "folder";
  Acknowledged& acknowledged = MakeShared();
  ForkedChild writer([&](ForkedChild&) { return WriteOnAndOn(folder, acknowledged); });
  for (const std::string options : {"", "", "--reflink=auto", "--reflink=auto"}) {
    WaitForMore(acknowledged);
    const std::vector<Offset> before = NextOf(acknowledged);
    const TempFolder place;
    Copy(options, folder, place / "copy");
    if (CheckContent(place / "copy", before, true)) continue;
    const auto repaired = Repair(place / "copy", {.execute = true});
    CAPTURE(repaired.status().ToString());
    REQUIRE(repaired.ok());
    auto broker = Broker::Open(place / "copy");
    REQUIRE(broker.ok());
    auto producer = Producer::Open(*broker);
    for (PartitionId p = 0; p < kPartitions; ++p) {
      CHECK(producer->Send("t", {.value = "more", .partition = p}).ok());
    }
  }
  WaitForMore(acknowledged);  // who was copied goes on
  writer.Kill();
  CHECK(CheckContent(folder, NextOf(acknowledged), false));
}

TEST_CASE("what processes of another boot left is recovered from the files") {
  const TempFolder temp;
  const std::string folder = temp / "folder";
  Acknowledged& acknowledged = MakeShared();
  ForkedChild writer([&](ForkedChild&) { return WriteOnAndOn(folder, acknowledged); });
  WaitForMore(acknowledged);
  writer.Kill();
  // What the files have is the whole truth then: the control file's locks and offsets must not count.
  process_test::MappedControl control(folder);
  for (PartitionId p = 0; p < kPartitions; ++p) {
    control.PageOf(p)->append_lock.store(shared::LockWord(0, 1));
    control.PageOf(p)->high_watermark.store(1);
  }
  control.header().header_lock.store(shared::LockWord(0, 1));
  control.MakeAnotherBoots();
  CHECK(CheckContent(folder, NextOf(acknowledged), false));
}

}  // namespace
}  // namespace leat
