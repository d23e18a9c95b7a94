// Member::Look: what has changed for a member.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "group/assignors.h"
#include "group/dead_members.h"
#include "group/joined_member.h"
#include "group/member.h"
#include "group/state_store.h"

namespace leat::group {
namespace {

struct Owned {
  const TopicState* topic;
  PartitionId partition;
  bool stays;
};

// In the order of names, as GroupPartitions are.
std::vector<Owned> OwnedBy(const MembershipState& state, MemberIndex member) {
  std::vector<Owned> owned;
  for (const TopicState& topic : state.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      if (topic.owner[p] == member) {
        owned.push_back({&topic, static_cast<PartitionId>(p), topic.target[p] == member});
      }
    }
  }
  return owned;
}

}  // namespace

absl::StatusOr<MemberChanges> Member::Look() {
  if (auto s = CheckJoined(); !s.ok()) return s;
  const broker::Folder::Call call(*folder_);
  if (!call.status().ok()) return call.status();
  looked_at_ = folder_->clock().WallMillisCoarse();
  joined_->line().heartbeat.store(folder_->clock().Monotonic().count(), std::memory_order_relaxed);
  if (auto s = RemoveTheDead(*folder_, *joined_->file, joined_->lock_name, LookAtOthers::kNowAndThen, joined_->index);
      !s.ok()) {
    return s;
  }
  MemberChanges changes;
  if (auto s = TakeNews(changes); !s.ok()) return s;
  if (joined_->assignor_due) {
    if (auto s = AssignByUser(changes); !s.ok()) return s;
    if (auto s = TakeNews(changes); !s.ok()) return s;
  }
  changes.generation = generation_;
  changes.revoked = joined_->revoked;
  return changes;
}

absl::Status Member::TakeNews(MemberChanges& changes) {
  // Before the state: what changes meanwhile is news again.
  const std::uint32_t news = news_->load(std::memory_order_acquire);
  const std::uint64_t version = joined_->file->header().version.load(std::memory_order_acquire);
  if (news == news_seen_ && version == joined_->version_seen) return absl::OkStatus();
  const absl::StatusOr<StoredState> stored = ReadState(*joined_->file);
  if (!stored.ok()) return stored.status();
  const MembershipState& state = stored->state;
  const MemberState* self = FindMember(state, joined_->index);
  if (self == nullptr || self->epoch != joined_->epoch) return Fenced();

  std::vector<GroupPartition> owned;
  std::vector<GroupPartition> revoked;
  std::vector<GroupPartition> assigned;
  auto old = owned_.begin();
  for (const Owned& one : OwnedBy(state, joined_->index)) {
    GroupPartition partition{.name = {one.topic->name, one.partition}, .topic_id = base::UuidToString(one.topic->id)};
    for (; old != owned_.end() && old->name < partition.name; ++old) changes.lost.push_back(*old);
    const bool known = old != owned_.end() && old->name == partition.name && old->topic_id == partition.topic_id;
    const EntryKey key{.topic_id = one.topic->id, .partition = one.partition};
    partition.place = known ? old->place : joined_->table.Find(key);
    if (partition.place == 0) {
      return absl::DataLossError(fmt::format(
          "{}: has no place for the offsets of {}: the group's file is damaged; copy the group to another one, or "
          "delete it",
          joined_->file->path(), partition.name));
    }
    if (known) {
      ++old;
    } else {
      assigned.push_back(partition);
    }
    if (!one.stays) revoked.push_back(partition);
    owned.push_back(std::move(partition));
  }
  changes.lost.insert(changes.lost.end(), old, owned_.end());
  for (const GroupPartition& partition : changes.lost) joined_->places.erase(partition.place);
  for (const GroupPartition& partition : assigned) {
    EntryKey key{.topic_id = {}, .partition = partition.name.partition};
    base::UuidFromString(partition.topic_id, key.topic_id);
    joined_->places[partition.place] = key;
  }
  changes.assigned.insert(changes.assigned.end(), assigned.begin(), assigned.end());
  owned_ = std::move(owned);
  joined_->revoked = std::move(revoked);
  joined_->assignor_due = state.generation != state.target_generation;
  joined_->version_seen = stored->version;
  generation_ = state.generation;
  news_seen_ = news;
  return absl::OkStatus();
}

// Without the lock: a user's code may take its time. Whoever else answers for the same generation is as good.
absl::Status Member::AssignByUser(MemberChanges& changes) {
  const absl::StatusOr<StoredState> stored = ReadState(*joined_->file);
  if (!stored.ok()) return stored.status();
  if (stored->state.generation == stored->state.target_generation) return absl::OkStatus();
  AssignEvent event{.generation = stored->state.generation,
                    .assignment = options_.assignor.assign(RequestOf(stored->state))};
  LockedGroup group(*folder_, *joined_->file, joined_->lock_name);
  if (!group.status().ok()) return group.status();
  if (joined_->IsFenced()) return Fenced();
  const absl::StatusOr<const MembershipState*> now = group.state();
  if (!now.ok()) return now.status();
  if ((*now)->generation != event.generation || (*now)->target_generation == event.generation)
    return absl::OkStatus();
  const absl::Status applied = group.Apply(event).status();
  if (!absl::IsInvalidArgument(applied)) return applied;
  changes.assignor = applied;
  return absl::OkStatus();
}

}  // namespace leat::group
