#include "group/member.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "group/group.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using namespace std::chrono_literals;
using testing::GroupFolder;
using testing::PollingMember;

struct MemberTest : GroupFolder {
  MemberTest() : first(Open()) { Topic(first, "t", 4); }

  Process first;
};

template <typename... Members>
void Settle(Members&... members) {
  for (int round = 0; round < 4; ++round) {
    for (PollingMember* member : {&members...}) REQUIRE(member->Poll().ok());
  }
}

std::string Offset(const absl::StatusOr<std::optional<CommittedOffset>>& read) {
  if (!read.ok()) return read.status().ToString();
  return read->has_value() ? std::to_string((*read)->offset) : "none";
}

TEST_CASE_METHOD(MemberTest, "who is alone in a group owns all partitions at its first look") {
  PollingMember alone(first, "g", {"t"});
  CHECK(alone->NeedsLook());
  const auto changes = alone.Poll();
  REQUIRE(changes.ok());
  CHECK(changes->assigned.size() == 4);
  CHECK(changes->revoked.empty());
  CHECK(changes->lost.empty());
  CHECK(alone.count() == 4);
  CHECK_FALSE(alone->NeedsLook());
  REQUIRE(alone.Poll().ok());
  CHECK(alone.Poll()->empty());
}

TEST_CASE_METHOD(MemberTest, "a second member gets a partition when the first has given it up, and not before") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const Process second = Open();
  PollingMember two(second, "g", {"t"});
  CHECK(two.Poll()->assigned.empty());
  CHECK(one->NeedsLook());
  auto told = one->Look();
  REQUIRE(told.ok());
  REQUIRE(told->revoked.size() == 2);
  CHECK(one.count() == 4);
  CHECK(two.Poll()->assigned.empty());
  CHECK(one->Look()->revoked == told->revoked);  // until it is acknowledged
  REQUIRE(one->Acknowledge(std::span(told->revoked).first(1)).ok());
  CHECK(two->NeedsLook());
  CHECK(two.Poll()->assigned == std::vector(1, told->revoked[0]));
  REQUIRE(one->Acknowledge(one->Look()->revoked).ok());
  CHECK(two.Poll()->assigned == std::vector(1, told->revoked[1]));
  CHECK(one.count() == 2);
  CHECK(two.count() == 2);
}

TEST_CASE_METHOD(MemberTest, "who leaves hands everything over at once") {
  PollingMember one(first, "g", {"t"});
  PollingMember two(first, "g", {"t"});
  Settle(one, two);
  REQUIRE(one.count() == 2);
  REQUIRE(two->Leave().ok());
  CHECK(two->owned().empty());
  CHECK(two->Leave().ok());
  CHECK(absl::IsFailedPrecondition(two->Look().status()));
  CHECK(one->NeedsLook());
  CHECK(one.Poll()->assigned.size() == 2);
  CHECK(one.count() == 4);
}

TEST_CASE_METHOD(MemberTest, "a member whose process is gone is found out by the others, within their next looks") {
  PollingMember one(first, "g", {"t"});
  Process second = Open();
  auto two = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  Settle(one, *two);
  REQUIRE(one.count() == 2);
  REQUIRE(second->Close().ok());
  clock.Advance(300ms);
  CHECK(one->NeedsLook());
  CHECK(one.Poll()->assigned.size() == 2);
  CHECK(one.count() == 4);
}

TEST_CASE_METHOD(MemberTest, "whoever joins where a member died does not wait for it") {
  Process second = Open();
  auto dead = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  REQUIRE(dead->Poll().ok());
  REQUIRE(second->Close().ok());
  PollingMember one(first, "g", {"t"});
  CHECK(one.Poll()->assigned.size() == 4);
}

