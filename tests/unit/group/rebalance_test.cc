#include "group/rebalance.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "group/assignor.h"
#include "support/catch.h"

namespace leat::group {
namespace {

base::Uuid Id(std::uint8_t first) {
  base::Uuid id{};
  id[0] = static_cast<std::byte>(first);
  return id;
}

struct RebalanceTest {
  Rebalanced Do(const GroupEvent& event) {
    auto after = Rebalance(state, event);
    REQUIRE(after.ok());
    state = after->state;
    return *std::move(after);
  }
  absl::StatusCode Fails(const GroupEvent& event) {
    const auto after = Rebalance(state, event);
    return after.status().code();
  }
  JoinEvent Joining(const std::string& instance_id = "", std::vector<std::string> topics = {"t"}) {
    JoinEvent event;
    event.member.process = 1;
    event.member.member_id = fmt::format("m{}", next++);
    event.member.instance_id = instance_id;
    event.assignor = assignor;
    event.topics = std::move(topics);
    for (const std::string& topic : event.topics) {
      for (const TopicFact& fact : facts) {
        if (fact.name == topic) event.facts.push_back(fact);
      }
    }
    return event;
  }
  MemberIndex Join(const std::string& instance_id = "", std::vector<std::string> topics = {"t"}) {
    return Do(Joining(instance_id, std::move(topics))).joined;
  }
  std::vector<MemberIndex> Owners(const std::string& topic = "t") { return FindTopic(state, topic)->owner; }
  std::vector<MemberIndex> Targets(const std::string& topic = "t") { return FindTopic(state, topic)->target; }
  Rebalanced Release(MemberIndex member, PartitionId partition) {
    return Do(ReleaseEvent{.member = member, .partitions = {{"t", Id(1), partition}}});
  }

