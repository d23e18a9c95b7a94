#include "group/dead_members.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "group/group.h"
#include "group/open_group.h"
#include "group/state_store.h"
#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using namespace std::chrono_literals;
using testing::GroupFolder;
using testing::PollingMember;

struct DeadMembersTest : GroupFolder {
  DeadMembersTest() : first(Open()) {
    Topic(first, "t", 4);
    file = *OpenGroupFile(first->state(), "g", GroupOpening::kCreate);
  }
  std::size_t Members() { return ReadState(*file)->state.members.size(); }
  void Look(LookAtOthers when = LookAtOthers::kNow) { REQUIRE(RemoveTheDead(first->state(), *file, "g", when).ok()); }

  Process first;
  std::unique_ptr<GroupFile> file;
};

TEST_CASE_METHOD(DeadMembersTest, "the living stay, however often they are looked at") {
  PollingMember one(first, "g", {"t"});
  const Process second = Open();
  PollingMember two(second, "g", {"t"});
  const auto version = ReadState(*file)->version;
  for (int i = 0; i < 5; ++i) Look();
  CHECK(ReadState(*file)->version == version);
}

TEST_CASE_METHOD(DeadMembersTest, "all members of a process go when it goes") {
  const Process second = Open();
  std::vector<std::unique_ptr<PollingMember>> members;
  for (int i = 0; i < 3; ++i) {
    members.push_back(std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"}));
  }
  PollingMember stays(first, "g", {"t"});
  REQUIRE(second->Close().ok());
  Look();
  CHECK(Members() == 1);
}

TEST_CASE_METHOD(DeadMembersTest, "a slot that was taken again is another process") {
  Process second = Open();
  auto two = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  const auto index = second->state().slot()->index();
  REQUIRE(second->Close().ok());
  const Process third = Open();
  REQUIRE(third->state().slot()->index() == index);
  Look();
  CHECK(Members() == 0);
}

TEST_CASE_METHOD(DeadMembersTest, "members look one for all, now and then") {
  const Process second = Open();
  auto two = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  clock.Advance(kLookAtOthersEvery);
  Look(LookAtOthers::kNowAndThen);
  REQUIRE(second->Close().ok());
  clock.Advance(kLookAtOthersEvery - 1ms);
  Look(LookAtOthers::kNowAndThen);
  CHECK(Members() == 1);
  clock.Advance(1ms);
  Look(LookAtOthers::kNowAndThen);
  CHECK(Members() == 0);
}

TEST_CASE_METHOD(DeadMembersTest, "a time of the last look that is to come keeps nobody from looking") {
  file->header().looked_at.store(std::int64_t{1} << 62);
  Process second = Open();
  auto two = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  REQUIRE(second->Close().ok());
  Look(LookAtOthers::kNowAndThen);
  CHECK(Members() == 0);
}

TEST_CASE_METHOD(DeadMembersTest, "who holds the lock is not waited for, and the next look comes soon") {
  Process second = Open();
  auto two = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  REQUIRE(second->Close().ok());
  clock.Advance(1s);
  file->header().lock.store(first->state().locker()->self());
  Look(LookAtOthers::kNowAndThen);
  CHECK(Members() == 1);
  file->header().lock.store(0);
  Look(LookAtOthers::kNowAndThen);
  CHECK(Members() == 0);
}

TEST_CASE_METHOD(DeadMembersTest, "a slow member is removed by its own max_poll_interval") {
  PollingMember quick(first, "g", {"t"}, {.max_poll_interval = 1s});
  PollingMember slow(first, "g", {"t"}, {.max_poll_interval = 10s});
  clock.Advance(1001ms);
  Look();
  CHECK(Members() == 1);
  clock.Advance(8999ms);
  Look();
  CHECK(Members() == 1);
  clock.Advance(1ms);
  Look();
  CHECK(Members() == 0);
}

TEST_CASE_METHOD(DeadMembersTest, "setting the wall clock removes nobody") {
  PollingMember one(first, "g", {"t"});
  clock.SetWallMillis(clock.WallMillis() + 1'000'000'000);
  Look();
  clock.SetWallMillis(0);
  Look();
  CHECK(Members() == 1);
}

TEST_CASE_METHOD(DeadMembersTest, "a static member whose process died has its session from when that was noticed") {
  Process second = Open();
  auto fixed = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"},
                                               MemberOptions{.instance_id = "i", .session_timeout = 10s});
  REQUIRE(second->Close().ok());
  clock.Advance(60s);
  Look();
  CHECK(Members() == 1);
  CHECK(ReadState(*file)->state.members[0].away());
  clock.Advance(10s);
  Look();
  CHECK(Members() == 1);
  clock.Advance(1ms);
  Look();
  CHECK(Members() == 0);
}

}  // namespace
}  // namespace leat::group