TEST_CASE_METHOD(MemberTest, "a member that does not look for max_poll_interval is fenced, and may rejoin") {
  PollingMember one(first, "g", {"t"});
  PollingMember slow(first, "g", {"t"}, {.max_poll_interval = 10s});
  Settle(one, slow);
  const std::vector<GroupPartition> had = slow->owned();
  REQUIRE(had.size() == 2);
  for (int i = 0; i < 3; ++i) {
    clock.Advance(3s);
    REQUIRE(one.Poll().ok());
    REQUIRE(slow.Poll().ok());
  }
  CHECK(one.count() == 2);
  clock.Advance(11s);
  CHECK(one.Poll()->assigned.size() == 2);

  CHECK(slow->NeedsLook());
  const absl::Status fenced = slow->Look().status();
  CHECK(absl::IsAborted(fenced));
  CHECK(std::string(fenced.message()).find("max_poll_interval") != std::string::npos);
  CHECK(absl::IsAborted(slow->Commit(std::vector<OffsetToCommit>{{.place = had[0].place, .offset = 5}}, {})));
  CHECK(absl::IsAborted(slow->Commit({}, Durability::kProcess)));
  CHECK(absl::IsAborted(slow->Acknowledge(had)));
  CHECK(absl::IsAborted(slow->Resubscribe({"t"})));
  CHECK(slow->owned() == had);
  CHECK_FALSE(slow->replaced());
  REQUIRE(slow->Rejoin({"t"}).ok());
  CHECK(slow->owned().empty());
  Settle(one, slow);
  CHECK(slow.count() == 2);
  CHECK(one.count() == 2);
}

TEST_CASE_METHOD(MemberTest, "what is committed is what the next owner of a partition reads") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  std::vector<OffsetToCommit> commits;
  for (const GroupPartition& partition : one->owned()) {
    commits.push_back(
        {.place = partition.place, .offset = 100 + partition.name.partition, .leader_epoch = 3, .metadata = "m"});
  }
  CHECK(Offset(one->Committed(commits[0].place)) == "none");
  REQUIRE(one->Commit(commits, Durability::kProcess).ok());
  REQUIRE(one->Commit(commits, Durability::kDisk).ok());
  REQUIRE(one->Leave().ok());
  const Process second = Open();
  PollingMember two(second, "g", {"t"});
  REQUIRE(two.Poll().ok());
  for (const GroupPartition& partition : two->owned()) {
    const auto read = two->Committed(partition.place);
    REQUIRE(read.ok());
    REQUIRE(read->has_value());
    CHECK((*read)->offset == 100 + partition.name.partition);
    CHECK((*read)->leader_epoch == 3);
    CHECK((*read)->metadata == "m");
    CHECK((*read)->committed_at.time_since_epoch().count() == clock.WallMillis());
    CHECK_FALSE((*read)->set_back_from.has_value());
  }
}

TEST_CASE_METHOD(MemberTest, "what cannot be committed is refused whole") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const EntryPlace place = one->owned()[0].place, other = one->owned()[1].place;
  const auto commit = [&](OffsetToCommit second) {
    return one->Commit(std::vector<OffsetToCommit>{{.place = place, .offset = 1}, second}, Durability::kProcess);
  };
  CHECK(absl::IsInvalidArgument(commit({.place = other, .offset = -1})));
  CHECK(absl::IsInvalidArgument(commit({.place = other + 1, .offset = 1})));
  const std::string long_text(kMetadataMax + 1, 'x');
  CHECK(absl::IsInvalidArgument(commit({.place = other, .offset = 1, .metadata = long_text})));
  CHECK(absl::IsInvalidArgument(commit({.place = place, .offset = 1, .metadata = "twice"})));
  CHECK(Offset(one->Committed(place)) == "none");
  CHECK(commit({.place = other, .offset = 1, .metadata = std::string_view(long_text).substr(1)}).ok());
  CHECK((*one->Committed(other))->metadata.size() == kMetadataMax);
  CHECK(absl::IsInvalidArgument(one->Committed(1).status()));
}

TEST_CASE_METHOD(MemberTest, "a partition that was given up is not committed to any more") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  PollingMember two(first, "g", {"t"});
  const std::vector<GroupPartition> before = one->owned();
  REQUIRE(one.Poll().ok());
  REQUIRE(one.count() == 2);
  for (const GroupPartition& partition : before) {
    const auto& owned = one->owned();
    const bool still = std::find(owned.begin(), owned.end(), partition) != owned.end();
    const auto status = one->Commit(std::vector<OffsetToCommit>{{.place = partition.place, .offset = 1}}, {});
    CHECK(status.ok() == still);
  }
}