  std::vector<TopicFact> facts = {{"t", Id(1), 4}, {"u", Id(2), 2}};
  std::string assignor = std::string(kStickyAssignor);
  MembershipState state;
  int next = 0;
};

using Members = std::vector<MemberIndex>;

TEST_CASE_METHOD(RebalanceTest, "the first member owns everything at once") {
  const Rebalanced first = Do(Joining());
  CHECK(first.joined == 0);
  CHECK(first.concerned == Members{0});
  CHECK(Owners() == Members{0, 0, 0, 0});
  CHECK(state.generation == 1);
  CHECK(state.target_generation == 1);
}

TEST_CASE_METHOD(RebalanceTest, "a partition is its new owner's as soon as the old one has released it") {
  Join();
  const Rebalanced second = Do(Joining());
  CHECK(second.concerned == Members{0, 1});
  CHECK(Owners() == Members{0, 0, 0, 0});
  REQUIRE(Targets() == Members{1, 1, 0, 0});
  const Rebalanced released = Release(0, 0);
  CHECK(released.concerned == Members{1});
  CHECK(Owners() == Members{1, 0, 0, 0});
  Release(0, 1);
  CHECK(Owners() == Targets());
  CHECK(state.generation == 2);
  CHECK(IsSettled(state));
}

TEST_CASE_METHOD(RebalanceTest, "who releases what nobody asked for gets it back, and is called") {
  Join();
  const Rebalanced released = Release(0, 2);
  CHECK(released.concerned == Members{0});
  CHECK(Owners() == Members{0, 0, 0, 0});
}

TEST_CASE_METHOD(RebalanceTest,
                 "a member cannot release what is another's, or of another topic of the name, or nowhere") {
  Join();
  Join();
  const MembershipState before = state;
  Release(1, 0);
  Do(ReleaseEvent{.member = 0, .partitions = {{"t", Id(9), 0}, {"t", Id(1), 4}, {"t", Id(1), -1}, {"x", Id(1), 0}}});
  CHECK(state == before);
}

TEST_CASE_METHOD(RebalanceTest, "who goes leaves everything to the others, at once") {
  Join();
  Join();
  Release(0, 0);
  const Rebalanced left = Do(RemoveEvent{.member = 0});
  CHECK(left.concerned == Members{1});
  CHECK(Owners() == Members{1, 1, 1, 1});
  Do(RemoveEvent{.member = 1});
  CHECK(state.members.empty());
  CHECK(state.topics.empty());
  CHECK(state.subscriptions.empty());
  CHECK(state.assignor.empty());
  CHECK(state.generation == 4);
}

TEST_CASE_METHOD(RebalanceTest, "a partition on its way to somebody who goes stays where it is") {
  Join();
  Join();
  const Rebalanced left = Do(RemoveEvent{.member = 1});
  CHECK(Owners() == Members{0, 0, 0, 0});
  CHECK(Targets() == Owners());
  CHECK(left.concerned.empty());
}

TEST_CASE_METHOD(RebalanceTest, "lines are taken again, epochs never") {
  Join();
  Join();
  Do(RemoveEvent{.member = 0});
  CHECK(Join() == 0);
  CHECK(FindMember(state, 0)->epoch == 3);
  CHECK(FindMember(state, 1)->epoch == 2);
  CHECK(Join() == 2);
}

TEST_CASE_METHOD(RebalanceTest, "who comes with a member's instance id takes its place, and nobody else notices") {
  Join("a");
  Join();
  Release(0, 0);
  Release(0, 1);
  const std::int32_t generation = state.generation;
  const auto owners = Owners();
  SECTION("while it is there") {}
  SECTION("while it is away") {
    Do(StepAwayEvent{.member = 0});
    CHECK(FindMember(state, 0)->away());
    CHECK(Owners() == owners);
  }
  const Rebalanced back = Do(Joining("a"));
  CHECK(back.joined == 0);
  CHECK(back.replaced_epoch == 1);
  CHECK(back.concerned == Members{0});
  CHECK(FindMember(state, 0)->epoch == 3);
  CHECK_FALSE(FindMember(state, 0)->away());
  CHECK(Owners() == owners);
  CHECK(state.generation == generation);
}

TEST_CASE_METHOD(RebalanceTest, "who comes back to its place with another subscription begins a generation") {
  Join("a");
  const std::int32_t generation = state.generation;
  Join("a", {"t", "u"});
  CHECK(state.generation == generation + 1);
  CHECK(Owners("u") == Members{0, 0});
}

TEST_CASE_METHOD(RebalanceTest, "a member that subscribes to less is to release the rest") {
  Join("", {"t", "u"});
  const Rebalanced less = Do(ResubscribeEvent{.member = 0, .topics = {"t"}, .facts = {facts[0]}});
  CHECK(less.concerned == Members{0});
  CHECK(Owners("u") == Members{0, 0});
  CHECK(Targets("u") == Members{kNobody, kNobody});
  Do(ReleaseEvent{.member = 0, .partitions = {{"u", Id(2), 0}, {"u", Id(2), 1}}});
  CHECK(FindTopic(state, "u") == nullptr);
}

TEST_CASE_METHOD(RebalanceTest, "a resubscription that changes nothing changes nothing") {
  Join();
  const MembershipState before = state;
  CHECK(Do(ResubscribeEvent{.member = 0, .topics = {"t"}, .facts = {facts[0]}}).concerned.empty());
  CHECK(state == before);
}

TEST_CASE_METHOD(RebalanceTest, "partitions that are added are somebody's at once") {
  Join();
  facts[0].partitions = 6;
  const Rebalanced grown = Do(ResubscribeEvent{.member = 0, .topics = {"t"}, .facts = {facts[0]}});
  CHECK(grown.concerned == Members{0});
  CHECK(Owners() == Members{0, 0, 0, 0, 0, 0});
}

TEST_CASE_METHOD(RebalanceTest, "a topic that is gone is nobody's, and its readers are called") {
  Join();
  Join();
  Release(0, 0);
  SECTION("for good") { facts[0] = {"t", {}, 0}; }
  SECTION("and made again") { facts[0].id = Id(3); }
  const Rebalanced gone = Do(ResubscribeEvent{.member = 1, .topics = {"t"}, .facts = {facts[0]}});
  CHECK(gone.concerned == Members{0, 1});
  const auto owners = Owners();
  CHECK(owners.size() == static_cast<std::size_t>(facts[0].partitions));
  CHECK(std::count(owners.begin(), owners.end(), kNobody) == 0);
}

TEST_CASE_METHOD(RebalanceTest, "a topic that is not there yet is waited for") {
  facts.push_back({"later", {}, 0});
  Join("", {"later"});
  CHECK(Owners("later").empty());
  const TopicFact later{"later", Id(7), 2};
  Do(ResubscribeEvent{.member = 0, .topics = {"later"}, .facts = {later}});
  CHECK(Owners("later") == Members{0, 0});
}

TEST_CASE_METHOD(RebalanceTest, "all members use one assignor, until there are none") {
  Join();
  assignor = std::string(kRangeAssignor);
  CHECK(Fails(Joining()) == absl::StatusCode::kFailedPrecondition);
  Do(RemoveEvent{.member = 0});
  CHECK(Join() == 0);
  CHECK(state.assignor == kRangeAssignor);
}

TEST_CASE_METHOD(RebalanceTest, "a user's assignor is waited for, and its answer is for its own generation only") {
  assignor = "mine";
  const Rebalanced first = Do(Joining());
  CHECK(first.concerned == Members{0});
  CHECK(state.target_generation < state.generation);
  CHECK(Owners() == Members(4, kNobody));
  const std::vector<std::vector<TopicPartition>> all = {{{"t", 0}, {"t", 1}, {"t", 2}}};
  CHECK(Fails(AssignEvent{.generation = 0, .assignment = all}) == absl::StatusCode::kAborted);
  Do(AssignEvent{.generation = 1, .assignment = all});
  CHECK(Owners() == Members{0, 0, 0, kNobody});
  CHECK(IsSettled(state));
  // Until the next answer what there is goes on.
  Join();
  CHECK(Owners() == Members{0, 0, 0, kNobody});
  CHECK_FALSE(IsSettled(state));
  Do(AssignEvent{.generation = 2, .assignment = {{{"t", 0}}, {{"t", 1}, {"t", 3}}}});
  CHECK(Owners() == Members{0, 0, 0, 1});
  CHECK(Targets() == Members{0, 1, kNobody, 1});
}

TEST_CASE_METHOD(RebalanceTest, "an answer that no group may have is void") {
  assignor = "mine";
  Join();
  Join("", {"u"});
  const auto answer = [&](std::vector<std::vector<TopicPartition>> assignment) {
    return Fails(AssignEvent{.generation = state.generation, .assignment = std::move(assignment)});
  };
  const auto refused = absl::StatusCode::kInvalidArgument;
  CHECK(answer({{{"t", 0}}}) == refused);                // of too few members
  CHECK(answer({{{"t", 0}}, {}, {}}) == refused);        // of too many
  CHECK(answer({{{"t", 4}}, {}}) == refused);            // no such partition
  CHECK(answer({{{"t", -1}}, {}}) == refused);           // never
  CHECK(answer({{{"x", 0}}, {}}) == refused);            // no such topic
  CHECK(answer({{}, {{"t", 0}}}) == refused);            // not subscribed
  CHECK(answer({{{"t", 0}, {"t", 0}}, {}}) == refused);  // twice
  CHECK(answer({{{"t", 0}}, {{"u", 1}}}) == absl::StatusCode::kOk);
}

TEST_CASE_METHOD(RebalanceTest, "who steps away and has no instance id is gone, whatever its line said of it") {
  Join();
  Join("a");
  Do(StepAwayEvent{.member = 0});
  CHECK(FindMember(state, 0) == nullptr);
  CHECK(FindMember(state, 1) != nullptr);
}

TEST_CASE_METHOD(RebalanceTest, "a group takes 1,024 members, and no more") {
  facts[0].partitions = 1;
  for (int i = 0; i < 1024; ++i) REQUIRE(Join() == i);
  CHECK(Fails(Joining()) == absl::StatusCode::kResourceExhausted);
  Do(RemoveEvent{.member = 500});
  CHECK(Join() == 500);
}

TEST_CASE_METHOD(RebalanceTest, "events of who is not there fail") {
  CHECK(Fails(RemoveEvent{.member = 0}) == absl::StatusCode::kNotFound);
  CHECK(Fails(ReleaseEvent{.member = 3, .partitions = {}}) == absl::StatusCode::kNotFound);
  CHECK(Fails(ResubscribeEvent{.member = 3, .topics = {}, .facts = {}}) == absl::StatusCode::kNotFound);
  CHECK(Fails(StepAwayEvent{.member = 3}) == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace leat::group
