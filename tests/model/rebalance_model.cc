#include "model/rebalance_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "group/assignor.h"
#include "group/assignors.h"
#include "group/state_image.h"

namespace leat::testing {

using group::kNobody;
using group::MemberIndex;
using group::MembershipState;
using group::MemberState;
using group::TopicState;

namespace {

constexpr std::size_t kMostConsumers = 12;
constexpr std::array<const char*, 4> kTopics = {"a", "b", "c", "d"};
constexpr std::array<std::string_view, 6> kAssignors = {group::kStickyAssignor,     group::kStickyAssignor,
                                                        group::kStickyAssignor,     group::kRangeAssignor,
                                                        group::kRoundRobinAssignor, "user's"};

[[noreturn]] void Fail(const std::string& what) { throw std::runtime_error(what); }

bool Subscribes(const MembershipState& state, MemberIndex index, const TopicState& topic) {
  const MemberState* member = group::FindMember(state, index);
  return member != nullptr && group::IsSubscribed(state, *member, topic.name);
}

// Where a partition would stay if nothing had to be balanced.
MemberIndex Base(const MembershipState& before, const MembershipState& now, const TopicState& topic, std::size_t p) {
  const TopicState* was = group::FindTopic(before, topic.name);
  if (was == nullptr || was->id != topic.id || p >= was->partitions()) return kNobody;
  if (Subscribes(now, was->target[p], topic)) return was->target[p];
  return Subscribes(now, was->owner[p], topic) ? was->owner[p] : kNobody;
}

}  // namespace

RebalanceModel::RebalanceModel(std::uint64_t seed, RebalanceCounts& counts)
    : numbers_(seed),
      counts_(counts),
      assignor_(kAssignors[numbers_.Below(kAssignors.size())]),
      one_subscription_(numbers_.Below(2) == 0) {
  for (const char* name : kTopics) topics_[name] = {.name = name, .id = {}, .partitions = 0};
  for (int i = 0; i < 4; ++i) ChangeTopics();
}

void RebalanceModel::Step() {
  ++counts_.events;
  Consumer* const one = RandomConsumer();
  const std::uint64_t what = numbers_.Below(100);
  if (one == nullptr || (what < 12 && consumers_.size() < kMostConsumers)) {
    return Join(numbers_.Below(3) == 0 ? fmt::format("i{}", numbers_.Below(3)) : "");
  }
  if (what < 45) return Look(*one);
  if (what < 70) return Release(*one);
  if (what < 78) return Resubscribe(*one);
  if (what < 82) return ChangeTopics();
  if (what < 90) return Remove(*one);
  if (what < 92) return ClockJump();
  if (what < 96) return AnswerAssignor();
  if (!one->instance_id.empty() && IsMember(*one)) {
    Apply(group::StepAwayEvent{.member = one->index});
    one->reads.clear();
    consumers_.erase(consumers_.begin() + (one - consumers_.data()));
    return;
  }
  Settle();
}

void RebalanceModel::Join(std::string instance_id) {
  group::JoinEvent event;
  event.member.process = 1 + static_cast<std::uint32_t>(numbers_.Below(100));
  event.member.member_id = fmt::format("m{}", next_name_++);
  event.member.instance_id = instance_id;
  event.assignor = assignor_;
  event.topics = RandomTopics();
  event.facts = FactsOf(event.topics);
  Apply(event);
  const auto joined = std::find_if(state_.members.begin(), state_.members.end(), [&](const MemberState& member) {
    return member.member_id == event.member.member_id;
  });
  if (joined == state_.members.end()) Fail("who joined is no member");
  if (joined->epoch + 1 != state_.next_epoch) Fail("who joined has an epoch that is not new");
  Consumer& consumer = consumers_.emplace_back();
  consumer.index = joined->index;
  consumer.epoch = joined->epoch;
  consumer.instance_id = std::move(instance_id);
}

void RebalanceModel::Look(Consumer& consumer) {
  if (!IsMember(consumer)) {
    // He hears that he was declared dead.
    consumers_.erase(consumers_.begin() + (&consumer - consumers_.data()));
    return;
  }
  std::set<Partition> owned;
  consumer.to_release.clear();
  for (const TopicState& topic : state_.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      if (topic.owner[p] != consumer.index) continue;
      const Partition partition{topic.name, topic.id, static_cast<PartitionId>(p)};
      owned.insert(partition);
      if (topic.target[p] != consumer.index) consumer.to_release.insert(partition);
    }
  }
  consumer.reads = std::move(owned);
  consumer.called = false;
  CheckBeliefs();
}