TEST_CASE_METHOD(MemberTest, "a static member that comes back within its session has the same partitions") {
  PollingMember one(first, "g", {"t"});
  Process second = Open();
  auto fixed = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"},
                                               MemberOptions{.instance_id = "a", .session_timeout = 30s});
  Settle(one, *fixed);
  const auto had = fixed->names();
  REQUIRE(had.size() == 2);
  SECTION("after it was closed") { REQUIRE((*fixed)->Leave().ok()); }
  SECTION("after its process died") { REQUIRE(second->Close().ok()); }
  fixed.reset();
  clock.Advance(29s);
  CHECK(one.Poll()->empty());
  const std::int32_t generation = one->generation();
  const Process third = Open();
  PollingMember back(third, "g", {"t"}, {.instance_id = "a", .session_timeout = 30s});
  REQUIRE(back.Poll().ok());
  CHECK(back.names() == had);
  CHECK(one.Poll()->empty());
  CHECK(back->generation() == generation);
}

TEST_CASE_METHOD(MemberTest,
                 "a static member that does not come back loses its partitions when its session is over") {
  PollingMember one(first, "g", {"t"});
  PollingMember fixed(first, "g", {"t"}, {.instance_id = "a", .session_timeout = 30s});
  Settle(one, fixed);
  REQUIRE(fixed->Leave().ok());
  CHECK(one.count() == 2);
  clock.Advance(31s);
  CHECK(one.Poll()->assigned.size() == 2);
}

TEST_CASE_METHOD(MemberTest, "a static member may be told to leave for good") {
  PollingMember one(first, "g", {"t"});
  PollingMember fixed(first, "g", {"t"}, {.instance_id = "a"});
  Settle(one, fixed);
  REQUIRE(fixed->Leave(LeaveKind::kForGood).ok());
  CHECK(one.Poll()->assigned.size() == 2);
}

TEST_CASE_METHOD(MemberTest, "a second live process with the same instance id fences the first") {
  PollingMember old(first, "g", {"t"}, {.instance_id = "a"});
  REQUIRE(old.Poll().ok());
  const Process second = Open();
  PollingMember young(second, "g", {"t"}, {.instance_id = "a"});
  CHECK(young.Poll()->assigned.size() == 4);
  CHECK(old->NeedsLook());
  const EntryPlace place = old->owned()[0].place;
  const auto status = old->Commit(std::vector<OffsetToCommit>{{.place = place, .offset = 1}}, {});
  CHECK(absl::IsAborted(status));
  CHECK(std::string(status.message()).find("group_instance_id") != std::string::npos);
  CHECK(old->replaced());
  CHECK(Offset(young->Committed(place)) == "none");
}

TEST_CASE_METHOD(MemberTest, "members with different subscriptions share what they have in common") {
  Topic(first, "u", 2);
  PollingMember one(first, "g", {"t", "u"});
  PollingMember two(first, "g", {"u", "later"});
  Settle(one, two);
  CHECK(one.names() == std::vector<TopicPartition>{{"t", 0}, {"t", 1}, {"t", 2}, {"t", 3}});
  CHECK(two.names() == std::vector<TopicPartition>{{"u", 0}, {"u", 1}});
  Topic(first, "later", 3);
  REQUIRE(two->Resubscribe({"u", "later"}).ok());
  Settle(one, two);
  CHECK(two.count() >= 3);
  CHECK(one.count() + two.count() == 9);
}

TEST_CASE_METHOD(MemberTest, "a topic that is deleted and made again has inherited nothing") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const std::string old_id = one->owned()[0].topic_id;
  REQUIRE(one->Commit(std::vector<OffsetToCommit>{{.place = one->owned()[0].place, .offset = 9}}, {}).ok());
  REQUIRE(broker::DeleteTopic(first->state(), "t").ok());
  REQUIRE(one->Resubscribe({"t"}).ok());
  auto changes = one.Poll();
  REQUIRE(changes.ok());
  CHECK(changes->lost.size() == 4);
  CHECK(one.count() == 0);
  Topic(first, "t", 2);
  REQUIRE(one->Resubscribe({"t"}).ok());
  changes = one.Poll();
  REQUIRE(changes.ok());
  CHECK(changes->assigned.size() == 2);
  CHECK(one->owned()[0].topic_id != old_id);
  CHECK(Offset(one->Committed(one->owned()[0].place)) == "none");
}

TEST_CASE_METHOD(MemberTest, "a topic that grows gives its new partitions to the members") {
  PollingMember one(first, "g", {"t"});
  PollingMember two(first, "g", {"t"});
  Settle(one, two);
  REQUIRE(broker::AddPartitions(first->state(), "t", 8).ok());
  REQUIRE(two->Resubscribe({"t"}).ok());
  Settle(one, two);
  CHECK(one.count() == 4);
  CHECK(two.count() == 4);
  CHECK(one->Commit(std::vector<OffsetToCommit>{{.place = one->owned()[3].place, .offset = 9}}, {}).ok());
}

