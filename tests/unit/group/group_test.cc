#include "group/group.h"

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "group/layout.h"
#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using namespace std::chrono_literals;
using testing::GroupFolder;
using testing::PollingMember;

struct GroupTest : GroupFolder {
  GroupTest() : first(Open()) { Topic(first, "t", 4); }

  std::unique_ptr<Group> Find(const Process& process, GroupOpening opening = GroupOpening::kExisting) {
    auto found = Group::Open(process->local_folder(), "g", opening);
    if (!found.ok()) throw std::runtime_error(found.status().ToString());
    return *std::move(found);
  }
  NamedOffset At(PartitionId partition, Offset offset, std::string metadata = "") {
    return {.partition = {"t", partition},
            .topic_id = IdOf(first, "t"),
            .offset = offset,
            .leader_epoch = 2,
            .metadata = std::move(metadata)};
  }
  std::string Committed(const Group& group, PartitionId partition) {
    const auto read = group.Committed({"t", partition}, IdOf(first, "t"));
    if (!read.ok()) return read.status().ToString();
    return read->has_value() ? std::to_string((*read)->offset) + (*read)->metadata : "none";
  }

  Process first;
};

TEST_CASE_METHOD(GroupTest, "groups are listed once somebody was in them, until they are deleted") {
  CHECK(ListGroups(first->state())->empty());
  CHECK(absl::IsNotFound(Group::Open(first->local_folder(), "g", GroupOpening::kExisting).status()));
  CHECK(ListGroups(first->state())->empty());
  {
    PollingMember b(first, "b", {"t"});
    PollingMember a(first, "a/1", {"t"});
  }
  CHECK(*ListGroups(first->state()) == std::vector<std::string>{"a/1", "b"});
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  CHECK(*ListGroups(reader->state()) == std::vector<std::string>{"a/1", "b"});
  REQUIRE(DeleteGroup(first->local_folder(), "a/1").ok());
  CHECK(*ListGroups(reader->state()) == std::vector<std::string>{"b"});
  CHECK(absl::IsNotFound(DeleteGroup(first->local_folder(), "a/1")));
  CHECK(absl::IsPermissionDenied(DeleteGroup(reader->local_folder(), "b")));
}

TEST_CASE_METHOD(GroupTest, "a group is described: its members, and who has what") {
  PollingMember one(first, "g", {"t"}, {.client_id = "web"});
  REQUIRE(one.Poll().ok());
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  const auto group = Find(GENERATE(false, true) ? reader : first);
  auto described = group->Describe();
  REQUIRE(described.ok());
  CHECK(described->id == "g");
  CHECK(described->state == GroupState::kStable);
  CHECK(described->generation == 1);
  CHECK(described->assignor == "sticky");
  REQUIRE(described->members.size() == 1);
  const DescribedMember& member = described->members[0];
  CHECK(member.member_id == one->member_id());
  CHECK(member.member_id.find("web-") == 0);
  CHECK(member.client_id == "web");
  CHECK(member.pid > 0);
  CHECK_FALSE(member.host.empty());
  CHECK_FALSE(member.away);
  CHECK(member.topics == std::vector<std::string>{"t"});
  CHECK(member.owned == one.names());
  CHECK(member.to_have == one.names());
  CHECK(member.since_poll == 0ms);

  PollingMember two(first, "g", {"t"}, {.instance_id = "i"});
  clock.Advance(3s);
  described = group->Describe();
  REQUIRE(described.ok());
  CHECK(described->state == GroupState::kRebalancing);
  REQUIRE(described->members.size() == 2);
  CHECK(described->members[0].owned.size() == 4);
  CHECK(described->members[0].to_have.size() == 2);
  CHECK(described->members[1].instance_id == "i");
  CHECK(described->members[1].since_poll == 3s);
  REQUIRE(two->Leave().ok());
  CHECK(group->Describe()->members[1].away);
  REQUIRE(one->Leave().ok());
  clock.Advance(60s);
  REQUIRE(DeleteGroup(first->local_folder(), "g").ok());
  CHECK(absl::IsNotFound(group->Describe().status()));
}

TEST_CASE_METHOD(GroupTest, "a group that nobody is in is empty, and remembers") {
  {
    PollingMember one(first, "g", {"t"});
    REQUIRE(one.Poll().ok());
    REQUIRE(one->Commit(std::vector<OffsetToCommit>{{.place = one->owned()[2].place, .offset = 7}}, {}).ok());
  }
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  for (const Process& process : {first, reader}) {
    const auto group = Find(process);
    CHECK(group->Describe()->state == GroupState::kEmpty);
    CHECK(group->Describe()->members.empty());
    const auto offsets = group->Offsets();
    REQUIRE(offsets.ok());
    REQUIRE(offsets->size() == 1);
    CHECK((*offsets)[0].partition.name == TopicPartition{"t", 2});
    CHECK((*offsets)[0].committed.offset == 7);
    CHECK(Committed(*group, 2) == "7");
    CHECK(Committed(*group, 1) == "none");
    CHECK(group->damage().ok());
  }
}

