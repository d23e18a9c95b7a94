#include "group/open_group.h"

#include <fmt/format.h>

#include <cstring>

#include "group/group_id.h"
#include "group/renewal.h"

namespace leat::group {
namespace {

absl::Status NoSuchGroup(const broker::Folder& folder, std::string_view id) {
  return absl::NotFoundError(fmt::format("group \"{}\": there is none of that id in {}", id, folder.path()));
}

absl::Status MakeGroupsFolder(broker::Folder& folder) {
  const std::string path = GroupsFolderPath(folder);
  const absl::Status made = folder.files().MakeDirectory(path);
  if (absl::IsAlreadyExists(made)) return absl::OkStatus();
  if (!made.ok()) return made;
  if (auto s = folder.files().TakePermissionsOf(path, folder.place().like); !s.ok()) return s;
  return folder.files().SyncDirectory(folder.path());
}

bool IsGone(const GroupFile& file) {
  return file.verdict() == GroupVerdict::kOurs && file.header().gone.load(std::memory_order_acquire) == kGroupGone;
}

// Under the header lock: what is there now, or a new one in its place.
absl::StatusOr<std::unique_ptr<GroupFile>> MakeOrRenew(broker::Folder& folder, std::string_view id,
                                                       GroupOpening opening) {
  const std::string path = GroupFilePath(folder, id);
  const GroupHome home = HomeOf(folder);
  auto there = GroupFile::Open(folder.files(), path, home, io::MapAccess::kReadWrite);
  if (!there.ok() && !absl::IsNotFound(there.status())) return there;
  if (there.ok() && (*there)->verdict() != GroupVerdict::kElsewhere && !IsGone(**there)) return there;
  const bool renew = there.ok() && (*there)->verdict() == GroupVerdict::kElsewhere;
  if (!renew && opening == GroupOpening::kExisting) return NoSuchGroup(folder, id);
  if (auto s = MakeGroupsFolder(folder); !s.ok()) return s;
  auto made = GroupFile::Make(folder.files(), path, home, folder.place().like);
  if (!made.ok()) return made;
  (*made)->header().empty_since.store(folder.clock().WallMillis(), std::memory_order_relaxed);
  if (renew) {
    if (auto s = CarryOver(folder, **there, **made); !s.ok()) return s;
    // What was synced in the old file must be in the new one before that takes its name.
    if (auto s = (*made)->Sync(); !s.ok()) return s;
  }
  if (auto s = (*made)->Publish(folder.files()); !s.ok()) return s;
  if (auto s = folder.files().SyncDirectory(GroupsFolderPath(folder)); !s.ok()) return s;
  return made;
}

}  // namespace

std::string GroupsFolderPath(const broker::Folder& folder) { return io::JoinPath(folder.path(), kGroupsFolderName); }

std::string GroupFilePath(const broker::Folder& folder, std::string_view id) {
  return io::JoinPath(GroupsFolderPath(folder), GroupFileName(id));
}

GroupHome HomeOf(const broker::Folder& folder) {
  if (!folder.has_control()) return {};
  const shared::Identity& identity = folder.control().header().identity;
  return {.boot_id = std::string(identity.boot_id, strnlen(identity.boot_id, sizeof identity.boot_id)),
          .control = {.device = identity.device, .inode = identity.inode}};
}

GroupListLock::GroupListLock(broker::Folder& folder) : folder_(folder) {
  status_ = folder.CheckStillThere();
  if (!status_.ok()) return;
  // Whoever died under it left nothing that is ours to mend: topics show what they need, and a file of ours that was
  // not published has no name.
  status_ = folder.locker()
                ->Lock(folder.control().header().header_lock, fmt::format("the list of groups of {}", folder.path()))
                .status();
}

GroupListLock::~GroupListLock() {
  if (status_.ok()) folder_.locker()->Unlock(folder_.control().header().header_lock);
}

absl::StatusOr<std::unique_ptr<GroupFile>> OpenGroupFile(broker::Folder& folder, std::string_view id,
                                                         GroupOpening opening) {
  if (auto s = CheckGroupId(id); !s.ok()) return s;
  const broker::Folder::Call call(folder);
  if (!call.status().ok()) return call.status();
  const auto access = folder.read_only() ? io::MapAccess::kRead : io::MapAccess::kReadWrite;
  auto file = GroupFile::Open(folder.files(), GroupFilePath(folder, id), HomeOf(folder), access);
  if (!file.ok() && !absl::IsNotFound(file.status())) return file;
  if (folder.read_only()) return file.ok() ? std::move(file) : NoSuchGroup(folder, id);
  if (file.ok() && (*file)->verdict() != GroupVerdict::kElsewhere && !IsGone(**file)) return file;
  if (!file.ok() && opening == GroupOpening::kExisting) return NoSuchGroup(folder, id);
  const GroupListLock lock(folder);
  if (!lock.status().ok()) return lock.status();
  return MakeOrRenew(folder, id, opening);
}

}  // namespace leat::group
