// What one asks, and does, about a group as a whole.
#include <leat/leat.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/group_members.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::AssignmentOf;
using testing::Divided;
using testing::Names;
using testing::PollAll;
using testing::PollUntil;
using Strings = std::vector<std::string>;
using Changes = std::vector<OffsetChange>;

const TopicPartition kT0{"t", 0};
const TopicPartition kT1{"t", 1};

struct Fixture {
  Broker broker = *Broker::InMemory();
  Producer producer = *Producer::Open(broker);
  ConsumerGroup group = *ConsumerGroup::Open(broker, "g");

  Fixture() { REQUIRE(broker.CreateTopic("t", {.partitions = 2}).ok()); }
  Consumer Join(const std::string& id = "g") {
    auto consumer = Consumer::Open(
        broker, {.group_id = id, .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest});
    REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
    return *std::move(consumer);
  }
  // Ten records in each partition, a second apart, the last of them an hour ago.
  Timestamp Fill() {
    const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const Timestamp first = now - 1h - 9s;
    for (PartitionId p = 0; p < 2; ++p) {
      for (int i = 0; i < 10; ++i) {
        const Timestamp time = first + i * 1000ms;
        REQUIRE(producer.Send("t", {.value = "v", .timestamp = time, .partition = p}).ok());
      }
    }
    return first;
  }
  // What the group is to have committed, by a member that then leaves.
  void Commit(Offset t0, Offset t1, const std::string& metadata = "") {
    Consumer consumer = Join();
    REQUIRE(consumer
                .Commit({{.partition = kT0, .offset = t0, .metadata = metadata},
                         {.partition = kT1, .offset = t1, .metadata = metadata}})
                .ok());
  }
  std::vector<Offset> Committed() {
    const auto description = group.Describe();
    REQUIRE(description.ok());
    std::vector<Offset> offsets;
    for (const auto& one : description->partitions) offsets.push_back(one.committed ? one.committed->offset : -1);
    return offsets;
  }
};

}  // namespace

TEST_CASE("a folder's groups are listed, sorted by their ids") {
  Fixture f;
  CHECK(ConsumerGroup::List(f.broker)->empty());
  Consumer b = f.Join("b");
  Consumer a = f.Join("a/%2f b");
  CHECK(*ConsumerGroup::List(f.broker) == Strings{"a/%2f b", "b"});
}

TEST_CASE("what is no group's id is refused, and a group that is not there is not found") {
  Fixture f;
  CHECK(absl::IsInvalidArgument(ConsumerGroup::Open(f.broker, "").status()));
  CHECK(absl::IsInvalidArgument(ConsumerGroup::Open(f.broker, std::string(201, 'x')).status()));
  CHECK(absl::IsNotFound(f.group.Describe().status()));
  CHECK(absl::IsNotFound(f.group.Delete()));
  CHECK(f.group.id() == "g");
}

TEST_CASE("a description tells members, who reads what, what is committed, and the lag behind that") {
  Fixture f;
  f.Fill();
  Consumer a = f.Join();
  Consumer b = f.Join();
  PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 2, 1, 1); });
  Consumer& reader_of_0 = AssignmentOf(a).at(0) == kT0 ? a : b;
  REQUIRE(reader_of_0.Commit({{.partition = kT0, .offset = 4, .metadata = "m"}}).ok());

  const auto description = f.group.Describe();
  REQUIRE(description.ok());
  CHECK(description->id == "g");
  CHECK(description->state == GroupState::kStable);
  CHECK(description->assignor == "sticky");
  CHECK(description->generation > 0);
  CHECK(description->status.ok());
  REQUIRE(description->members.size() == 2);
  for (const GroupMemberDescription& member : description->members) {
    CHECK((member.id == a.member_id() || member.id == b.member_id()));
    CHECK(member.pid > 0);
    CHECK_FALSE(member.host.empty());
    CHECK_FALSE(member.away);
    CHECK(member.topics == Strings{"t"});
    CHECK(member.assignment.size() == 1);
    CHECK(member.assignment == member.target);
  }
  REQUIRE(description->partitions.size() == 2);
  const GroupPartitionDescription& t0 = description->partitions[0];
  CHECK(t0.partition == kT0);
  CHECK(t0.member_id == reader_of_0.member_id());
  REQUIRE(t0.committed.has_value());
  CHECK(t0.committed->offset == 4);
  CHECK(t0.committed->metadata == "m");
  REQUIRE(t0.lag.ok());
  CHECK(t0.lag->records == 6);
  CHECK(t0.lag->bytes > 0);
  CHECK(t0.lag->time >= 1h);
  const GroupPartitionDescription& t1 = description->partitions[1];
  CHECK_FALSE(t1.committed.has_value());
  CHECK(t1.lag->records == 10);
}

