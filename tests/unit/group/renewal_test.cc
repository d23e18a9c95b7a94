#include "group/renewal.h"

#include <leat/batch.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "group/group.h"
#include "group/layout.h"
#include "group/offset_table.h"
#include "group/open_group.h"
#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using testing::GroupFolder;
using testing::PollingMember;

struct RenewalTest : GroupFolder {
  RenewalTest() {
    boot_id = "the first boot";
    first = Open();
    Topic(first, "t", 2);
  }
  void Append(const Process& process, int records) {
    const auto topic = process->FindTopic("t");
    REQUIRE(topic.ok());
    for (int i = 0; i < records; ++i) {
      BatchBuilder builder;
      REQUIRE(builder.Append(nullptr, "v", {}, 0));
      REQUIRE((*topic)->partitions[0]->Append(builder.Seal({}), Durability::kProcess).ok());
    }
  }
  void Commit(Offset offset, LeaderEpoch epoch = 0) {
    last.reset();
    PollingMember one(first, "g", {"t"});
    REQUIRE(one.Poll().ok());
    const std::vector<OffsetToCommit> commits = {
        {.place = one->owned()[0].place, .offset = offset, .leader_epoch = epoch, .metadata = "m"}};
    REQUIRE(one->Commit(commits, Durability::kProcess).ok());
    last = std::make_unique<PollingMember>(first, "g", std::vector<std::string>{"t"});
  }
  // With a member in the group, and its lock held.
  Process Reboot() {
    OpenGroupFile(first->state(), "g", GroupOpening::kExisting).value()->header().lock.store(12345);
    REQUIRE(first->Close().ok());
    boot_id = "the second boot";
    return Open();
  }
  std::optional<CommittedOffset> Read(const Process& process, GroupOpening opening = GroupOpening::kExisting) {
    const auto group = Group::Open(process->local_folder(), "g", opening);
    REQUIRE(group.ok());
    const auto read = (*group)->Committed({"t", 0}, IdOf(process, "t"));
    REQUIRE(read.ok());
    return *read;
  }

  Process first;
  std::unique_ptr<PollingMember> last;
};

TEST_CASE_METHOD(RenewalTest, "after a reboot offsets are remembered, members and the lock are not") {
  Append(first, 9);
  Commit(9);
  const Process second = Reboot();
  const auto group = Group::Open(second->local_folder(), "g", GroupOpening::kExisting);
  REQUIRE(group.ok());
  CHECK((*group)->Describe()->members.empty());
  CHECK((*group)->damage().ok());
  const auto read = Read(second);
  REQUIRE(read.has_value());
  CHECK(read->offset == 9);
  CHECK(read->metadata == "m");
  CHECK_FALSE(read->set_back_from.has_value());
  PollingMember one(second, "g", {"t"});
  CHECK(one.Poll()->assigned.size() == 2);
}

TEST_CASE_METHOD(RenewalTest, "a commit beyond the log's end is set back, and says so until the next commit") {
  Append(first, 4);
  Commit(9);
  const Process second = Reboot();
  SECTION("by whoever looks first") {}
  SECTION("though the log has gone on since, in a new epoch") { Append(second, 20); }
  const auto read = Read(second);
  REQUIRE(read.has_value());
  CHECK(read->offset == 4);
  CHECK(read->set_back_from == Offset{9});
  CHECK(read->metadata == "m");
  PollingMember one(second, "g", {"t"});
  REQUIRE(one.Poll().ok());
  CHECK((*one->Committed(one->owned()[0].place))->set_back_from == Offset{9});
  const std::vector<OffsetToCommit> commits = {{.place = one->owned()[0].place, .offset = 4}};
  REQUIRE(one->Commit(commits, Durability::kProcess).ok());
  CHECK_FALSE((*one->Committed(commits[0].place))->set_back_from.has_value());
}

TEST_CASE_METHOD(RenewalTest, "a second reboot does not forget that a commit was set back") {
  Append(first, 4);
  Commit(9);
  Process second = Reboot();
  REQUIRE(Read(second)->offset == 4);
  REQUIRE(second->Close().ok());
  boot_id = "the third boot";
  const Process third = Open();
  CHECK(Read(third)->offset == 4);
  CHECK(Read(third)->set_back_from == Offset{9});
}