TEST_CASE_METHOD(MemberTest, "a user's assignor decides, and an answer that may not be is told and changes nothing") {
  bool everything_to_all = false;
  const auto assign = [&](const AssignmentRequest& request) {
    std::vector<std::vector<TopicPartition>> answer(request.members.size());
    for (std::size_t m = 0; m < request.members.size(); ++m) {
      // All to who comes first by id.
      const bool is_first = std::all_of(request.members.begin(), request.members.end(),
                                        [&](const auto& other) { return other.id >= request.members[m].id; });
      if (!is_first && !everything_to_all) continue;
      for (PartitionId p = 0; p < request.topics[0].partitions; ++p) answer[m].push_back({"t", p});
    }
    return answer;
  };
  const MemberOptions options{.assignor = {.name = "all to one", .assign = assign}};
  PollingMember one(first, "g", {"t"}, options);
  PollingMember two(first, "g", {"t"}, options);
  Settle(one, two);
  const bool one_is_first = one->member_id() < two->member_id();
  CHECK(one.count() == (one_is_first ? 4u : 0u));
  CHECK(two.count() == (one_is_first ? 0u : 4u));
  everything_to_all = true;
  PollingMember three(first, "g", {"t"}, options);
  const auto changes = three.Poll();
  REQUIRE(changes.ok());
  CHECK(absl::IsInvalidArgument(changes->assignor));
  CHECK(one.count() + two.count() == 4);
  everything_to_all = false;
  Settle(one, two, three);
  CHECK(one.count() + two.count() + three.count() == 4);
}

TEST_CASE_METHOD(MemberTest, "all members of a group use the same assignor") {
  PollingMember one(first, "g", {"t"}, {.assignor = {.name = "range"}});
  const auto other = Member::Join(first->local_folder(), "g", {}, {"t"});
  CHECK(absl::IsFailedPrecondition(other.status()));
  REQUIRE(one->Leave().ok());
  CHECK(Member::Join(first->local_folder(), "g", {}, {"t"}).ok());
}

TEST_CASE_METHOD(MemberTest, "members beyond the partitions stand by, and one of them steps in") {
  std::vector<std::unique_ptr<PollingMember>> members;
  for (int i = 0; i < 6; ++i) {
    members.push_back(std::make_unique<PollingMember>(first, "g", std::vector<std::string>{"t"}));
  }
  const auto settle = [&] {
    std::size_t owners = 0;
    for (int round = 0; round < 6; ++round) {
      for (auto& member : members) REQUIRE(member->Poll().ok());
    }
    for (auto& member : members) {
      REQUIRE(member->count() <= 1);
      owners += member->count();
    }
    return owners;
  };
  CHECK(settle() == 4);
  const auto owner = std::find_if(members.begin(), members.end(), [](auto& member) { return member->count() == 1; });
  members.erase(owner);
  CHECK(settle() == 4);
}

TEST_CASE_METHOD(MemberTest, "options, ids and names out of their range are refused") {
  const auto join = [&](std::string id, MemberOptions options, std::vector<std::string> topics = {"t"}) {
    return Member::Join(first->local_folder(), std::move(id), std::move(options), std::move(topics)).status();
  };
  CHECK(absl::IsInvalidArgument(join("", {})));
  CHECK(absl::IsInvalidArgument(join(std::string(201, 'g'), {})));
  CHECK(join(std::string(200, 'g'), {}).ok());
  CHECK(absl::IsInvalidArgument(join("g", {.session_timeout = 0ms})));
  CHECK(absl::IsInvalidArgument(join("g", {.max_poll_interval = -1ms})));
  CHECK(absl::IsInvalidArgument(join("g", {.instance_id = std::string(250, 'i')})));
  CHECK(absl::IsInvalidArgument(join("g", {.assignor = {.name = "mine"}})));
  CHECK(absl::IsInvalidArgument(join("g", {}, {"a/b"})));
  CHECK(ListGroups(first->state())->size() == 1);
  CHECK(absl::IsUnimplemented(Member::Join(nullptr, "g", {}, {"t"}).status()));
}

TEST_CASE_METHOD(MemberTest, "a read-only broker has no members") {
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  CHECK(absl::IsPermissionDenied(Member::Join(reader->local_folder(), "g", {}, {"t"}).status()));
}

