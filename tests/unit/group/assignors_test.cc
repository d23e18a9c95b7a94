#include "group/assignors.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "group/assignor.h"
#include "support/catch.h"

namespace leat::group {
namespace {

// Members by name, in the order given, each with its topics.
MembershipState Group(std::vector<std::pair<std::string, std::vector<std::string>>> members,
                      std::map<std::string, std::size_t> topics) {
  MembershipState state;
  for (auto& [name, subscription] : members) {
    MemberState& member = state.members.emplace_back();
    member.index = static_cast<MemberIndex>(state.members.size() - 1);
    member.epoch = state.next_epoch++;
    member.process = 1;
    member.member_id = name;
    const auto known = std::find(state.subscriptions.begin(), state.subscriptions.end(), subscription);
    member.subscription = static_cast<std::uint32_t>(known - state.subscriptions.begin());
    if (known == state.subscriptions.end()) state.subscriptions.push_back(subscription);
  }
  for (const auto& [name, partitions] : topics) {
    TopicState& topic = state.topics.emplace_back();
    topic.name = name;
    topic.owner.resize(partitions, kNobody);
    topic.target.resize(partitions, kNobody);
  }
  return state;
}

using Members = std::vector<MemberIndex>;

std::vector<std::size_t> Loads(const MembershipState& state) {
  std::vector<std::size_t> loads(state.members.size());
  for (const TopicState& topic : state.topics) {
    for (const MemberIndex target : topic.target) {
      if (target != kNobody) ++loads[target];
    }
  }
  return loads;
}

TEST_CASE("range gives neighbours to each member, of each topic, the first ones more") {
  // By their ids, not in the order in which they came.
  auto state = Group({{"c", {"t", "u"}}, {"a", {"t", "u"}}, {"b", {"t"}}}, {{"t", 7}, {"u", 3}});
  AssignRange(state);
  CHECK(state.topics[0].target == Members{1, 1, 1, 2, 2, 0, 0});
  CHECK(state.topics[1].target == Members{1, 1, 0});
}

TEST_CASE("range gives more members than partitions nothing to the last") {
  auto state = Group({{"a", {"t"}}, {"b", {"t"}}, {"c", {"t"}}}, {{"t", 2}});
  AssignRange(state);
  CHECK(state.topics[0].target == Members{0, 1});
}

TEST_CASE("round robin deals all partitions in turn, passing over who does not subscribe") {
  auto state = Group({{"c", {"t", "u"}}, {"a", {"t", "u"}}, {"b", {"t"}}}, {{"t", 4}, {"u", 4}});
  AssignRoundRobin(state);
  CHECK(state.topics[0].target == Members{1, 2, 0, 1});
  CHECK(state.topics[1].target == Members{0, 1, 0, 1});
}

TEST_CASE("static members are ordered by their instance ids") {
  auto state = Group({{"a", {"t"}}, {"b", {"t"}}}, {{"t", 2}});
  state.members[0].instance_id = "z";
  state.members[1].instance_id = "y";
  AssignRange(state);
  CHECK(state.topics[0].target == Members{1, 0});
}

TEST_CASE("what nobody subscribes to is nobody's") {
  auto state = Group({{"a", {"t"}}}, {{"t", 1}, {"u", 2}});
  for (const auto assign : {AssignRange, AssignRoundRobin, AssignSticky}) {
    assign(state);
    CHECK(state.topics[0].target == Members{0});
    CHECK(state.topics[1].target == Members{kNobody, kNobody});
  }
}

TEST_CASE("a group of nobody is assigned nothing") {
  auto state = Group({}, {{"t", 2}});
  for (const auto assign : {AssignRange, AssignRoundRobin, AssignSticky}) {
    assign(state);
    CHECK(state.topics[0].target == Members{kNobody, kNobody});
  }
}

TEST_CASE("sticky divides evenly, and moves no more than that takes") {
  auto state = Group({{"a", {"t"}}, {"b", {"t"}}, {"c", {"t"}}}, {{"t", 9}});
  state.topics[0].target = {0, 0, 0, 0, 0, 1, 1, 1, 1};
  AssignSticky(state);
  CHECK(Loads(state) == std::vector<std::size_t>{3, 3, 3});
  const Members before = {0, 0, 0, 0, 0, 1, 1, 1, 1};
  int moved = 0;
  for (std::size_t p = 0; p < 9; ++p) moved += state.topics[0].target[p] != before[p] ? 1 : 0;
  CHECK(moved == 3);
}

TEST_CASE("sticky leaves the larger share where most is") {
  auto state = Group({{"a", {"t"}}, {"b", {"t"}}}, {{"t", 5}});
  state.topics[0].target = {1, 0, 1, 0, 1};
  AssignSticky(state);
  CHECK(state.topics[0].target == Members{1, 0, 1, 0, 1});
}

TEST_CASE("sticky gives what was nobody's to whoever has least") {
  auto state = Group({{"a", {"t"}}, {"b", {"t"}}}, {{"t", 5}});
  state.topics[0].target = {0, 0, kNobody, kNobody, kNobody};
  AssignSticky(state);
  CHECK(state.topics[0].target == Members{0, 0, 1, 1, 0});
}

TEST_CASE("sticky lets a partition stay whose new owner is gone before it came") {
  auto state = Group({{"a", {"t"}}, {"b", {"t"}}}, {{"t", 2}});
  state.topics[0].owner = {1, 0};
  state.topics[0].target = {7, 0};  // 7 is no member
  AssignSticky(state);
  CHECK(state.topics[0].target == Members{1, 0});
}

TEST_CASE("sticky hands on over others where nobody can give directly") {
  // Only b shares topics with both: a gives to b, b to c.
  auto state = Group({{"a", {"t"}}, {"b", {"t", "u"}}, {"c", {"u"}}}, {{"t", 4}, {"u", 2}});
  state.topics[0].target = {0, 0, 0, 0};
  state.topics[1].target = {1, 1};
  AssignSticky(state);
  CHECK(Loads(state) == std::vector<std::size_t>{2, 2, 2});
  // Members with nothing in common with anybody stay as they are.
  auto apart = Group({{"a", {"t"}}, {"b", {"u"}}}, {{"t", 9}, {"u", 1}});
  AssignSticky(apart);
  CHECK(Loads(apart) == std::vector<std::size_t>{9, 1});
}

TEST_CASE("sticky assigns the same twice") {
  auto state = Group({{"a", {"t", "u"}}, {"b", {"t"}}, {"c", {"u"}}}, {{"t", 50}, {"u", 31}});
  AssignSticky(state);
  const MembershipState before = state;
  AssignSticky(state);
  CHECK(state == before);
}

TEST_CASE("a user's assignor is asked about what there is") {
  auto state = Group({{"a", {"later", "t"}}, {"b", {"t"}}}, {{"later", 0}, {"t", 2}, {"v", 1}});
  state.members[1].instance_id = "i";
  state.topics[1].target = {1, 0};
  const AssignmentRequest request = RequestOf(state);
  REQUIRE(request.topics.size() == 1);
  CHECK(request.topics[0].name == "t");
  CHECK(request.topics[0].partitions == 2);
  REQUIRE(request.members.size() == 2);
  CHECK(request.members[0].id == "a");
  CHECK(request.members[0].topics == std::vector<std::string>{"t"});
  CHECK(request.members[0].owned == std::vector<TopicPartition>{{"t", 1}});
  CHECK(request.members[1].instance_id == "i");
}

TEST_CASE("targets of members that are gone or have unsubscribed are dropped") {
  auto state = Group({{"a", {"t"}}, {"b", {"u"}}}, {{"t", 4}});
  state.topics[0].target = {0, 1, 9, kNobody};
  DropVoidTargets(state);
  CHECK(state.topics[0].target == Members{0, kNobody, kNobody, kNobody});
}

}  // namespace
}  // namespace leat::group