TEST_CASE("a group whose members are gone keeps its offsets") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5);
  const auto description = f.group.Describe();
  REQUIRE(description.ok());
  CHECK(description->state == GroupState::kEmpty);
  CHECK(description->members.empty());
  CHECK(f.Committed() == std::vector<Offset>{3, 5});
}

TEST_CASE("offsets are reset to begin, end, an offset, by a number of records, a time, an age") {
  Fixture f;
  const Timestamp first = f.Fill();
  const auto to = [&](const ResetTarget& target) {
    f.Commit(3, 5);
    const auto changes = f.group.Reset(target);
    REQUIRE(changes.ok());
    REQUIRE(changes->size() == 2);
    CHECK(changes->at(0) == OffsetChange{.partition = kT0, .from = 3, .to = changes->at(0).to});
    CHECK(f.Committed() == std::vector<Offset>{changes->at(0).to, changes->at(1).to});
    return std::vector<Offset>{changes->at(0).to, changes->at(1).to};
  };
  using Offsets = std::vector<Offset>;
  CHECK(to(ResetTarget::Begin()) == Offsets{0, 0});
  CHECK(to(ResetTarget::End()) == Offsets{10, 10});
  CHECK(to(ResetTarget::To(7)) == Offsets{7, 7});
  CHECK(to(ResetTarget::To(1'000)) == Offsets{10, 10});
  CHECK(to(ResetTarget::To(-1)) == Offsets{0, 0});
  CHECK(to(ResetTarget::Shift(2)) == Offsets{5, 7});
  CHECK(to(ResetTarget::Shift(-4)) == Offsets{0, 1});
  CHECK(to(ResetTarget::Shift(std::numeric_limits<std::int64_t>::max())) == Offsets{10, 10});
  CHECK(to(ResetTarget::Shift(std::numeric_limits<std::int64_t>::min())) == Offsets{0, 0});
  CHECK(to(ResetTarget::Time(first + 2s)) == Offsets{2, 2});
  CHECK(to(ResetTarget::Time(first + 1h)) == Offsets{10, 10});
  CHECK(to(ResetTarget::Ago(2h)) == Offsets{0, 0});
  CHECK(to(ResetTarget::Ago(0ms)) == Offsets{10, 10});
}

TEST_CASE("a dry run says what a reset would do, and does nothing") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5);
  const auto changes = f.group.Reset(ResetTarget::Begin(), {.dry_run = true});
  REQUIRE(changes.ok());
  CHECK(*changes == Changes{{kT0, 3, 0}, {kT1, 5, 0}});
  CHECK(f.Committed() == std::vector<Offset>{3, 5});
}

TEST_CASE("a reset is of what it names: topics, partitions; it makes the group if need be") {
  Fixture f;
  f.Fill();
  CHECK(f.group.Reset(ResetTarget::End())->empty());  // nothing is committed
  CHECK(absl::IsNotFound(f.group.Describe().status()));
  const auto one = f.group.Reset(ResetTarget::To(2), {.partitions = {kT1}});
  REQUIRE(one.ok());
  CHECK(*one == Changes{{kT1, std::nullopt, 2}});
  const auto all = f.group.Reset(ResetTarget::Shift(1), {.topics = {"t"}, .partitions = {kT0}});
  REQUIRE(all.ok());
  CHECK(*all == Changes{{kT0, std::nullopt, 1}, {kT1, 2, 3}});
  CHECK(absl::IsNotFound(f.group.Reset(ResetTarget::Begin(), {.topics = {"u"}}).status()));
  CHECK(absl::IsNotFound(f.group.Reset(ResetTarget::Begin(), {.partitions = {{"t", 2}}}).status()));
  Consumer consumer = f.Join();
  CHECK(PollAll(consumer).size() == 9 + 7);
}

TEST_CASE("while it has members, nobody resets, fills, forgets or deletes a group") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5);
  {
    Consumer other = f.Join("other");
    REQUIRE(other.Commit({{.partition = kT0, .offset = 9}}).ok());
  }
  const ConsumerGroup other = *ConsumerGroup::Open(f.broker, "other");
  Consumer member = f.Join();
  CHECK(absl::IsFailedPrecondition(f.group.Reset(ResetTarget::Begin()).status()));
  CHECK(absl::IsFailedPrecondition(f.group.CopyFrom(other).status()));
  CHECK(absl::IsFailedPrecondition(f.group.Forget({kT0})));
  const absl::Status refused = f.group.Delete();
  CHECK(absl::IsFailedPrecondition(refused));
  CHECK(std::string(refused.message()).find("\"g\"") != std::string::npos);
  CHECK(f.group.Reset(ResetTarget::Begin(), {.dry_run = true}).ok());
  CHECK(f.Committed() == std::vector<Offset>{3, 5});
  REQUIRE(member.Close().ok());
  CHECK(f.group.Reset(ResetTarget::Begin()).ok());
}

