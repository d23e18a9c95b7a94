#include "client/group_handle.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/committer.h"
#include "client/lag.h"
#include "client/offset_at_time.h"
#include "client/partition_chooser.h"

namespace leat::client {
namespace {

GroupState Shown(group::GroupState state) {
  switch (state) {
    case group::GroupState::kEmpty:
      return GroupState::kEmpty;
    case group::GroupState::kRebalancing:
      return GroupState::kRebalancing;
    case group::GroupState::kStable:
      break;
  }
  return GroupState::kStable;
}

GroupMemberDescription Shown(group::DescribedMember member) {
  return {.id = std::move(member.member_id),
          .instance_id = std::move(member.instance_id),
          .host = std::move(member.host),
          .pid = member.pid,
          .away = member.away,
          .topics = std::move(member.topics),
          .assignment = std::move(member.owned),
          .target = std::move(member.to_have),
          .since_poll = member.since_poll};
}

// The entry of `name`, made if there is none; sorted by name.
GroupPartitionDescription& EntryOf(std::vector<GroupPartitionDescription>& partitions, const TopicPartition& name) {
  const auto at = std::lower_bound(partitions.begin(), partitions.end(), name,
                                   [](const auto& one, const auto& wanted) { return one.partition < wanted; });
  if (at != partitions.end() && at->partition == name) return *at;
  return *partitions.insert(at, {.partition = name});
}

}  // namespace

absl::StatusOr<std::unique_ptr<group::Group>> GroupHandle::Open(group::GroupOpening opening) const {
  if (absl::Status usable = backend_->Usable(); !usable.ok()) return usable;
  return group::Group::Open(backend_->local_folder(), id_, opening);
}

absl::StatusOr<GroupDescription> GroupHandle::Describe() const {
  const auto group = Open(group::GroupOpening::kExisting);
  if (!group.ok()) return group.status();
  absl::StatusOr<group::DescribedGroup> described = (*group)->Describe();
  if (!described.ok()) return described.status();
  const auto offsets = (*group)->Offsets();
  if (!offsets.ok()) return offsets.status();
  GroupDescription description{.id = id_,
                               .state = Shown(described->state),
                               .generation = described->generation,
                               .assignor = std::move(described->assignor),
                               .status = (*group)->damage()};
  for (const group::RememberedOffset& one : *offsets) {
    // Of a topic that was deleted, nothing is left to be read from there.
    if (const auto known = Find(one.partition.name); !known.ok() || known->topic_id != one.partition.topic_id)
      continue;
    EntryOf(description.partitions, one.partition.name).committed = Shown(one.committed);
  }
  for (group::DescribedMember& member : described->members) {
    for (const TopicPartition& owned : member.owned)
      EntryOf(description.partitions, owned).member_id = member.member_id;
    description.members.push_back(Shown(std::move(member)));
  }
  for (GroupPartitionDescription& one : description.partitions) {
    const auto known = Find(one.partition);
    one.lag = known.ok()
                  ? LagBehind(*backend_, *known->partition, one.committed.has_value() ? one.committed->offset : 0)
                  : known.status();
  }
  return description;
}

absl::StatusOr<std::vector<group::RememberedOffset>> GroupHandle::Remembered() const {
  const auto group = Open(group::GroupOpening::kExisting);
  if (absl::IsNotFound(group.status())) return std::vector<group::RememberedOffset>();
  if (!group.ok()) return group.status();
  auto offsets = (*group)->Offsets();
  if (!offsets.ok()) return offsets.status();
  std::erase_if(*offsets, [this](const group::RememberedOffset& one) {
    const auto known = Find(one.partition.name);
    return absl::IsNotFound(known.status()) || (known.ok() && known->topic_id != one.partition.topic_id);
  });
  return offsets;
}

absl::StatusOr<GroupHandle::Known> GroupHandle::Find(const TopicPartition& name) const {
  const auto topic = backend_->FindTopic(name.topic);
  if (!topic.ok()) return topic.status();
  const absl::Status there = CheckPartition(**topic, name.partition);
  if (!there.ok()) return absl::NotFoundError(there.message());
  return Known{.partition = (*topic)->partitions[static_cast<std::size_t>(name.partition)], .topic_id = (*topic)->id};
}

// Sorted by name, each once.
absl::StatusOr<std::vector<GroupHandle::Known>> GroupHandle::Select(const ResetOptions& options) const {
  const auto remembered = Remembered();
  if (!remembered.ok()) return remembered.status();
  std::vector<TopicPartition> names = options.partitions;
  for (const std::string& name : options.topics) {
    const auto topic = backend_->FindTopic(name);
    if (!topic.ok()) return topic.status();
    for (const auto& partition : (*topic)->partitions) names.push_back({name, partition->id()});
  }
  if (options.topics.empty() && options.partitions.empty()) {
    for (const group::RememberedOffset& one : *remembered) names.push_back(one.partition.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<Known> selected;
  for (const TopicPartition& name : names) {
    auto known = Find(name);
    if (!known.ok()) return known.status();
    const auto committed = std::find_if(remembered->begin(), remembered->end(),
                                        [&](const auto& one) { return one.partition.name == name; });
    if (committed != remembered->end()) known->committed = committed->committed;
    selected.push_back(*std::move(known));
  }
  return selected;
}

absl::StatusOr<Offset> GroupHandle::Place(const ResetTarget& target, const Known& known,
                                          const broker::PartitionOffsets& offsets) const {
  using std::chrono::milliseconds;
  const Offset begin = offsets.log_start;
  const Offset end = offsets.high_watermark;
  switch (target.kind_) {
    case ResetTarget::Kind::kBegin:
      return begin;
    case ResetTarget::Kind::kEnd:
      return end;
    case ResetTarget::Kind::kTime:
      return OffsetAtTime(*known.partition, Timestamp(milliseconds(target.value_)));
    case ResetTarget::Kind::kAgo:
      return OffsetAtTime(*known.partition, Timestamp(milliseconds(backend_->clock().WallMillis() - target.value_)));
    case ResetTarget::Kind::kShift: {
      const Offset from = known.committed.has_value() ? std::clamp(known.committed->offset, begin, end) : begin;
      // No sum of these overflows.
      return from + std::clamp(target.value_, begin - from, end - from);
    }
    case ResetTarget::Kind::kOffset:
      break;
  }
  return std::clamp(target.value_, begin, end);
}

absl::StatusOr<std::vector<OffsetChange>> GroupHandle::Reset(const ResetTarget& target, const ResetOptions& options) {
  const auto selected = Select(options);
  if (!selected.ok()) return selected.status();
  std::vector<OffsetChange> changes;
  std::vector<group::NamedOffset> offsets;
  for (const Known& known : *selected) {
    const absl::StatusOr<broker::PartitionOffsets> there = known.partition->Offsets();
    if (!there.ok()) return there.status();
    const absl::StatusOr<Offset> place = Place(target, known, *there);
    if (!place.ok()) return place.status();
    const TopicPartition name{known.partition->topic(), known.partition->id()};
    offsets.push_back(
        {.partition = name, .topic_id = known.topic_id, .offset = *place, .leader_epoch = there->leader_epoch});
    OffsetChange change{.partition = name, .to = *place};
    if (known.committed.has_value()) change.from = known.committed->offset;
    changes.push_back(std::move(change));
  }
  if (absl::Status set = Set(offsets, options.dry_run, options.durability); !set.ok()) return set;
  return changes;
}

absl::StatusOr<std::vector<OffsetChange>> GroupHandle::CopyFrom(const GroupHandle& other, bool dry_run,
                                                                Durability durability) {
  if (other.backend_ != backend_) {
    return absl::InvalidArgumentError(fmt::format("group '{}' is of another broker than group '{}'", other.id_, id_));
  }
  if (const auto there = other.Open(group::GroupOpening::kExisting); !there.ok()) return there.status();
  const auto theirs = other.Remembered();
  const auto ours = Remembered();
  if (!theirs.ok() || !ours.ok()) return theirs.ok() ? ours.status() : theirs.status();
  std::vector<OffsetChange> changes;
  std::vector<group::NamedOffset> offsets;
  for (const group::RememberedOffset& one : *theirs) {
    offsets.push_back({.partition = one.partition.name,
                       .topic_id = one.partition.topic_id,
                       .offset = one.committed.offset,
                       .leader_epoch = one.committed.leader_epoch,
                       .metadata = one.committed.metadata});
    OffsetChange change{.partition = one.partition.name, .to = one.committed.offset};
    const auto before = std::find_if(ours->begin(), ours->end(),
                                     [&](const auto& own) { return own.partition.name == one.partition.name; });
    if (before != ours->end()) change.from = before->committed.offset;
    changes.push_back(std::move(change));
  }
  if (absl::Status set = Set(offsets, dry_run, durability); !set.ok()) return set;
  return changes;
}

absl::Status GroupHandle::Set(const std::vector<group::NamedOffset>& offsets, bool dry_run, Durability durability) {
  if (dry_run || offsets.empty()) return absl::OkStatus();
  const auto group = Open(group::GroupOpening::kCreate);
  return group.ok() ? (*group)->SetOffsets(offsets, durability) : group.status();
}

absl::Status GroupHandle::Forget(const std::vector<TopicPartition>& partitions) {
  const auto remembered = Remembered();
  if (!remembered.ok()) return remembered.status();
  std::vector<group::GroupPartition> to_forget;
  for (const group::RememberedOffset& one : *remembered) {
    if (std::find(partitions.begin(), partitions.end(), one.partition.name) == partitions.end()) continue;
    to_forget.push_back(one.partition);
  }
  const auto group = Open(group::GroupOpening::kExisting);
  return group.ok() ? (*group)->ForgetOffsets(to_forget) : group.status();
}

absl::Status GroupHandle::Delete() {
  if (absl::Status usable = backend_->Usable(); !usable.ok()) return usable;
  return group::DeleteGroup(backend_->local_folder(), id_);
}

}  // namespace leat::client
