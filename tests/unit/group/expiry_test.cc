#include <memory>
#include <string>
#include <vector>

#include "group/group.h"
#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using namespace std::chrono_literals;
using testing::GroupFolder;
using testing::PollingMember;

constexpr auto kDay = std::chrono::hours(24);

struct ExpiryTest : GroupFolder {
  ExpiryTest() : first(Open()) { Topic(first, "t", 2); }

  void Commit(PollingMember& member) {
    REQUIRE(member.Poll().ok());
    std::vector<OffsetToCommit> commits;
    for (const GroupPartition& partition : member->owned())
      commits.push_back({.place = partition.place, .offset = 5});
    REQUIRE(member->Commit(commits, Durability::kProcess).ok());
  }
  std::size_t Remembered(const std::string& id = "g") {
    const auto group = Group::Open(first->local_folder(), id, GroupOpening::kExisting);
    return group.ok() ? (*group)->Offsets()->size() : 99;
  }
  void Expire() { REQUIRE(ExpireOffsets(first->local_folder()).ok()); }

  Process first;
};

TEST_CASE_METHOD(ExpiryTest, "what a group has committed is forgotten a week after the last member has gone") {
  {
    PollingMember one(first, "g", {"t"}, {.max_poll_interval = kDay * 100});
    Commit(one);
    // However old the commits are while somebody is there.
    clock.Advance(kDay * 8);
    Expire();
    CHECK(Remembered() == 2);
  }
  clock.Advance(kDay * 7);
  Expire();
  CHECK(Remembered() == 2);
  clock.Advance(11min);
  Expire();
  CHECK(ListGroups(first->state())->empty());
}

TEST_CASE_METHOD(ExpiryTest, "members that are dead keep nothing alive, but from when that was noticed") {
  Process second = Open();
  auto dead = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  Commit(*dead);
  REQUIRE(second->Close().ok());
  clock.Advance(kDay * 8);
  Expire();
  CHECK(Remembered() == 2);
  clock.Advance(kDay * 8);
  Expire();
  CHECK(ListGroups(first->state())->empty());
}

TEST_CASE_METHOD(ExpiryTest, "what was set later is remembered longer") {
  {
    PollingMember one(first, "g", {"t"});
    Commit(one);
  }
  clock.Advance(kDay * 6);
  const auto group = Group::Open(first->local_folder(), "g", GroupOpening::kExisting);
  const std::vector<NamedOffset> set = {{.partition = {"t", 0}, .topic_id = IdOf(first, "t"), .offset = 9}};
  REQUIRE((*group)->SetOffsets(set, Durability::kProcess).ok());
  clock.Advance(kDay * 2);
  Expire();
  CHECK(Remembered() == 1);
  CHECK((*group)->Offsets()->at(0).committed.offset == 9);
}

TEST_CASE_METHOD(ExpiryTest, "offsets of topics that are no more are forgotten at once") {
  Topic(first, "u", 1);
  {
    PollingMember one(first, "g", {"t", "u"});
    Commit(one);
    REQUIRE(Remembered() == 3);
    REQUIRE(broker::DeleteTopic(first->state(), "u").ok());
    Topic(first, "u", 1);
    Expire();
    CHECK(Remembered() == 3);
  }
  clock.Advance(10min);
  Expire();
  CHECK(Remembered() == 2);
}

TEST_CASE_METHOD(ExpiryTest, "a process looks every ten minutes, and each by its own retention") {
  const Process thrifty = Open({.offsets_retention = 1min});
  const Process keeper = Open({.offsets_retention = 0ms});
  {
    PollingMember one(first, "g", {"t"});
    Commit(one);
  }
  REQUIRE(ExpireOffsets(thrifty->local_folder()).ok());
  clock.Advance(9min);
  REQUIRE(ExpireOffsets(thrifty->local_folder()).ok());
  REQUIRE(ExpireOffsets(keeper->local_folder()).ok());
  CHECK(Remembered() == 2);
  clock.Advance(1min);
  REQUIRE(ExpireOffsets(keeper->local_folder()).ok());
  CHECK(Remembered() == 2);
  REQUIRE(ExpireOffsets(thrifty->local_folder()).ok());
  CHECK(ListGroups(first->state())->empty());
}

TEST_CASE_METHOD(ExpiryTest, "read-only brokers forget nothing") {
  {
    PollingMember one(first, "g", {"t"});
    Commit(one);
  }
  clock.Advance(kDay * 30);
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  REQUIRE(ExpireOffsets(reader->local_folder()).ok());
  CHECK(Remembered() == 2);
}

}  // namespace
}  // namespace leat::group
