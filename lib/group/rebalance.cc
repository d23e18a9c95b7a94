#include "group/rebalance.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "group/assignors.h"
#include "group/layout.h"

namespace leat::group {
namespace {

class Step {
 public:
  explicit Step(MembershipState state) : state_(std::move(state)), before_(state_.topics) {}

  absl::Status Do(const JoinEvent& event);
  absl::Status Do(const ResubscribeEvent& event);
  absl::Status Do(const ReleaseEvent& event);
  absl::Status Do(const RemoveEvent& event);
  absl::Status Do(const StepAwayEvent& event);
  absl::Status Do(const AssignEvent& event);

  Rebalanced Finish() &&;

 private:
  absl::Status MissingMember(MemberIndex index) const;
  absl::StatusOr<MemberState*> PlaceFor(const MemberState& member);
  void Subscribe(MemberState& member, const std::vector<std::string>& topics);
  void DropUnusedSubscriptions();
  bool LearnFacts(const std::vector<TopicFact>& facts);
  void DropUnusedTopics();
  void BeginGeneration();
  void Grant();
  void NoteConcerned();

  MembershipState state_;
  const std::vector<TopicState> before_;
  MemberIndex joined_ = kNobody;
  std::uint32_t replaced_epoch_ = 0;
  std::vector<bool> concerned_ = std::vector<bool>(kNobody + 1u);
};

absl::Status Step::MissingMember(MemberIndex index) const {
  return absl::NotFoundError(fmt::format("there is no member {} in the group", index));
}

// Its line, that of its instance id, or the lowest free one.
absl::StatusOr<MemberState*> Step::PlaceFor(const MemberState& member) {
  if (!member.instance_id.empty()) {
    const auto same = std::find_if(state_.members.begin(), state_.members.end(),
                                   [&](const MemberState& other) { return other.instance_id == member.instance_id; });
    if (same != state_.members.end()) {
      replaced_epoch_ = same->epoch;
      return &*same;
    }
  }
  if (state_.members.size() >= kMaxMembers) {
    return absl::ResourceExhaustedError(fmt::format("the group has {} members, and no more can join", kMaxMembers));
  }
  MemberIndex index = 0;
  auto at = state_.members.begin();
  for (; at != state_.members.end() && at->index == index; ++at) ++index;
  at = state_.members.emplace(at);
  at->index = index;
  at->subscription = static_cast<std::uint32_t>(state_.subscriptions.size());  // none yet
  return &*at;
}

absl::Status Step::Do(const JoinEvent& event) {
  if (!state_.members.empty() && state_.assignor != event.assignor) {
    return absl::FailedPreconditionError(fmt::format(
        "the members of the group use the assignor \"{}\", and this one \"{}\": all must use the same; stop "
        "them all to change it",
        state_.assignor, event.assignor));
  }
  const absl::StatusOr<MemberState*> place = PlaceFor(event.member);
  if (!place.ok()) return place.status();
  MemberState joining = event.member;
  joining.index = (*place)->index;
  joining.epoch = state_.next_epoch++;
  joining.subscription = (*place)->subscription;
  **place = std::move(joining);
  joined_ = (*place)->index;
  concerned_[joined_] = true;
  const bool came_back = replaced_epoch_ != 0 && state_.subscriptions[(*place)->subscription] == event.topics;
  Subscribe(**place, event.topics);
  state_.assignor = event.assignor;
  const bool learnt = LearnFacts(event.facts);
  // Who comes back to where it was changes nothing for anybody.
  if (!came_back || learnt) BeginGeneration();
  return absl::OkStatus();
}

absl::Status Step::Do(const ResubscribeEvent& event) {
  MemberState* member = FindMember(state_, event.member);
  if (member == nullptr) return MissingMember(event.member);
  const bool same = state_.subscriptions[member->subscription] == event.topics;
  if (!same) Subscribe(*member, event.topics);
  if (LearnFacts(event.facts) || !same) BeginGeneration();
  return absl::OkStatus();
}

absl::Status Step::Do(const ReleaseEvent& event) {
  if (FindMember(state_, event.member) == nullptr) return MissingMember(event.member);
  for (const ReleasedPartition& released : event.partitions) {
    TopicState* topic = FindTopic(state_, released.topic);
    if (topic == nullptr || topic->id != released.id || released.partition < 0 ||
        static_cast<std::size_t>(released.partition) >= topic->partitions()) {
      continue;
    }
    MemberIndex& owner = topic->owner[static_cast<std::size_t>(released.partition)];
    if (owner != event.member) continue;
    owner = kNobody;
    // It may be granted again at once; the member is to hear of that.
    if (topic->target[static_cast<std::size_t>(released.partition)] == event.member) concerned_[event.member] = true;
  }
  return absl::OkStatus();
}

absl::Status Step::Do(const RemoveEvent& event) {
  const MemberState* member = FindMember(state_, event.member);
  if (member == nullptr) return MissingMember(event.member);
  state_.members.erase(state_.members.begin() + (member - state_.members.data()));
  for (TopicState& topic : state_.topics) {
    std::replace(topic.owner.begin(), topic.owner.end(), event.member, kNobody);
  }
  DropUnusedSubscriptions();
  BeginGeneration();
  if (state_.members.empty()) state_.assignor.clear();
  return absl::OkStatus();
}

absl::Status Step::Do(const StepAwayEvent& event) {
  MemberState* member = FindMember(state_, event.member);
  if (member == nullptr) return MissingMember(event.member);
  // Its line says that it is static, and is not protected by a checksum.
  if (member->instance_id.empty()) return Do(RemoveEvent{.member = event.member});
  member->process = 0;
  return absl::OkStatus();
}

absl::Status Step::Do(const AssignEvent& event) {
  if (event.generation != state_.generation) {
    return absl::AbortedError(
        fmt::format("an assignment for generation {} came in generation {}", event.generation, state_.generation));
  }
  if (auto s = TakeAssignment(state_, event.assignment); !s.ok()) return s;
  state_.target_generation = state_.generation;
  return absl::OkStatus();
}

void Step::Subscribe(MemberState& member, const std::vector<std::string>& topics) {
  const auto known = std::find(state_.subscriptions.begin(), state_.subscriptions.end(), topics);
  member.subscription = static_cast<std::uint32_t>(known - state_.subscriptions.begin());
  if (known == state_.subscriptions.end()) state_.subscriptions.push_back(topics);
  DropUnusedSubscriptions();
}

void Step::DropUnusedSubscriptions() {
  std::vector<std::uint32_t> moved(state_.subscriptions.size(), 0);
  for (const MemberState& member : state_.members) moved[member.subscription] = 1;
  std::uint32_t kept = 0;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    if (moved[i] == 0) continue;
    if (kept != i) state_.subscriptions[kept] = std::move(state_.subscriptions[i]);
    moved[i] = kept++;
  }
  state_.subscriptions.resize(kept);
  for (MemberState& member : state_.members) member.subscription = moved[member.subscription];
}

// Whether anything was new.
bool Step::LearnFacts(const std::vector<TopicFact>& facts) {
  bool changed = false;
  for (const TopicFact& fact : facts) {
    const auto at =
        std::lower_bound(state_.topics.begin(), state_.topics.end(), fact.name,
                         [](const TopicState& topic, const std::string& name) { return topic.name < name; });
    const auto count = static_cast<std::size_t>(std::max(fact.partitions, PartitionId{0}));
    const bool known = at != state_.topics.end() && at->name == fact.name;
    if (known && at->id == fact.id && at->partitions() == count) continue;
    TopicState& topic = known ? *at : *state_.topics.emplace(at);
    if (!known || topic.id != fact.id) topic = {.name = fact.name, .id = fact.id, .owner = {}, .target = {}};
    topic.owner.resize(count, kNobody);
    topic.target.resize(count, kNobody);
    changed = true;
  }
  return changed;
}

// Nobody subscribes to them, and nobody owns anything of them any more.
void Step::DropUnusedTopics() {
  const auto unused = [this](const TopicState& topic) {
    return std::all_of(topic.owner.begin(), topic.owner.end(), [](MemberIndex owner) { return owner == kNobody; }) &&
           std::none_of(state_.subscriptions.begin(), state_.subscriptions.end(),
                        [&](const std::vector<std::string>& topics) {
                          return std::binary_search(topics.begin(), topics.end(), topic.name);
                        });
  };
  std::erase_if(state_.topics, unused);
}

void Step::BeginGeneration() {
  ++state_.generation;
  if (state_.members.empty() || IsBuiltInAssignor(state_.assignor)) {
    ComputeTarget(state_);
    state_.target_generation = state_.generation;
    return;
  }
  DropVoidTargets(state_);
  for (const MemberState& member : state_.members) concerned_[member.index] = true;
}

void Step::Grant() {
  for (TopicState& topic : state_.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      if (topic.owner[p] == kNobody) topic.owner[p] = topic.target[p];
    }
  }
}