// Some of what he was asked for, or everything, or, rarely, something that nobody asked him for.
void RebalanceModel::Release(Consumer& consumer) {
  group::ReleaseEvent event{.member = consumer.index, .partitions = {}};
  const bool whims = numbers_.Below(10) == 0;
  const std::set<Partition> from = whims ? consumer.reads : consumer.to_release;
  const bool all = numbers_.Below(2) == 0;
  for (const Partition& partition : from) {
    if (!all && numbers_.Below(2) == 0) continue;
    event.partitions.push_back({std::get<0>(partition), std::get<1>(partition), std::get<2>(partition)});
    consumer.reads.erase(partition);
    consumer.to_release.erase(partition);
  }
  // Fenced: the lock would have told him.
  if (IsMember(consumer)) Apply(event);
}

void RebalanceModel::Resubscribe(Consumer& consumer) {
  if (!IsMember(consumer)) return;
  const MemberState* member = group::FindMember(state_, consumer.index);
  // Mostly the same topics, because they have changed.
  const bool same = one_subscription_ || numbers_.Below(3) != 0;
  const std::vector<std::string> topics = same ? state_.subscriptions[member->subscription] : RandomTopics();
  Apply(group::ResubscribeEvent{.member = consumer.index, .topics = topics, .facts = FactsOf(topics)});
}

void RebalanceModel::ChangeTopics() {
  group::TopicFact& topic = topics_[kTopics[numbers_.Below(kTopics.size())]];
  if (topic.partitions == 0) {
    topic.id = {};
    topic.id[0] = static_cast<std::byte>(next_topic_id_++ | 1);
    topic.id[1] = static_cast<std::byte>(next_topic_id_);
    topic.partitions = 1 + static_cast<PartitionId>(numbers_.Below(8));
  } else if (numbers_.Below(3) == 0) {
    topic.id = {};
    topic.partitions = 0;
  } else {
    topic.partitions += 1 + static_cast<PartitionId>(numbers_.Below(3));
    topic.partitions = std::min(topic.partitions, PartitionId{20});
  }
}

// Everybody who is not quick enough to look is taken for dead, and does not know.
void RebalanceModel::ClockJump() {
  for (const Consumer& consumer : std::vector<Consumer>(consumers_)) {
    if (numbers_.Below(2) == 0 && IsMember(consumer)) Apply(group::RemoveEvent{.member = consumer.index});
  }
}

// He dies, or is declared dead, or leaves; whoever only was declared dead reads on until he looks.
void RebalanceModel::Remove(const Consumer& consumer) {
  const Consumer gone = consumer;
  if (numbers_.Below(2) == 0) consumers_.erase(consumers_.begin() + (&consumer - consumers_.data()));
  if (IsMember(gone)) Apply(group::RemoveEvent{.member = gone.index});
}

void RebalanceModel::AnswerAssignor() {
  if (group::IsBuiltInAssignor(assignor_) || state_.members.empty()) return;
  group::AssignEvent event{.generation = state_.generation, .assignment = {}};
  event.assignment.resize(state_.members.size());
  if (numbers_.Below(5) == 0) --event.generation;
  for (const TopicState& topic : state_.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      const std::size_t reader = numbers_.Below(static_cast<std::uint32_t>(state_.members.size()));
      if (!group::IsSubscribed(state_, state_.members[reader], topic.name)) continue;
      event.assignment[reader].push_back({topic.name, static_cast<PartitionId>(p)});
    }
  }
  Apply(event);
}

void RebalanceModel::Apply(const group::GroupEvent& event) {
  const MembershipState before = state_;
  absl::StatusOr<group::Rebalanced> after = group::Rebalance(state_, event);
  if (!after.ok()) {
    const bool stale = std::holds_alternative<group::AssignEvent>(event) && absl::IsAborted(after.status());
    if (!stale) Fail(after.status().ToString());
    return;
  }
  state_ = std::move(after->state);
  for (Consumer& consumer : consumers_) {
    consumer.called =
        consumer.called || std::binary_search(after->concerned.begin(), after->concerned.end(), consumer.index);
  }
  if (state_.generation != before.generation) ++counts_.generations;
  if (state_.target_generation != before.target_generation) CheckMoves(before);
  CheckState();
  CheckBeliefs();
}