TEST_CASE("a group's offsets are copied with their metadata, over those it has") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5, "m");
  ConsumerGroup copy = *ConsumerGroup::Open(f.broker, "copy");
  CHECK(absl::IsNotFound(f.group.CopyFrom(copy).status()));
  CHECK(*copy.CopyFrom(f.group, true) == Changes{{kT0, std::nullopt, 3}, {kT1, std::nullopt, 5}});
  CHECK(absl::IsNotFound(copy.Describe().status()));
  REQUIRE(copy.Reset(ResetTarget::To(8), {.partitions = {kT0}}).ok());
  CHECK(*copy.CopyFrom(f.group) == Changes{{kT0, 8, 3}, {kT1, std::nullopt, 5}});
  const auto description = copy.Describe();
  REQUIRE((description.ok() && description->partitions.size() == 2));
  CHECK(description->partitions[1].committed->offset == 5);
  CHECK(description->partitions[1].committed->metadata == "m");
}

TEST_CASE("offsets are forgotten one by one, and a group is deleted with all of them") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5);
  REQUIRE(f.group.Forget({kT0, {"t", 7}}).ok());
  CHECK(f.Committed() == std::vector<Offset>{5});
  REQUIRE(f.group.Delete().ok());
  CHECK(ConsumerGroup::List(f.broker)->empty());
  CHECK(absl::IsNotFound(f.group.Describe().status()));
  Consumer consumer = f.Join();
  CHECK(PollAll(consumer).size() == 20);
}

TEST_CASE("what was committed for a topic that is no more is not shown") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5);
  REQUIRE(f.broker.DeleteTopic("t").ok());
  CHECK(f.group.Describe()->partitions.empty());
  REQUIRE(f.broker.CreateTopic("t", {.partitions = 2}).ok());
  CHECK(f.group.Describe()->partitions.empty());
  CHECK(f.group.Reset(ResetTarget::End())->empty());
}