TEST_CASE_METHOD(MemberTest, "a closed broker's members refuse, and go without a trace of an error") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const EntryPlace place = one->owned()[0].place;
  REQUIRE(first->Close().ok());
  CHECK(absl::IsFailedPrecondition(one->Look().status()));
  CHECK(absl::IsFailedPrecondition(one->Commit(std::vector<OffsetToCommit>{{.place = place, .offset = 1}}, {})));
  CHECK(absl::IsFailedPrecondition(one->Committed(place).status()));
}

TEST_CASE("a group in memory works, but for kDisk") {
  const auto backend = broker::OpenInMemory({}, broker::MemoryEnvironment());
  REQUIRE(backend.ok());
  GroupFolder::Topic(*backend, "t", 4);
  PollingMember one(*backend, "g", {"t"});
  PollingMember two(*backend, "g", {"t"});
  Settle(one, two);
  CHECK(one.count() == 2);
  CHECK(two.count() == 2);
  const std::vector<OffsetToCommit> commit = {{.place = one->owned()[0].place, .offset = 7}};
  CHECK(absl::IsInvalidArgument(one->Commit(commit, Durability::kDisk)));
  CHECK(one->Commit(commit, Durability::kTopicDefault).ok());
  CHECK(Offset(one->Committed(commit[0].place)) == "7");
}

TEST_CASE_METHOD(MemberTest, "a member that sleeps is woken by the news of others") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const Process second = Open();
  const auto waiter = first->MakeWaiter();
  waiter->Watch(&one->news(), one->news_seen());
  std::thread sleeper([&] { waiter->Wait({}, 1h); });
  PollingMember two(second, "g", {"t"});
  sleeper.join();
  CHECK(one->NeedsLook());
  waiter->Watch(nullptr, 0);
}

TEST_CASE_METHOD(MemberTest, "of a hundred members with a thousand partitions, one more or one less moves ten") {
  Topic(first, "many", 1000);
  std::vector<std::unique_ptr<PollingMember>> members;
  const auto join = [&] {
    members.push_back(std::make_unique<PollingMember>(first, "g", std::vector<std::string>{"many"}));
  };
  // How many partitions came to somebody until nobody had anything to do.
  const auto settle = [&] {
    std::size_t moved = 0;
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& member : members) {
        if (!(*member)->NeedsLook()) continue;
        const auto changes = member->Poll();
        REQUIRE(changes.ok());
        busy = busy || !changes->empty();
        moved += changes->assigned.size();
      }
    }
    return moved;
  };
  for (int i = 0; i < 99; ++i) join();
  settle();
  join();
  CHECK(settle() == 10);
  for (auto& member : members) REQUIRE(member->count() == 10);
  members.erase(members.begin() + 42);
  CHECK(settle() == 10);
  std::size_t owned = 0;
  for (auto& member : members) owned += member->count();
  CHECK(owned == 1000);
}

TEST_CASE_METHOD(MemberTest, "a member that was inherited through fork refuses") {
  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const std::vector<OffsetToCommit> commit = {{.place = one->owned()[0].place, .offset = 7}};
  testing::ForkedChild child([&](testing::ForkedChild&) {
    const bool refused =
        absl::IsFailedPrecondition(one->Look().status()) && absl::IsFailedPrecondition(one->Commit(commit, {})) &&
        absl::IsFailedPrecondition(one->Committed(commit[0].place).status()) &&
        absl::IsFailedPrecondition(one->Acknowledge(one->owned())) && absl::IsFailedPrecondition(one->Leave());
    return refused ? 0 : 1;
  });
  CHECK(child.Wait() == 0);
  REQUIRE(one.Poll().ok());
  CHECK(one.count() == 4);
  CHECK(Offset(one->Committed(commit[0].place)) == "none");
}

TEST_CASE_METHOD(MemberTest, "groups know nothing of each other") {
  PollingMember one(first, "a", {"t"});
  PollingMember two(first, "b", {"t"});
  Settle(one, two);
  CHECK(one.count() == 4);
  CHECK(two.count() == 4);
  REQUIRE(one->Commit(std::vector<OffsetToCommit>{{.place = one->owned()[0].place, .offset = 1}}, {}).ok());
  CHECK(Offset(two->Committed(two->owned()[0].place)) == "none");
}

}  // namespace
}  // namespace leat::group
