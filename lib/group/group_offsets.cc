// Changing what a group remembers from outside of it.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "group/dead_members.h"
#include "group/durability.h"
#include "group/locked_group.h"
#include "group/offset_table.h"
#include "group/opened_group.h"
#include "shared/counters.h"

namespace leat::group {
namespace {

struct Change {
  EntryKey key;
  std::string topic;
  NewOffset offset;
};

// Under the lock. Room first, then what cannot fail: all or none.
absl::Status WriteAll(GroupFile& file, std::span<const Change> changes) {
  OffsetTable table(file);
  std::vector<EntryPlace> places;
  for (const Change& change : changes) {
    const absl::StatusOr<EntryPlace> place = table.Make(file, change.key, change.topic, change.key.partition + 1);
    if (!place.ok()) return place.status();
    ClearDamagedSlots(file, *place, change.key);
    if (auto s = MakeRoomForMetadata(file, *place, change.offset.metadata.size()); !s.ok()) return s;
    places.push_back(*place);
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (auto s = WriteEntry(file, places[i], changes[i].key, changes[i].offset); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status CheckNotTwice(std::span<Change> changes) {
  std::vector<std::pair<base::Uuid, PartitionId>> keys;
  for (const Change& change : changes) keys.emplace_back(change.key.topic_id, change.key.partition);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return absl::OkStatus();
  return absl::InvalidArgumentError("a partition is in the list twice");
}

absl::Status ChangeOffsets(broker::Folder& folder, GroupFile& file, std::string_view id,
                           std::span<const Change> changes, Durability durability) {
  if (auto s = file.VerdictStatus(); !s.ok()) return s;
  if (folder.read_only()) return absl::PermissionDeniedError(fmt::format("{}: is open read-only", folder.path()));
  if (auto s = CheckDurability(folder, file, durability); !s.ok()) return s;
  {
    if (auto s = RemoveTheDead(folder, file, LockName(id), LookAtOthers::kNow); !s.ok()) return s;
    LockedGroup group(folder, file, LockName(id));
    if (!group.status().ok()) return group.status();
    if (auto s = group.CheckNoMembers(id); !s.ok()) return s;
    if (auto s = WriteAll(file, changes); !s.ok()) return s;
    if (folder.counts()) {
      shared::AddAlone(file.header().counters.commits);
      shared::AddAlone(file.header().counters.committed_offsets, changes.size());
    }
  }
  return MakeDurable(folder, file, durability);
}

absl::StatusOr<EntryKey> KeyOf(const TopicPartition& partition, const std::string& topic_id) {
  EntryKey key{.topic_id = {}, .partition = partition.partition};
  if (partition.partition >= 0 && base::UuidFromString(topic_id, key.topic_id)) return key;
  return absl::InvalidArgumentError(fmt::format("there is no {} of a topic with the id \"{}\"", partition, topic_id));
}

}  // namespace

absl::Status Group::SetOffsets(std::span<const NamedOffset> offsets, Durability durability) {
  if (auto s = opened_->Check(*folder_, id_); !s.ok()) return s;
  const std::int64_t now = folder_->clock().WallMillis();
  std::vector<Change> changes;
  for (const NamedOffset& offset : offsets) {
    if (auto s = CheckOffset(offset.offset, offset.metadata); !s.ok()) return s;
    const absl::StatusOr<EntryKey> key = KeyOf(offset.partition, offset.topic_id);
    if (!key.ok()) return key.status();
    changes.push_back({.key = *key,
                       .topic = offset.partition.topic,
                       .offset = {.offset = offset.offset,
                                  .leader_epoch = offset.leader_epoch,
                                  .metadata = offset.metadata,
                                  .committed_at = now}});
  }
  if (auto s = CheckNotTwice(changes); !s.ok()) return s;
  return ChangeOffsets(*folder_, *opened_->file, id_, changes, durability);
}

absl::Status Group::ForgetOffsets(std::span<const GroupPartition> partitions) {
  if (auto s = opened_->Check(*folder_, id_); !s.ok()) return s;
  const std::int64_t now = folder_->clock().WallMillis();
  OffsetTable table(*opened_->file);
  std::vector<Change> changes;
  for (const GroupPartition& partition : partitions) {
    const absl::StatusOr<EntryKey> key = KeyOf(partition.name, partition.topic_id);
    if (!key.ok()) return key.status();
    if (table.Find(*key) == 0) continue;
    changes.push_back({.key = *key, .topic = partition.name.topic, .offset = {.offset = -1, .committed_at = now}});
  }
  if (auto s = CheckNotTwice(changes); !s.ok()) return s;
  return ChangeOffsets(*folder_, *opened_->file, id_, changes, Durability::kProcess);
}

}  // namespace leat::group