TEST_CASE("a group that was moved from refuses everything, and the one it was moved to goes on") {
  Fixture f;
  f.Fill();
  f.Commit(3, 5);
  ConsumerGroup moved = std::move(f.group);
  CHECK(f.group.id().empty());
  CHECK(absl::IsFailedPrecondition(f.group.Describe().status()));
  CHECK(absl::IsFailedPrecondition(f.group.Reset(ResetTarget::Begin()).status()));
  CHECK(absl::IsFailedPrecondition(f.group.CopyFrom(moved).status()));
  CHECK(absl::IsFailedPrecondition(moved.CopyFrom(f.group).status()));
  CHECK(absl::IsFailedPrecondition(f.group.Forget({})));
  CHECK(absl::IsFailedPrecondition(f.group.Delete()));
  CHECK(moved.id() == "g");
  CHECK(moved.Describe()->partitions.size() == 2);
}

TEST_CASE("a member whose broker is closed is gone for the others, and its group may be reset") {
  const testing::TempFolder folder;
  const std::string path = folder / "data";
  auto first = Broker::Open(path);
  REQUIRE((first.ok() && first->CreateTopic("t", {.partitions = 2}).ok()));
  auto member = Consumer::Open(*first, {.group_id = "g"});
  REQUIRE((member.ok() && member->Subscribe({"t"}).ok()));
  auto second = Broker::Open(path);
  REQUIRE(second.ok());
  auto group = ConsumerGroup::Open(*second, "g");
  REQUIRE(group.ok());
  CHECK(absl::IsFailedPrecondition(group->Reset(ResetTarget::Begin(), {.topics = {"t"}}).status()));
  REQUIRE(first->Close().ok());
  CHECK(absl::IsFailedPrecondition(member->Poll(0ms).status()));
  CHECK(group->Reset(ResetTarget::Begin(), {.topics = {"t"}})->size() == 2);
  CHECK(group->Describe()->members.empty());
}

TEST_CASE("a static member that is away is described as such") {
  Fixture f;
  {
    auto consumer = Consumer::Open(f.broker, {.group_id = "g", .group_instance_id = "one"});
    REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok() && consumer->Close().ok()));
  }
  const auto description = f.group.Describe();
  REQUIRE((description.ok() && description->members.size() == 1));
  CHECK(description->members[0].instance_id == "one");
  CHECK(description->members[0].away);
}

TEST_CASE("a read-only broker sees groups live, and changes none") {
  const testing::TempFolder folder;
  auto broker = Broker::Open(folder / "data");
  REQUIRE((broker.ok() && broker->CreateTopic("t", {.partitions = 1}).ok()));
  auto producer = Producer::Open(*broker);
  REQUIRE((producer.ok() && producer->Send("t", {.value = "a"}).ok()));
  auto looking = Broker::Open(folder / "data", {.mode = OpenMode::kReadOnly});
  REQUIRE(looking.ok());
  CHECK(ConsumerGroup::List(*looking)->empty());
  auto member = Consumer::Open(*broker, {.group_id = "g", .auto_offset_reset = OffsetReset::kEarliest});
  REQUIRE((member.ok() && member->Subscribe({"t"}).ok()));
  CHECK(*ConsumerGroup::List(*looking) == Strings{"g"});
  auto group = ConsumerGroup::Open(*looking, "g");
  REQUIRE(group.ok());
  auto description = group->Describe();
  REQUIRE((description.ok() && description->members.size() == 1 && description->partitions.size() == 1));
  CHECK(description->members[0].id == member->member_id());
  CHECK(description->partitions[0].lag->records == 1);
  CHECK(PollAll(*member).size() == 1);
  REQUIRE(member->Commit().ok());
  description = group->Describe();
  REQUIRE((description.ok() && description->partitions.size() == 1));
  CHECK(description->partitions[0].committed->offset == 1);
  CHECK(description->partitions[0].lag->records == 0);
  REQUIRE(member->Close().ok());
  CHECK(absl::IsPermissionDenied(group->Reset(ResetTarget::Begin()).status()));
  CHECK(absl::IsPermissionDenied(group->Forget({{"t", 0}})));
  CHECK(absl::IsPermissionDenied(group->Delete()));
}

}  // namespace leat
