#include "client/membership.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace leat::client {
namespace {

group::AssignorChoice ChoiceOf(const ConsumerOptions& options) {
  if (options.assignor != nullptr) return {.name = "own", .assign = options.assignor};
  switch (options.assigning) {
    case Assigning::kRange:
      return {.name = std::string(group::kRangeAssignor)};
    case Assigning::kRoundRobin:
      return {.name = std::string(group::kRoundRobinAssignor)};
    case Assigning::kSticky:
      break;
  }
  return {.name = std::string(group::kStickyAssignor)};
}

}  // namespace

Membership::Membership(broker::Backend& backend, const ConsumerOptions& options, Subscription& subscription,
                       Fetcher& fetcher, const ResetPolicy& policy, MembershipEvents events)
    : backend_(backend),
      options_(options),
      subscription_(subscription),
      fetcher_(fetcher),
      policy_(policy),
      events_(std::move(events)) {}

Membership::~Membership() = default;

// All names that were asked for, so that a description of the group tells them; of a pattern, what it has found.
std::vector<std::string> Membership::TopicNames() const {
  if (subscription_.selection().mode == Subscription::Mode::kTopics) return subscription_.selection().names;
  std::vector<std::string> names;
  for (const auto& topic : subscription_.topics()) names.push_back(topic->name);
  return names;
}

absl::Status Membership::Join() {
  absl::Status joined = JoinOrChange();
  if (!joined.ok()) return joined;
  known_.clear();
  for (const auto& topic : subscription_.topics()) {
    known_[topic->id] = static_cast<PartitionId>(topic->partitions.size());
  }
  return joined;
}

bool Membership::IsNew(const group::GroupPartition& partition) const {
  const auto known = known_.find(partition.topic_id);
  return known == known_.end() || partition.name.partition >= known->second;
}

absl::Status Membership::JoinOrChange() {
  replaced_ = absl::OkStatus();
  again_ = true;
  if (member_ != nullptr && !fenced_) {
    absl::Status changed = Resubscribe();
    if (!absl::IsAborted(changed)) return changed;
    Fence();
  }
  if (member_ != nullptr) return Rejoin();
  auto joined = group::Member::Join(backend_.local_folder(), options_.group_id,
                                    {.assignor = ChoiceOf(options_),
                                     .instance_id = options_.group_instance_id,
                                     .session_timeout = options_.session_timeout,
                                     .max_poll_interval = options_.max_poll_interval},
                                    TopicNames());
  if (!joined.ok()) return joined.status();
  member_ = *std::move(joined);
  topics_version_ = subscription_.topics_version();
  return absl::OkStatus();
}

absl::Status Membership::Resubscribe() {
  absl::Status subscribed = member_->Resubscribe(TopicNames());
  if (subscribed.ok()) topics_version_ = subscription_.topics_version();
  return subscribed;
}

absl::Status Membership::Rejoin() {
  absl::Status joined = member_->Rejoin(TopicNames());
  if (!joined.ok()) return joined;
  topics_version_ = subscription_.topics_version();
  fenced_ = false;
  return absl::OkStatus();
}

absl::Status Membership::Leave() {
  const std::vector<TopicPartition> read = subscription_.names();
  absl::Status committed;
  if (!read.empty()) {
    committed = events_.before_revoked(read);
    if (absl::IsAborted(committed)) {
      Lose(read);
    } else {
      events_.call(options_.on_revoked, read);
    }
  }
  const absl::Status left = Forget();
  return committed.ok() ? left : committed;
}

absl::Status Membership::Forget() {
  if (member_ == nullptr) return absl::OkStatus();
  subscription_.RemoveAll();
  to_take_.clear();
  replaced_ = absl::OkStatus();
  fenced_ = false;
  const absl::Status left = member_->Leave();
  member_.reset();
  return left;
}

absl::Status Membership::Follow() {
  absl::Status followed = FollowOnce();
  if (absl::IsAborted(followed) && !fenced_) {
    if (member_->replaced()) replaced_ = followed;
    Fence();
    followed = FollowOnce();
  }
  again_ = !followed.ok() || !to_take_.empty();
  return followed;
}

absl::Status Membership::FollowOnce() {
  if (!replaced_.ok()) return replaced_;
  if (fenced_) {
    if (absl::Status joined = Rejoin(); !joined.ok()) return joined;
  }
  if (topics_version_ != subscription_.topics_version()) {
    if (absl::Status subscribed = Resubscribe(); !subscribed.ok()) return subscribed;
  }
  absl::StatusOr<group::MemberChanges> changes = member_->Look();
  return changes.ok() ? Apply(*std::move(changes)) : changes.status();
}

