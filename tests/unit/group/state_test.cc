#include "group/state.h"

#include "support/catch.h"

namespace leat::group {
namespace {

MembershipState State() {
  MembershipState state;
  for (const MemberIndex index : {MemberIndex{1}, MemberIndex{4}}) state.members.emplace_back().index = index;
  for (const char* name : {"b", "d"}) {
    TopicState& topic = state.topics.emplace_back();
    topic.name = name;
    topic.owner = {1, kNobody};
    topic.target = topic.owner;
  }
  state.subscriptions = {{"b"}};
  return state;
}

TEST_CASE("members and topics are found by what they are called, and nothing else is") {
  MembershipState state = State();
  const MembershipState& constant = state;
  for (const MemberIndex index : {MemberIndex{0}, MemberIndex{2}, MemberIndex{5}, kNobody}) {
    CHECK(FindMember(state, index) == nullptr);
  }
  CHECK(FindMember(state, 1) == &state.members[0]);
  CHECK(FindMember(constant, 4) == &state.members[1]);
  for (const char* name : {"", "a", "c", "e", "bb"}) CHECK(FindTopic(state, name) == nullptr);
  CHECK(FindTopic(state, "b") == &state.topics[0]);
  CHECK(FindTopic(constant, "d") == &state.topics[1]);
}

TEST_CASE("a group has settled when every partition is where it is to be, and nobody is to say where") {
  MembershipState state = State();
  CHECK(IsSettled(state));
  state.topics[1].target[1] = 4;
  CHECK_FALSE(IsSettled(state));
  state.topics[1].owner[1] = 4;
  CHECK(IsSettled(state));
  ++state.generation;
  CHECK_FALSE(IsSettled(state));
  CHECK(IsSettled(MembershipState{}));
}

TEST_CASE("a member subscribes to what its subscription has") {
  const MembershipState state = State();
  CHECK(IsSubscribed(state, state.members[0], "b"));
  CHECK_FALSE(IsSubscribed(state, state.members[0], "d"));
}

}  // namespace
}  // namespace leat::group