TEST_CASE_METHOD(GroupTest, "offsets are set and forgotten while nobody is in the group, and only then") {
  const auto group = Find(first, GroupOpening::kCreate);
  const std::vector<NamedOffset> some = {At(0, 5, "five"), At(3, 8)};
  REQUIRE(group->SetOffsets(some, Durability::kProcess).ok());
  CHECK(Committed(*group, 0) == "5five");
  CHECK(Committed(*group, 3) == "8");
  const GroupPartition forgotten{.name = {"t", 3}, .topic_id = IdOf(first, "t")};
  const GroupPartition unknown{.name = {"t", 99}, .topic_id = IdOf(first, "t")};
  REQUIRE(group->ForgetOffsets(std::vector{forgotten, unknown}).ok());
  CHECK(Committed(*group, 3) == "none");
  CHECK(group->Offsets()->size() == 1);

  PollingMember one(first, "g", {"t"});
  REQUIRE(one.Poll().ok());
  CHECK((*one->Committed(one->owned()[0].place))->offset == 5);
  const absl::Status refused = group->SetOffsets(some, Durability::kProcess);
  CHECK(absl::IsFailedPrecondition(refused));
  CHECK(std::string(refused.message()).find(one->member_id()) != std::string::npos);
  CHECK(absl::IsFailedPrecondition(group->ForgetOffsets(std::vector{forgotten})));
  CHECK(absl::IsFailedPrecondition(DeleteGroup(first->local_folder(), "g")));
  CHECK(Committed(*group, 0) == "5five");
  REQUIRE(one->Leave().ok());
  CHECK(group->SetOffsets(some, Durability::kDisk).ok());
}

TEST_CASE_METHOD(GroupTest, "members whose process died are no members to whoever sets offsets") {
  const Process second = Open();
  auto dead = std::make_unique<PollingMember>(second, "g", std::vector<std::string>{"t"});
  REQUIRE(second->Close().ok());
  const auto group = Find(first);
  CHECK(group->SetOffsets(std::vector{At(0, 1)}, Durability::kProcess).ok());
  CHECK(DeleteGroup(first->local_folder(), "g").ok());
}

TEST_CASE_METHOD(GroupTest, "offsets that cannot be set are refused, all of them") {
  const auto group = Find(first, GroupOpening::kCreate);
  const auto set = [&](NamedOffset second) {
    return group->SetOffsets(std::vector{At(0, 5), std::move(second)}, Durability::kProcess);
  };
  CHECK(absl::IsInvalidArgument(set(At(1, -1))));
  CHECK(absl::IsInvalidArgument(set(At(-1, 1))));
  CHECK(absl::IsInvalidArgument(set(At(0, 6))));
  CHECK(absl::IsInvalidArgument(set(At(1, 1, std::string(kMetadataMax + 1, 'x')))));
  NamedOffset nameless = At(1, 1);
  nameless.topic_id = "no id";
  CHECK(absl::IsInvalidArgument(set(nameless)));
  CHECK(Committed(*group, 0) == "none");
  const Process reader = Open({.mode = OpenMode::kReadOnly});
  const auto seen = Find(reader);
  CHECK(absl::IsPermissionDenied(seen->SetOffsets(std::vector{At(0, 5)}, Durability::kProcess)));
  CHECK(absl::IsNotFound(Group::Open(reader->local_folder(), "x", GroupOpening::kCreate).status()));
}

TEST_CASE_METHOD(GroupTest, "a closed broker's groups refuse") {
  const auto group = Find(first, GroupOpening::kCreate);
  REQUIRE(first->Close().ok());
  CHECK(absl::IsFailedPrecondition(group->Describe().status()));
  CHECK(absl::IsFailedPrecondition(group->Offsets().status()));
  CHECK(absl::IsFailedPrecondition(group->SetOffsets({}, Durability::kProcess)));
  CHECK(absl::IsFailedPrecondition(ListGroups(first->state()).status()));
  CHECK(absl::IsFailedPrecondition(Group::Open(first->local_folder(), "g", GroupOpening::kExisting).status()));
}

}  // namespace
}  // namespace leat::group