// Those whose partitions changed hands, and those that are to release one since this step.
void Step::NoteConcerned() {
  for (const TopicState& was : before_) {
    const TopicState* is = FindTopic(state_, was.name);
    const bool gone = is == nullptr || is->id != was.id;
    for (std::size_t p = 0; p < was.partitions(); ++p) {
      if (gone || p >= is->partitions()) {
        concerned_[was.owner[p]] = true;
      } else if (was.owner[p] != is->owner[p]) {
        concerned_[is->owner[p]] = true;
      } else if (was.target[p] == was.owner[p] && is->target[p] != is->owner[p]) {
        concerned_[is->owner[p]] = true;
      }
    }
  }
  for (const TopicState& is : state_.topics) {
    const auto was =
        std::lower_bound(before_.begin(), before_.end(), is.name,
                         [](const TopicState& topic, const std::string& name) { return topic.name < name; });
    const std::size_t known =
        was == before_.end() || was->name != is.name || was->id != is.id ? 0 : was->partitions();
    for (std::size_t p = known; p < is.partitions(); ++p) concerned_[is.owner[p]] = true;
  }
}

Rebalanced Step::Finish() && {
  Grant();
  DropUnusedTopics();
  NoteConcerned();
  Rebalanced result{
      .state = std::move(state_), .joined = joined_, .replaced_epoch = replaced_epoch_, .concerned = {}};
  for (const MemberState& member : result.state.members) {
    if (concerned_[member.index]) result.concerned.push_back(member.index);
  }
  return result;
}

}  // namespace

absl::StatusOr<Rebalanced> Rebalance(MembershipState state, const GroupEvent& event) {
  Step step(std::move(state));
  const absl::Status done = std::visit([&](const auto& one) { return step.Do(one); }, event);
  if (!done.ok()) return done;
  return std::move(step).Finish();
}

}  // namespace leat::group