absl::Status Membership::Apply(group::MemberChanges changes) {
  to_take_.insert(to_take_.end(), changes.assigned.begin(), changes.assigned.end());
  if (!changes.lost.empty()) {
    NotToTake(changes.lost);
    Lose(ReadOf(changes.lost));
  }
  // Before anything new: somebody waits for them.
  absl::Status given_up;
  if (!changes.revoked.empty()) given_up = GiveUp(changes.revoked);
  if (absl::IsAborted(given_up)) return given_up;
  const absl::Status taken = to_take_.empty() ? absl::OkStatus() : TakeUp();
  if (!given_up.ok()) return given_up;
  return taken.ok() ? changes.assignor : taken;
}

absl::Status Membership::GiveUp(const std::vector<group::GroupPartition>& revoked) {
  NotToTake(revoked);
  const std::vector<TopicPartition> read = ReadOf(revoked);
  absl::Status committed;
  if (!read.empty()) {
    committed = events_.before_revoked(read);
    if (absl::IsAborted(committed)) return committed;
    events_.call(options_.on_revoked, read);
    subscription_.Remove(read);
  }
  const absl::Status given_up = member_->Acknowledge(revoked);
  return given_up.ok() ? committed : given_up;
}

void Membership::Fence() {
  fenced_ = true;
  to_take_.clear();
  Lose(subscription_.names());
}

void Membership::Lose(const std::vector<TopicPartition>& lost) {
  if (lost.empty()) return;
  events_.call(options_.on_lost != nullptr ? options_.on_lost : options_.on_revoked, lost);
  subscription_.Remove(lost);
}

absl::Status Membership::TakeUp() {
  Taken taken;
  std::vector<group::GroupPartition> left;
  absl::Status failed;
  for (const group::GroupPartition& partition : to_take_) {
    absl::Status opened = Open(partition, taken);
    if (opened.ok()) continue;
    left.push_back(partition);
    // Told by Look when its topic is no more, and else soon to be found.
    if (!absl::IsNotFound(opened)) failed = std::move(opened);
  }
  if (!taken.first_places.empty()) {
    if (absl::Status s = member_->Commit(taken.first_places, Durability::kProcess); !s.ok()) return s;
  }
  to_take_ = std::move(left);
  if (taken.partitions.empty()) return failed;
  std::vector<TopicPartition> names;
  for (const auto& partition : taken.partitions) names.push_back(*partition->name());
  subscription_.Add(std::move(taken.partitions));
  for (const SetBack& one : taken.set_back) fetcher_.TellReset(*one.partition, one.from, one.partition->position());
  events_.call(options_.on_assigned, names);
  return failed;
}

absl::Status Membership::Open(const group::GroupPartition& partition, Taken& taken) {
  const auto topic = backend_.FindTopic(partition.name.topic);
  if (!topic.ok()) return topic.status();
  const auto index = static_cast<std::size_t>(partition.name.partition);
  if ((*topic)->id != partition.topic_id || index >= (*topic)->partitions.size()) {
    return absl::NotFoundError(fmt::format("{} is not what the group knows by that name", partition.name));
  }
  const auto committed = member_->Committed(partition.place);
  if (!committed.ok()) return committed.status();
  WantedPartition wanted{
      .partition = (*topic)->partitions[index], .topic_id = partition.topic_id, .group_place = partition.place};
  if (committed->has_value()) wanted.place = (*committed)->offset;
  const Start start = IsNew(partition) ? Start::kBegin : Start::kByPolicy;
  auto opened = AssignedPartition::Open(std::move(wanted), start, policy_);
  if (!opened.ok()) return opened.status();
  AssignedPartition& assigned = **opened;
  if (committed->has_value()) {
    if ((*committed)->set_back_from.has_value()) taken.set_back.push_back({&assigned, *(*committed)->set_back_from});
    if ((*committed)->metadata.empty()) assigned.committed = (*committed)->offset;
  } else if (policy_.moves()) {
    taken.first_places.push_back(
        {.place = partition.place, .offset = assigned.position(), .leader_epoch = assigned.leader_epoch()});
    assigned.committed = assigned.position();
  }
  taken.partitions.push_back(*std::move(opened));
  return absl::OkStatus();
}

void Membership::NotToTake(const std::vector<group::GroupPartition>& partitions) {
  std::erase_if(to_take_, [&](const group::GroupPartition& one) {
    return std::find(partitions.begin(), partitions.end(), one) != partitions.end();
  });
}

std::vector<TopicPartition> Membership::ReadOf(const std::vector<group::GroupPartition>& partitions) const {
  std::vector<TopicPartition> read;
  for (const group::GroupPartition& partition : partitions) {
    const AssignedPartition* const assigned = subscription_.Find(partition.name);
    if (assigned != nullptr && assigned->topic_id() == partition.topic_id) read.push_back(partition.name);
  }
  return read;
}

const group::GroupPartition* Membership::FindOwned(const TopicPartition& partition) const {
  const auto& owned = member_->owned();
  const auto found = std::lower_bound(owned.begin(), owned.end(), partition,
                                      [](const auto& one, const auto& name) { return one.name < name; });
  return found != owned.end() && found->name == partition ? &*found : nullptr;
}

}  // namespace leat::client
