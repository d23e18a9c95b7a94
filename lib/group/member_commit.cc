// Member::Commit and what it remembered.
#include <fmt/format.h>

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "group/durability.h"
#include "group/joined_member.h"
#include "group/member.h"
#include "group/offset_entry.h"
#include "shared/counters.h"

namespace leat::group {
namespace {

// Room for metadata is made for the next commit of an entry, not for two.
bool AnyTwice(std::span<const OffsetToCommit> offsets) {
  absl::flat_hash_set<EntryPlace> places;
  return !std::all_of(offsets.begin(), offsets.end(),
                      [&](const OffsetToCommit& offset) { return places.insert(offset.place).second; });
}

}  // namespace

absl::Status Member::Commit(std::span<const OffsetToCommit> offsets, Durability durability) {
  if (auto s = CheckJoined(); !s.ok()) return s;
  GroupFile& file = *joined_->file;
  if (auto s = CheckDurability(*folder_, file, durability); !s.ok()) return s;
  bool any_metadata = false;
  for (const OffsetToCommit& offset : offsets) {
    any_metadata = any_metadata || !offset.metadata.empty();
    if (auto s = CheckOffset(offset.offset, offset.metadata); !s.ok()) return s;
    if (!joined_->places.contains(offset.place)) {
      return absl::InvalidArgumentError(
          fmt::format("an offset of a partition that this member of the group \"{}\" does not own", group_id_));
    }
  }
  if (any_metadata && AnyTwice(offsets)) return absl::InvalidArgumentError("a partition is in the commit twice");
  {
    const LockedGroup group(*folder_, file, joined_->lock_name);
    if (!group.status().ok()) return group.status();
    if (joined_->IsFenced()) return Fenced();
    for (const OffsetToCommit& offset : offsets) {
      if (auto s = MakeRoomForMetadata(file, offset.place, offset.metadata.size()); !s.ok()) return s;
    }
    const std::int64_t now = folder_->clock().WallMillisCoarse();
    for (const OffsetToCommit& offset : offsets) {
      auto s = WriteEntry(file, offset.place, joined_->places.find(offset.place)->second,
                          {.offset = offset.offset,
                           .leader_epoch = offset.leader_epoch,
                           .metadata = offset.metadata,
                           .committed_at = now});
      if (!s.ok()) return s;
    }
    if (folder_->counts()) {
      shared::AddAlone(file.header().counters.commits);
      shared::AddAlone(file.header().counters.committed_offsets, offsets.size());
    }
  }
  return offsets.empty() ? absl::OkStatus() : MakeDurable(*folder_, file, durability);
}

absl::StatusOr<std::optional<CommittedOffset>> Member::Committed(EntryPlace place) const {
  if (joined_ == nullptr || !joined_->places.contains(place)) {
    return absl::InvalidArgumentError(
        fmt::format("a partition that this member of the group \"{}\" does not own", group_id_));
  }
  if (auto s = folder_->Usable(); !s.ok()) return s;
  return ReadEntry(*joined_->file, place, joined_->places.find(place)->second);
}

}  // namespace leat::group
