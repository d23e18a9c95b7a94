#include "client/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/partition_chooser.h"

namespace leat::client {
namespace {

// How often a member looks whether it is time to commit, at least: as often as its group is looked at.
constexpr std::chrono::milliseconds kFollowed{100};

absl::StatusOr<std::optional<CommittedOffset>> ShownOr(
    const absl::StatusOr<std::optional<group::CommittedOffset>>& committed) {
  if (!committed.ok()) return committed.status();
  if (!committed->has_value()) return std::optional<CommittedOffset>();
  return std::optional<CommittedOffset>(Shown(**committed));
}

}  // namespace

CommittedOffset Shown(const group::CommittedOffset& committed) {
  return {.offset = committed.offset,
          .leader_epoch = committed.leader_epoch,
          .metadata = committed.metadata,
          .time = committed.committed_at};
}

Committer::Committer(broker::Backend& backend, const ConsumerOptions& options, Subscription& subscription,
                     Membership& membership)
    : backend_(backend),
      options_(options),
      subscription_(subscription),
      membership_(membership),
      next_(backend.clock().Monotonic() + options.auto_commit_interval) {}

Committer::~Committer() = default;

absl::Status Committer::Usable() const {
  if (!options_.group_id.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "this Consumer has no group_id, and so nobody who would remember a commit; name a group in its "
      "ConsumerOptions");
}

absl::Status Committer::Commit(Durability durability) {
  if (absl::Status usable = Usable(); !usable.ok()) return usable;
  to_commit_from_.clear();
  for (const auto& partition : subscription_.partitions()) to_commit_from_.push_back(partition.get());
  return CommitPlaces(to_commit_from_, durability);
}

absl::Status Committer::Commit(const std::vector<TopicPartition>& partitions, Durability durability) {
  std::vector<AssignedPartition*> found;
  for (const TopicPartition& partition : partitions) {
    if (AssignedPartition* one = subscription_.Find(partition); one != nullptr) found.push_back(one);
  }
  return CommitPlaces(found, durability);
}

absl::Status Committer::CommitPlaces(const std::vector<AssignedPartition*>& partitions, Durability durability) {
  if (membership_.joined()) return CommitAsMember(partitions, durability);
  return CommitByName(partitions, durability);
}

// What has not moved is left out, but where it may not have been synced yet. With nothing left the group still says
// whether we have been fenced.
absl::Status Committer::CommitAsMember(const std::vector<AssignedPartition*>& partitions, Durability durability) {
  to_commit_.clear();
  for (const AssignedPartition* partition : partitions) {
    if (!partition->placed()) continue;
    if (partition->committed == partition->position() && durability != Durability::kDisk) continue;
    to_commit_.push_back({.place = partition->group_place(),
                          .offset = partition->position(),
                          .leader_epoch = partition->leader_epoch()});
  }
  if (absl::Status committed = membership_.member()->Commit(to_commit_, durability); !committed.ok())
    return committed;
  for (AssignedPartition* partition : partitions) {
    if (partition->placed()) partition->committed = partition->position();
  }
  return absl::OkStatus();
}

absl::Status Committer::CommitByName(const std::vector<AssignedPartition*>& partitions, Durability durability) {
  std::vector<group::NamedOffset> offsets;
  for (const AssignedPartition* partition : partitions) {
    if (!partition->placed()) continue;
    if (partition->committed == partition->position() && durability != Durability::kDisk) continue;
    offsets.push_back({.partition = *partition->name(),
                       .topic_id = partition->topic_id(),
                       .offset = partition->position(),
                       .leader_epoch = partition->leader_epoch()});
  }
  if (absl::Status set = SetByName(offsets, durability); !set.ok()) return set;
  for (AssignedPartition* partition : partitions) {
    if (partition->placed()) partition->committed = partition->position();
  }
  return absl::OkStatus();
}

absl::Status Committer::Commit(const std::vector<CommitRequest>& places, Durability durability) {
  if (absl::Status usable = Usable(); !usable.ok()) return usable;
  std::vector<group::OffsetToCommit> as_member;
  std::vector<group::NamedOffset> by_name;
  for (const CommitRequest& place : places) {
    const absl::StatusOr<std::string> topic_id = TopicIdOf(place.partition);
    if (!topic_id.ok()) return topic_id.status();
    const AssignedPartition* const read = subscription_.Find(place.partition);
    const LeaderEpoch epoch = read != nullptr ? read->leader_epoch() : -1;
    if (!membership_.joined()) {
      by_name.push_back({.partition = place.partition,
                         .topic_id = *topic_id,
                         .offset = place.offset,
                         .leader_epoch = epoch,
                         .metadata = place.metadata});
      continue;
    }
    const group::GroupPartition* const owned = membership_.FindOwned(place.partition);
    if (owned == nullptr) {
      // Fenced, it says so; that explains why the partition is not ours.
      if (absl::Status fenced = membership_.member()->Commit({}, Durability::kProcess); !fenced.ok()) return fenced;
      return absl::NotFoundError(
          fmt::format("{} is not one that this member of group '{}' reads now", place.partition, options_.group_id));
    }
    as_member.push_back(
        {.place = owned->place, .offset = place.offset, .leader_epoch = epoch, .metadata = place.metadata});
  }
  const absl::Status committed =
      membership_.joined() ? membership_.member()->Commit(as_member, durability) : SetByName(by_name, durability);
  if (!committed.ok()) return committed;
  for (const CommitRequest& place : places) {
    AssignedPartition* const read = subscription_.Find(place.partition);
    if (read != nullptr) read->committed = place.metadata.empty() ? place.offset : -1;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Committer::TopicIdOf(const TopicPartition& partition) {
  const auto topic = backend_.FindTopic(partition.topic);
  if (!topic.ok()) return topic.status();
  const absl::Status there = CheckPartition(**topic, partition.partition);
  if (!there.ok()) return absl::NotFoundError(there.message());
  return (*topic)->id;
}

absl::StatusOr<std::optional<CommittedOffset>> Committer::Committed(const TopicPartition& partition) {
  if (absl::Status usable = Usable(); !usable.ok()) return usable;
  if (membership_.joined()) {
    const group::GroupPartition* const owned = membership_.FindOwned(partition);
    if (owned != nullptr) return ShownOr(membership_.member()->Committed(owned->place));
  }
  const absl::StatusOr<std::string> topic_id = TopicIdOf(partition);
  if (!topic_id.ok()) return topic_id.status();
  return ShownOr(CommittedByName(partition, *topic_id));
}

absl::StatusOr<std::optional<group::CommittedOffset>> Committer::CommittedByName(const TopicPartition& partition,
                                                                                 const std::string& topic_id) {
  std::optional<group::CommittedOffset> found;
  const absl::Status asked = WithGroup(group::GroupOpening::kExisting, [&](group::Group& group) {
    auto committed = group.Committed(partition, topic_id);
    if (committed.ok()) found = *std::move(committed);
    return committed.status();
  });
  if (!asked.ok() && !absl::IsNotFound(asked)) return asked;
  return found;
}

absl::Status Committer::SetByName(const std::vector<group::NamedOffset>& offsets, Durability durability) {
  if (offsets.empty()) return absl::OkStatus();
  return WithGroup(group::GroupOpening::kCreate,
                   [&](group::Group& group) { return group.SetOffsets(offsets, durability); });
}

// One that was deleted since it was opened may be there again.
absl::Status Committer::WithGroup(group::GroupOpening opening,
                                  const std::function<absl::Status(group::Group&)>& use) {
  if (group_ != nullptr) {
    absl::Status used = use(*group_);
    if (!absl::IsNotFound(used)) return used;
    group_.reset();
  }
  auto opened = group::Group::Open(backend_.local_folder(), options_.group_id, opening);
  if (!opened.ok()) return opened.status();
  group_ = *std::move(opened);
  return use(*group_);
}

bool Committer::hurries() const {
  return options_.enable_auto_commit && !options_.group_id.empty() &&
         (!membership_.joined() || options_.auto_commit_interval < kFollowed);
}

absl::Status Committer::CommitWhenDue() {
  if (!options_.enable_auto_commit || options_.group_id.empty()) return absl::OkStatus();
  const std::chrono::nanoseconds now = backend_.clock().Monotonic();
  if (now < next_) return absl::OkStatus();
  next_ = now + options_.auto_commit_interval;
  return Commit(Durability::kProcess);
}

absl::Status Committer::CommitByItself(const std::vector<TopicPartition>& partitions) {
  if (!options_.enable_auto_commit || options_.group_id.empty()) return absl::OkStatus();
  return Commit(partitions, Durability::kProcess);
}

}  // namespace leat::client