bool RebalanceModel::IsMember(const Consumer& consumer) const {
  const MemberState* member = group::FindMember(state_, consumer.index);
  return member != nullptr && member->epoch == consumer.epoch;
}

RebalanceModel::Consumer* RebalanceModel::RandomConsumer() {
  return consumers_.empty() ? nullptr : &consumers_[numbers_.Below(static_cast<std::uint32_t>(consumers_.size()))];
}

std::vector<std::string> RebalanceModel::RandomTopics() {
  std::vector<std::string> topics;
  for (const char* topic : kTopics) {
    if (one_subscription_ ? topic != kTopics.back() : numbers_.Below(2) == 0) topics.emplace_back(topic);
  }
  return topics;
}

std::vector<group::TopicFact> RebalanceModel::FactsOf(const std::vector<std::string>& topics) const {
  std::vector<group::TopicFact> facts;
  for (const std::string& topic : topics) facts.push_back(topics_.at(topic));
  return facts;
}

void RebalanceModel::CheckBeliefs() const {
  std::map<Partition, const Consumer*> readers;
  for (const Consumer& consumer : consumers_) {
    if (!IsMember(consumer)) continue;
    for (const Partition& partition : consumer.reads) {
      // A topic that is gone is nobody's.
      const TopicState* topic = group::FindTopic(state_, std::get<0>(partition));
      if (topic == nullptr || topic->id != std::get<1>(partition)) {
        if (!consumer.called) Fail("a member was not called when a topic of its was deleted");
        continue;
      }
      const auto [other, is_new] = readers.emplace(partition, &consumer);
      if (!is_new) {
        Fail(fmt::format("{}-{} has two owners, {} and {}", topic->name, std::get<2>(partition), other->second->index,
                         consumer.index));
      }
      const auto p = static_cast<std::size_t>(std::get<2>(partition));
      if (topic->owner[p] != consumer.index) {
        Fail(fmt::format("{}-{} was taken from {}, which still reads it", topic->name, p, consumer.index));
      }
      const bool asked = consumer.to_release.contains(partition);
      if (topic->target[p] != consumer.index && !asked && !consumer.called) {
        Fail(fmt::format("{} was not called to release {}-{}", consumer.index, topic->name, p));
      }
    }
  }
  for (const TopicState& topic : state_.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      const Partition partition{topic.name, topic.id, static_cast<PartitionId>(p)};
      for (const Consumer& consumer : consumers_) {
        if (topic.owner[p] != consumer.index || !IsMember(consumer) || consumer.reads.contains(partition)) continue;
        if (!consumer.called) Fail(fmt::format("{} was not called to read {}-{}", consumer.index, topic.name, p));
      }
    }
  }
}

void RebalanceModel::CheckState() const {
  const auto decoded = group::DecodeState(group::EncodeState(state_), "the model");
  if (!decoded.ok()) Fail(decoded.status().ToString());
  if (!(*decoded == state_)) Fail("a state is another once it was written and read");
  for (const TopicState& topic : state_.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      if (topic.target[p] != kNobody && !Subscribes(state_, topic.target[p], topic)) {
        Fail(fmt::format("{}-{} is to go to {}, which does not subscribe", topic.name, p, topic.target[p]));
      }
      if (topic.owner[p] == kNobody && topic.target[p] != kNobody) {
        Fail(fmt::format("{}-{} is nobody's, and not {}'s", topic.name, p, topic.target[p]));
      }
    }
  }
}

