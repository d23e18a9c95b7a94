// Real file systems without room, at every stage of a folder's life: whatever is refused is refused in words, what was
// acknowledged is there, topics can be deleted, and with room again all goes on.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "damage/attempt.h"
#include "damage/small_disk.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

constexpr TopicOptions kSmall{.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};
constexpr std::size_t kValueSize = 9000;

// What a child was told before it ended, in memory that outlives it.
struct Notes {
  Offset acknowledged = 0;
  Offset committed = -1;
  int refused = 0;
  bool deleted = false;  // a topic, when the disk was full
  char wrong[300] = {};
};

class SharedNotes {
 public:
  SharedNotes()
      : notes_(new (::mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                   Notes) {}
  ~SharedNotes() { ::munmap(notes_, sizeof(Notes)); }
  SharedNotes(const SharedNotes&) = delete;
  SharedNotes& operator=(const SharedNotes&) = delete;
  Notes* operator->() const { return notes_; }

 private:
  Notes* notes_;
};

// Anything but room is wrong.
bool Refused(const SharedNotes& notes, const char* what, const absl::Status& status) {
  if (status.ok()) return false;
  ++notes->refused;
  if (!absl::IsResourceExhausted(status) && notes->wrong[0] == 0) {
    fmt::format_to_n(notes->wrong, sizeof(notes->wrong) - 1, "{}: {}", what, status.ToString());
  }
  return true;
}

int Live(const std::string& folder, const SharedNotes& notes) {
  auto broker = Broker::Open(folder);
  if (Refused(notes, "opening", broker.status())) return 0;
  Refused(notes, "a topic to delete", broker->EnsureTopic("doomed", kSmall).status());
  const auto topic = broker->EnsureTopic("t", kSmall);
  if (!Refused(notes, "the topic", topic.status())) {
    auto producer = Producer::Open(*broker);
    if (!producer.ok()) return 1;
    for (int i = 0; i < 60; ++i) {
      const auto sent = producer->Send(*topic, {.value = ValueAt(notes->acknowledged, kValueSize)},
                                       i % 4 == 3 ? Durability::kDisk : Durability::kProcess);
      if (Refused(notes, "sending", sent.status())) continue;
      if (sent->offset != notes->acknowledged++) return 2;
    }
    auto consumer = Consumer::Open(*broker, {.group_id = "g", .enable_auto_commit = false});
    if (!consumer.ok()) return 3;
    const TopicPartition partition{"t", 0};
    if (!Refused(notes, "assigning", consumer->Assign(std::vector<TopicPartition>{partition}))) {
      const absl::Status committed = consumer->Commit({{.partition = partition, .offset = notes->acknowledged}});
      if (!Refused(notes, "committing", committed)) notes->committed = notes->acknowledged;
    }
  }
  const absl::Status deleted = broker->DeleteTopic("doomed");
  notes->deleted = deleted.ok() || absl::IsNotFound(deleted);
  if (!notes->deleted) Refused(notes, "deleting", deleted);
  Refused(notes, "closing", broker->Close());
  return 0;
}

// All that was acknowledged is there, and more can be sent.
std::string LookAgain(const std::string& folder, const SharedNotes& notes) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return "opening again: " + broker.status().ToString();
  const auto topic = broker->EnsureTopic("t", kSmall);
  if (!topic.ok()) return "finding the topic: " + topic.status().ToString();
  auto partition = topic->partition(0);
  if (!partition.ok()) return partition.status().ToString();
  for (Offset at = 0; at < notes->acknowledged;) {
    const ConsumerRecords records = partition->Read(at);
    if (!records.status().ok()) return records.status().ToString();
    if (records.empty()) return fmt::format("{} of {} are there", at, notes->acknowledged);
    for (const ConsumerRecord& record : records) {
      if (record.value() != ValueAt(at++, kValueSize)) return fmt::format("another record at {}", at - 1);
    }
  }
  auto producer = Producer::Open(*broker);
  if (!producer.ok()) return producer.status().ToString();
  const auto sent = producer->Send(*topic, {.value = "one more"}, Durability::kDisk);
  if (!sent.ok()) return "sending again: " + sent.status().ToString();
  if (sent->offset != notes->acknowledged) return fmt::format("one more landed at {}", sent->offset);
  if (notes->committed >= 0) {
    auto consumer = Consumer::Open(*broker, {.group_id = "g"});
    if (!consumer.ok()) return consumer.status().ToString();
    const auto committed = consumer->Committed({"t", 0});
    if (!committed.ok()) return committed.status().ToString();
    if (!committed->has_value() || (*committed)->offset != notes->committed) return "the group's commit is another";
  }
  const absl::Status closed = broker->Close();
  return closed.ok() ? "" : "closing again: " + closed.ToString();
}

