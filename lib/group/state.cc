#include "group/state.h"

#include <algorithm>

namespace leat::group {
namespace {

template <typename Range, typename Key, typename Projection>
auto* FindSorted(Range& range, const Key& key, Projection projection) {
  const auto at = std::lower_bound(range.begin(), range.end(), key,
                                   [&](const auto& one, const Key& wanted) { return one.*projection < wanted; });
  return at != range.end() && (*at).*projection == key ? &*at : nullptr;
}

}  // namespace

MemberState* FindMember(MembershipState& state, MemberIndex index) {
  return FindSorted(state.members, index, &MemberState::index);
}

const MemberState* FindMember(const MembershipState& state, MemberIndex index) {
  return FindSorted(state.members, index, &MemberState::index);
}

TopicState* FindTopic(MembershipState& state, std::string_view name) {
  return FindSorted(state.topics, name, &TopicState::name);
}

const TopicState* FindTopic(const MembershipState& state, std::string_view name) {
  return FindSorted(state.topics, name, &TopicState::name);
}

bool IsSubscribed(const MembershipState& state, const MemberState& member, std::string_view topic) {
  const std::vector<std::string>& topics = state.subscriptions[member.subscription];
  return std::binary_search(topics.begin(), topics.end(), topic);
}

bool IsSettled(const MembershipState& state) {
  return state.generation == state.target_generation &&
         std::all_of(state.topics.begin(), state.topics.end(),
                     [](const TopicState& topic) { return topic.owner == topic.target; });
}

}  // namespace leat::group