void RebalanceModel::CheckMoves(const MembershipState& before) {
  if (assignor_ != group::kStickyAssignor || state_.members.empty()) return;
  std::map<MemberIndex, std::int64_t> kept;
  std::int64_t moves = 0, partitions = 0;
  for (const MemberState& member : state_.members) kept[member.index] = 0;
  for (const TopicState& topic : state_.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      partitions += topic.target[p] != kNobody ? 1 : 0;
      const MemberIndex base = Base(before, state_, topic, p);
      if (base == kNobody) continue;
      ++kept[base];
      moves += topic.target[p] != base ? 1 : 0;
    }
  }
  counts_.moves += moves;
  if (state_.subscriptions.size() != 1) return;
  // Nobody may have more than a fair share; the larger shares are best where most is.
  std::vector<std::int64_t> loads;
  for (const auto& one : kept) loads.push_back(one.second);
  std::sort(loads.rbegin(), loads.rend());
  const auto members = static_cast<std::int64_t>(loads.size());
  std::int64_t fewest = 0;
  for (std::int64_t i = 0; i < members; ++i) {
    const std::int64_t share = partitions / members + (i < partitions % members ? 1 : 0);
    fewest += std::max<std::int64_t>(0, loads[static_cast<std::size_t>(i)] - share);
  }
  counts_.fewest_moves += fewest;
  counts_.counted_moves += moves;
  if (moves != fewest) Fail(fmt::format("{} partitions move where {} would do", moves, fewest));
}

void RebalanceModel::Settle() {
  // Who was declared dead hears it; whoever stays looks, and gives up what he is to give up, until nobody has to.
  constexpr int kMostRounds = 20;
  for (int round = 0; round < kMostRounds; ++round) {
    for (std::size_t i = consumers_.size(); i-- > 0;) Look(consumers_[i]);
    if (!group::IsBuiltInAssignor(assignor_) && state_.generation != state_.target_generation) AnswerAssignor();
    bool busy = state_.generation != state_.target_generation;
    for (Consumer& consumer : consumers_) {
      busy = busy || consumer.called || !consumer.to_release.empty();
      if (consumer.to_release.empty()) continue;
      group::ReleaseEvent event{.member = consumer.index, .partitions = {}};
      for (const auto& [topic, id, p] : consumer.to_release) {
        event.partitions.push_back({topic, id, p});
        consumer.reads.erase({topic, id, p});
      }
      consumer.to_release.clear();
      Apply(event);
    }
    if (!busy) {
      CheckSettled();
      ++counts_.settled;
      return;
    }
  }
  Fail("the group does not settle");
}

void RebalanceModel::CheckSettled() const {
  for (const TopicState& topic : state_.topics) {
    const bool wanted = std::any_of(state_.members.begin(), state_.members.end(), [&](const MemberState& member) {
      return group::IsSubscribed(state_, member, topic.name);
    });
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      if (topic.owner[p] != topic.target[p]) {
        // A static member that is away, and cannot give up what it has, keeps it for its session.
        const MemberState* owner = group::FindMember(state_, topic.owner[p]);
        if (owner == nullptr || !owner->away()) Fail(fmt::format("{}-{} is not where it is to be", topic.name, p));
      } else if (wanted && topic.owner[p] == kNobody && group::IsBuiltInAssignor(assignor_)) {
        Fail(fmt::format("{}-{} is nobody's in a group that has settled", topic.name, p));
      }
    }
  }
  if (assignor_ == group::kStickyAssignor) CheckBalance();
}

// No chain along which a partition could be handed on from somebody to somebody with two less.
void RebalanceModel::CheckBalance() const {
  std::map<MemberIndex, int> load;
  std::map<MemberIndex, std::set<MemberIndex>> could_give_to;
  for (const MemberState& member : state_.members) load[member.index] = 0;
  for (const TopicState& topic : state_.topics) {
    for (const MemberIndex target : topic.target) {
      if (target == kNobody) continue;
      ++load[target];
      for (const MemberState& member : state_.members) {
        if (group::IsSubscribed(state_, member, topic.name)) could_give_to[target].insert(member.index);
      }
    }
  }
  for (const auto& one : load) {
    const MemberIndex from = one.first;
    const int most = one.second;
    std::set<MemberIndex> reached = {from};
    std::vector<MemberIndex> open = {from};
    while (!open.empty()) {
      const MemberIndex at = open.back();
      open.pop_back();
      if (load.at(at) <= most - 2)
        Fail(fmt::format("{} has {}, and {} has {}: not balanced", from, most, at, load.at(at)));
      for (const MemberIndex next : could_give_to[at]) {
        if (reached.insert(next).second) open.push_back(next);
      }
    }
  }
}

}  // namespace leat::testing