TEST_CASE("a file system that is full, at whatever stage, loses nothing that was acknowledged and lets topics go") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  for (const std::string& type : SmallDisk::Types()) {
    bool refused_early = false;
    bool refused_late = false;
    for (const std::int64_t left : {0, 4, 8, 16, 32, 64, 100, 150, 200, 300, 400, 600, 800, 1200}) {
      const SmallDisk disk(type);
      if (!disk.mounted()) {
        WARN("skipped: a small " << type << " cannot be had here");
        break;
      }
      const std::string folder = disk.path() + "/data";
      disk.FillBut(left << 10);
      const SharedNotes notes;
      const int ended = InChild([&] { return Live(folder, notes); });
      INFO(fmt::format("{} with {} KiB left: {} acknowledged, {} calls refused; {}", type, left, notes->acknowledged,
                       notes->refused, notes->wrong));
      CHECK(ended == 0);
      CHECK(std::string(notes->wrong).empty());
      CHECK((notes->deleted || notes->acknowledged == 0));
      disk.MakeRoom();
      CHECK(LookAgain(folder, notes) == "");
      refused_early = refused_early || notes->acknowledged == 0;
      refused_late = refused_late || (notes->acknowledged > 0 && notes->refused > 0);
      // Else nothing was full. Of btrfs nobody knows before how much it will take.
      if (left == 1200) CHECK((refused_early && (refused_late || type == "btrfs")));
    }
  }
}

// What somebody does whose machine has come up again with a disk that has no byte left.
int DeleteOnFullDisk(const std::string& folder, bool trim, const SharedNotes& notes) {
  const auto say = [&](const absl::Status& status) {
    fmt::format_to_n(notes->wrong, sizeof(notes->wrong) - 1, "{}", status.ToString());
    return 1;
  };
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return say(broker.status());
  if (trim) {
    const auto topic = broker->FindTopic("t");
    if (!topic.ok()) return say(topic.status());
    const auto trimmed = topic->partition(0)->Trim(Offset{-1});
    if (!trimmed.ok()) return say(trimmed.status());
  }
  if (const absl::Status deleted = broker->DeleteTopic("t"); !deleted.ok()) return say(deleted);
  const auto closed = broker->Close();
  return closed.ok() ? 0 : say(closed);
}

TEST_CASE(
    "on a disk without a byte left a folder opens, also after a reboot, and topics in it can be trimmed and "
    "deleted") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  for (const std::string& type : SmallDisk::Types()) {
    for (const bool reboot : {false, true}) {
      const SmallDisk disk(type);
      if (!disk.mounted()) {
        WARN("skipped: a small " << type << " cannot be had here");
        break;
      }
      const std::string folder = disk.path() + "/data";
      const int made = InChild([&] {
        auto broker = Broker::Open(folder);
        if (!broker.ok()) return 1;
        const auto topic = broker->EnsureTopic("t", kSmall);
        auto producer = Producer::Open(*broker);
        if (!topic.ok() || !producer.ok()) return 2;
        for (int i = 0; i < 40; ++i) {
          if (!producer->Send(*topic, {.value = ValueAt(i, kValueSize)}).ok()) return 3;
        }
        ::_exit(0);  // nothing is closed
      });
      REQUIRE(made == 0);
      if (reboot) PretendReboot(folder);
      disk.FillBut(0);
      const SharedNotes notes;
      INFO(type << (reboot ? ", after a reboot" : ""));
      const int ended = InChild([&] { return DeleteOnFullDisk(folder, type != "btrfs", notes); });
      INFO(std::string(notes->wrong));
      CHECK(ended == 0);
      disk.MakeRoom();
    }
  }
}

TEST_CASE("where a segment shares its blocks with a copy of it, a full disk is an error and no signal") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  for (const std::string type : {"xfs", "btrfs"}) {
    const SmallDisk disk(type);
    if (!disk.mounted()) {
      WARN("skipped: a small " << type << " cannot be had here");
      continue;
    }
    const std::string folder = disk.path() + "/data";
    const SharedNotes notes;
    const int ended = InChild([&] {
      auto broker = Broker::Open(folder);
      if (!broker.ok()) return 1;
      const auto topic = broker->EnsureTopic("t", {.segment_bytes = 8 << 20});
      auto producer = Producer::Open(*broker);
      if (!topic.ok() || !producer.ok()) return 2;
      const auto send = [&] {
        const auto sent = producer->Send(*topic, {.value = ValueAt(notes->acknowledged, kValueSize)});
        if (!Refused(notes, "sending", sent.status())) ++notes->acknowledged;
      };
      for (int i = 0; i < 20; ++i) send();
      // From now on a page that is written needs a new block.
      const std::string copy =
          fmt::format("cp --reflink=always '{0}/t-0/00000000000000000000.log' '{1}/copy'", folder, disk.path());
      if (std::system(copy.c_str()) != 0) return 3;
      disk.FillBut(0);
      for (int i = 0; i < 40; ++i) send();
      disk.MakeRoom();
      for (int i = 0; i < 10; ++i) send();
      return broker->Close().ok() ? 0 : 4;
    });
    INFO(fmt::format("{}: {} acknowledged, {} refused; {}", type, notes->acknowledged, notes->refused, notes->wrong));
    CHECK(ended == 0);
    CHECK(std::string(notes->wrong).empty());
    CHECK(notes->acknowledged >= 30);
    CHECK(LookAgain(folder, notes) == "");
  }
}

}  // namespace
}  // namespace leat::testing
