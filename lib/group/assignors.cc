#include "group/assignors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "group/assignor.h"
#include "group/layout.h"

namespace leat::group {
namespace {

// As Kafka orders members: a static one keeps its place over restarts.
std::vector<const MemberState*> SortedMembers(const MembershipState& state) {
  std::vector<const MemberState*> members;
  for (const MemberState& member : state.members) members.push_back(&member);
  const auto key = [](const MemberState* member) -> const std::string& {
    return member->instance_id.empty() ? member->member_id : member->instance_id;
  };
  std::sort(members.begin(), members.end(), [&](const MemberState* a, const MemberState* b) {
    return std::pair(std::string_view(key(a)), a->index) < std::pair(std::string_view(key(b)), b->index);
  });
  return members;
}

void ClearTarget(TopicState& topic) { std::fill(topic.target.begin(), topic.target.end(), kNobody); }

absl::Status Refuse(const MembershipState& state, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format(
      "the answer of the assignor \"{}\" is void: {}; the assignment stays as it was", state.assignor, what));
}

}  // namespace

bool IsBuiltInAssignor(std::string_view name) {
  return name == kStickyAssignor || name == kRangeAssignor || name == kRoundRobinAssignor;
}

void ComputeTarget(MembershipState& state) {
  if (state.assignor == kRangeAssignor) return AssignRange(state);
  if (state.assignor == kRoundRobinAssignor) return AssignRoundRobin(state);
  AssignSticky(state);
}

void AssignRange(MembershipState& state) {
  const std::vector<const MemberState*> members = SortedMembers(state);
  for (TopicState& topic : state.topics) {
    ClearTarget(topic);
    std::vector<MemberIndex> readers;
    for (const MemberState* member : members) {
      if (IsSubscribed(state, *member, topic.name)) readers.push_back(member->index);
    }
    if (readers.empty()) continue;
    const std::size_t each = topic.partitions() / readers.size(), more = topic.partitions() % readers.size();
    std::size_t partition = 0;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      const std::size_t end = partition + each + (i < more ? 1 : 0);
      for (; partition < end; ++partition) topic.target[partition] = readers[i];
    }
  }
}

void AssignRoundRobin(MembershipState& state) {
  const std::vector<const MemberState*> members = SortedMembers(state);
  std::size_t turn = 0;
  for (TopicState& topic : state.topics) {
    ClearTarget(topic);
    const auto reads = [&](const MemberState* member) { return IsSubscribed(state, *member, topic.name); };
    if (std::none_of(members.begin(), members.end(), reads)) continue;
    for (MemberIndex& target : topic.target) {
      while (!reads(members[turn % members.size()])) ++turn;
      target = members[turn++ % members.size()]->index;
    }
  }
}

AssignmentRequest RequestOf(const MembershipState& state) {
  AssignmentRequest request;
  for (const TopicState& topic : state.topics) {
    const bool wanted = std::any_of(state.members.begin(), state.members.end(), [&](const MemberState& member) {
      return IsSubscribed(state, member, topic.name);
    });
    if (wanted && topic.partitions() > 0) {
      request.topics.push_back({topic.name, static_cast<PartitionId>(topic.partitions())});
    }
  }
  for (const MemberState& member : state.members) {
    AssignmentRequest::Member& asked = request.members.emplace_back();
    asked.id = member.member_id;
    asked.instance_id = member.instance_id;
    for (const AssignmentRequest::Topic& topic : request.topics) {
      if (IsSubscribed(state, member, topic.name)) asked.topics.push_back(topic.name);
    }
    for (const TopicState& topic : state.topics) {
      for (std::size_t p = 0; p < topic.partitions(); ++p) {
        if (topic.target[p] == member.index) asked.owned.push_back({topic.name, static_cast<PartitionId>(p)});
      }
    }
  }
  return request;
}

absl::Status TakeAssignment(MembershipState& state, const std::vector<std::vector<TopicPartition>>& assignment) {
  if (assignment.size() != state.members.size()) {
    return Refuse(state, fmt::format("it is for {} members of {}", assignment.size(), state.members.size()));
  }
  std::vector<std::vector<MemberIndex>> targets;
  for (const TopicState& topic : state.topics) targets.emplace_back(topic.partitions(), kNobody);
  for (std::size_t m = 0; m < assignment.size(); ++m) {
    const MemberState& member = state.members[m];
    for (const TopicPartition& partition : assignment[m]) {
      const TopicState* topic = FindTopic(state, partition.topic);
      if (topic == nullptr || partition.partition < 0 ||
          static_cast<std::size_t>(partition.partition) >= topic->partitions()) {
        return Refuse(state, fmt::format("there is no {}", partition));
      }
      if (!IsSubscribed(state, member, partition.topic)) {
        return Refuse(state,
                      fmt::format("{} goes to {}, which does not subscribe to it", partition, member.member_id));
      }
      const auto place = static_cast<std::size_t>(topic - state.topics.data());
      MemberIndex& target = targets[place][static_cast<std::size_t>(partition.partition)];
      if (target != kNobody) return Refuse(state, fmt::format("{} is in it twice", partition));
      target = member.index;
    }
  }
  for (std::size_t t = 0; t < targets.size(); ++t) state.topics[t].target = std::move(targets[t]);
  return absl::OkStatus();
}

void DropVoidTargets(MembershipState& state) {
  for (TopicState& topic : state.topics) {
    // By member, once a topic, not once a partition.
    std::vector<bool> reads(kMaxMembers);
    for (const MemberState& member : state.members) reads[member.index] = IsSubscribed(state, member, topic.name);
    for (MemberIndex& target : topic.target) {
      if (target >= reads.size() || !reads[target]) target = kNobody;
    }
  }
}

}  // namespace leat::group