TEST_CASE_METHOD(RenewalTest, "read-only brokers read the offsets of another boot, and renew nothing") {
  Append(first, 9);
  Commit(9);
  REQUIRE(first->Close().ok());
  boot_id = "the second boot";
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  CHECK(Read(reader)->offset == 9);
  const auto group = Group::Open(reader->local_folder(), "g", GroupOpening::kExisting);
  CHECK((*group)->Describe()->members.empty());
  CHECK((*group)->Offsets()->size() == 1);
  CHECK((*group)->damage().ok());
}

TEST_CASE_METHOD(RenewalTest, "a copy of a folder has the groups' offsets, and is a group of its own") {
  Append(first, 9);
  Commit(9);
  std::filesystem::copy(path(), temp / "copy", std::filesystem::copy_options::recursive);
  broker::Environment environment = broker::RealEnvironment();
  environment.clock = &clock;
  environment.boot_id = boot_id;
  const auto copy = broker::OpenLocal(temp / "copy", {}, environment);
  REQUIRE(copy.ok());
  CHECK(Read(*copy)->offset == 9);
  PollingMember one(*copy, "g", {"t"});
  CHECK(one.Poll()->assigned.size() == 2);
  CHECK((*Group::Open(first->local_folder(), "g", GroupOpening::kExisting))->Describe()->members.size() == 1);
}

TEST_CASE_METHOD(RenewalTest, "a control file that was made anew makes the groups' members void") {
  Append(first, 9);
  Commit(9);
  REQUIRE(first->Close().ok());
  // The old one is kept, so that the new one has another inode.
  std::filesystem::rename(path() + "/control", temp / "kept");
  const Process second = Open();
  CHECK(Read(second)->offset == 9);
  CHECK((*Group::Open(second->local_folder(), "g", GroupOpening::kExisting))->Describe()->members.empty());
}

TEST_CASE_METHOD(RenewalTest, "what had not been written out when the machine went is not there, and the rest is") {
  Append(first, 9);
  Commit(3);
  Commit(9);
  const Process second = Reboot();
  auto file = *second->local_folder()->files().Open(GroupPath("g"), io::OpenMode::kReadWrite);
  const std::string bytes = *io::ReadWholeFile(second->local_folder()->files(), GroupPath("g"), kGroupSizeMax);
  // As it was before the last commit: the newest slot's page did not come to the disk.
  const auto zero = [&](std::size_t at, std::size_t size) {
    const std::vector<std::byte> zeros(size);
    REQUIRE(file->WriteAt(static_cast<std::int64_t>(at), zeros).ok());
  };
  std::size_t newest = 0;
  for (std::size_t at = kExtentsAt; at + kUnit <= bytes.size(); at += kUnit) {
    std::int64_t offset = 0;
    std::memcpy(&offset, bytes.data() + at, sizeof offset);
    std::uint64_t sequence = 0;
    std::memcpy(&sequence, bytes.data() + at + 8, sizeof sequence);
    if (offset == 9 && sequence == 2) newest = at;
  }
  REQUIRE(newest != 0);
  SECTION("a slot") {
    zero(newest, kUnit);
    CHECK(Read(second)->offset == 3);
  }
  SECTION("half of a slot") {
    zero(newest, kUnit / 2);
    CHECK(Read(second)->offset == 3);
  }
  SECTION("the members and their images") {
    zero(sizeof(GroupIdentity), kExtentsAt - sizeof(GroupIdentity));
    CHECK(Read(second)->offset == 9);
  }
  SECTION("the list of extents before it") {
    for (std::size_t at = kExtentsAt; at < newest; at += kUnit) {
      if (std::memcmp(bytes.data() + at, kExtentMagic, 8) == 0 && bytes[at + 8] == 1) zero(at, kUnit);
    }
    CHECK(Read(second)->offset == 9);
  }
}

}  // namespace
}  // namespace leat::group
