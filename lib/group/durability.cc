#include "group/durability.h"

#include <fmt/format.h>

#include <string>

#include "group/offset.h"
#include "group/open_group.h"

namespace leat::group {
namespace {

absl::Status SyncFailed(const GroupFile& file, std::string_view why) {
  return absl::DataLossError(fmt::format(
      "{}: could not be synced{}: what the group commits survives processes, but maybe not the machine; copy it to "
      "another group, or delete it, to have kDisk again",
      file.path(), why));
}

}  // namespace

absl::Status CheckOffset(Offset offset, std::string_view metadata) {
  if (offset < 0)
    return absl::InvalidArgumentError(fmt::format("the offset to commit is {}; it is 0 or more", offset));
  if (metadata.size() <= kMetadataMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the metadata of a commit has {} bytes; {} are allowed", metadata.size(), kMetadataMax));
}

absl::Status CheckDurability(const broker::Folder& folder, const GroupFile& file, Durability durability) {
  if (durability != Durability::kDisk) return absl::OkStatus();
  if (folder.in_memory()) {
    return absl::InvalidArgumentError("Durability::kDisk of a broker in memory, which has no disk");
  }
  if (file.header().sync_failed.load(std::memory_order_relaxed) == 0) return absl::OkStatus();
  return SyncFailed(file, " before");
}

absl::Status MakeDurable(broker::Folder& folder, GroupFile& file, Durability durability) {
  if (durability != Durability::kDisk) return absl::OkStatus();
  const bool vouches = file.vouches();
  if (!vouches) {
    // Who made the file may have died before its name, or its folder's, was on the disk.
    for (const std::string& path : {folder.path(), GroupsFolderPath(folder)}) {
      if (auto s = folder.files().SyncDirectory(path); !s.ok()) return s;
    }
    if (auto s = file.StoreAgain(); !s.ok()) return s;
  }
  const absl::Status synced = file.Sync();
  if (synced.ok()) {
    if (!vouches) file.SetVouches();
    return synced;
  }
  file.header().sync_failed.store(1, std::memory_order_relaxed);
  return SyncFailed(file, fmt::format(" ({})", std::string(synced.message())));
}

}  // namespace leat::group
