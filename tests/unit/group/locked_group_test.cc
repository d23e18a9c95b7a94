#include "group/locked_group.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "group/dead_members.h"
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

struct LockedGroupTest : GroupFolder {
  LockedGroupTest() : first(Open({.max_block = 50ms})) {
    Topic(first, "t", 4);
    file = *OpenGroupFile(first->state(), "g", GroupOpening::kCreate);
  }
  JoinEvent Joining(const std::string& instance_id = "") {
    JoinEvent event;
    event.member.process = first->state().locker()->self();
    event.member.member_id = "m";
    event.member.instance_id = instance_id;
    event.member.session_timeout_ms = 1000;
    event.member.max_poll_ms = 2000;
    event.assignor = "sticky";
    event.topics = {"t"};
    event.facts = {{"t", broker::ReadTopic(first->state(), "t")->id, 4}};
    return event;
  }
  // A lock word of a process that has had the folder open and closed it.
  std::uint32_t DeadWord() {
    const Process dead = Open();
    const std::uint32_t word = dead->state().locker()->self();
    REQUIRE(dead->Close().ok());
    return word;
  }

  Process first;
  std::unique_ptr<GroupFile> file;
};

TEST_CASE_METHOD(LockedGroupTest, "the lock is held as long as the object lives, by nobody else meanwhile") {
  {
    const LockedGroup held(first->state(), *file, "it");
    REQUIRE(held.status().ok());
    CHECK(file->header().lock.load() == first->state().locker()->self());
    CHECK(absl::IsUnavailable(LockedGroup(first->state(), *file, "it", LockedGroup::Waiting::kNot).status()));
  }
  CHECK(file->header().lock.load() == 0);
  CHECK(LockedGroup(first->state(), *file, "it", LockedGroup::Waiting::kNot).status().ok());
}

TEST_CASE_METHOD(LockedGroupTest, "who joins has a line that tells what the others must know") {
  {
    LockedGroup group(first->state(), *file, "it");
    const auto joined = group.Apply(Joining("i"));
    REQUIRE(joined.ok());
    CHECK(*joined == 0);
    CHECK((*group.state())->members.size() == 1);
    CHECK(absl::IsFailedPrecondition(group.CheckNoMembers("g")));
  }
  const MemberLine& line = file->line(0);
  CHECK(line.epoch.load() == 1);
  CHECK(line.process.load() == first->state().locker()->self());
  CHECK(line.news.load() == 1);
  CHECK(std::chrono::nanoseconds(line.heartbeat.load()) == clock.Monotonic());
  CHECK(std::chrono::nanoseconds(line.max_poll.load()) == 2000ms);
  CHECK(std::chrono::nanoseconds(line.session_timeout.load()) == 1000ms);
}

TEST_CASE_METHOD(LockedGroupTest, "a line says who was there last, and why no more") {
  LockedGroup group(first->state(), *file, "it");
  REQUIRE(group.Apply(Joining("i")).ok());
  const MemberLine& line = file->line(0);
  SECTION("because another took its place") {
    REQUIRE(group.Apply(Joining("i")).ok());
    CHECK(line.epoch.load() == 2);
    CHECK(WhyFenced(line, 1) == FenceReason::kReplaced);
  }
  SECTION("because it was removed") {
    REQUIRE(group.Apply(RemoveEvent{.member = 0}, FenceReason::kPollTooRare).ok());
    CHECK(line.epoch.load() == 0);
    CHECK(line.process.load() == 0);
    CHECK(WhyFenced(line, 1) == FenceReason::kPollTooRare);
    CHECK(file->header().empty_since.load() == clock.WallMillis());
  }
  SECTION("because there is no group any more") {
    group.Abolish();
    CHECK(line.epoch.load() == 0);
    CHECK(WhyFenced(line, 1) == FenceReason::kGroupDeleted);
  }
  SECTION("and not of somebody else") {
    REQUIRE(group.Apply(RemoveEvent{.member = 0}, FenceReason::kPollTooRare).ok());
    CHECK(WhyFenced(line, 7) == FenceReason::kUnknown);
  }
  CHECK(line.news.load() == 2);
}

TEST_CASE_METHOD(LockedGroupTest, "a static member that steps away is known since when") {
  LockedGroup group(first->state(), *file, "it");
  REQUIRE(group.Apply(Joining("i")).ok());
  clock.Advance(5s);
  REQUIRE(group.Apply(StepAwayEvent{.member = 0}).ok());
  CHECK(file->line(0).epoch.load() == 1);
  CHECK(file->line(0).process.load() == 0);
  CHECK(std::chrono::nanoseconds(file->line(0).away_since.load()) == clock.Monotonic());
  REQUIRE(group.Apply(Joining("i")).ok());
  CHECK(file->line(0).away_since.load() == 0);
}

TEST_CASE_METHOD(LockedGroupTest, "whoever takes the lock over from the dead tells the lines what was published") {
  {
    LockedGroup group(first->state(), *file, "it");
    REQUIRE(group.Apply(Joining()).ok());
  }
  // Somebody published that this member is removed and another one there, and died.
  auto state = ReadState(*file)->state;
  state = Rebalance(state, Joining())->state;
  state = Rebalance(state, RemoveEvent{.member = 0})->state;
  REQUIRE(PublishState(*file, state).ok());
  file->header().lock.store(DeadWord());
  CHECK(file->line(0).epoch.load() == 1);
  SECTION("by doing something") { CHECK(LockedGroup(first->state(), *file, "it").status().ok()); }
  SECTION("by looking who is dead") { CHECK(RemoveTheDead(first->state(), *file, "it", LookAtOthers::kNow).ok()); }
  CHECK(file->header().lock.load() == 0);
  CHECK(file->line(0).epoch.load() == 0);
  CHECK(file->line(0).fenced_epoch.load() == 1);
  CHECK(file->line(1).epoch.load() == 2);
  CHECK(file->line(1).news.load() == 1);
}

TEST_CASE_METHOD(LockedGroupTest, "a group that is gone is not entered any more") {
  {
    LockedGroup group(first->state(), *file, "it");
    group.Abolish();
  }
  CHECK(absl::IsNotFound(LockedGroup(first->state(), *file, "it").status()));
  CHECK(file->header().lock.load() == 0);
  // Who opens it makes it anew, though the file is still there.
  CHECK(absl::IsNotFound(OpenGroupFile(first->state(), "g", GroupOpening::kExisting).status()));
  CHECK(OpenGroupFile(first->state(), "g", GroupOpening::kCreate).ok());
}

TEST_CASE_METHOD(LockedGroupTest, "nobody of a closed or read-only broker takes the lock") {
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  CHECK(absl::IsPermissionDenied(LockedGroup(reader->state(), *file, "it").status()));
  REQUIRE(first->Close().ok());
  CHECK(absl::IsFailedPrecondition(LockedGroup(first->state(), *file, "it").status()));
  CHECK(file->header().lock.load() == 0);
}

TEST_CASE_METHOD(LockedGroupTest, "a stopped holder is waited for, up to max_block, and named") {
  broker::Environment real = broker::RealEnvironment();
  const auto other = *broker::OpenLocal(path(), {.max_block = 50ms}, real);
  const LockedGroup held(first->state(), *file, "it");
  const auto others = *OpenGroupFile(other->state(), "g", GroupOpening::kExisting);
  const absl::Status status = LockedGroup(other->state(), *others, "the group \"g\"").status();
  CHECK(absl::IsUnavailable(status));
  CHECK(std::string(status.message()).find("the group \"g\" is held by pid") == 0);
}

}  // namespace
}  // namespace leat::group
