// Which groups there are, and one fewer.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "group/dead_members.h"
#include "group/group.h"
#include "group/group_id.h"
#include "group/locked_group.h"
#include "group/open_group.h"
#include "group/state_store.h"

namespace leat::group {

absl::StatusOr<std::vector<std::string>> ListGroups(broker::Folder& folder) {
  if (auto s = folder.Usable(); !s.ok()) return s;
  const absl::StatusOr<std::vector<std::string>> names = folder.files().List(GroupsFolderPath(folder));
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  if (!names.ok()) return names.status();
  std::vector<std::string> ids;
  for (const std::string& name : *names) {
    if (std::optional<std::string> id = ParseGroupFileName(name); id.has_value()) ids.push_back(*std::move(id));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

absl::Status DeleteGroup(const std::shared_ptr<broker::Folder>& folder, std::string_view id) {
  if (folder == nullptr) return absl::UnimplementedError("groups need a broker of a folder of this machine");
  if (folder->read_only()) return absl::PermissionDeniedError(fmt::format("{}: is open read-only", folder->path()));
  absl::StatusOr<std::unique_ptr<GroupFile>> file = OpenGroupFile(*folder, id, GroupOpening::kExisting);
  if (!file.ok()) return file.status();
  const broker::Folder::Call call(*folder);
  if (!call.status().ok()) return call.status();
  const GroupListLock list(*folder);
  if (!list.status().ok()) return list.status();
  const bool whole = (*file)->verdict() == GroupVerdict::kOurs && ReadState(**file).ok();
  if (whole) {
    if (auto s = RemoveTheDead(*folder, **file, LockName(id), LookAtOthers::kNow); !s.ok()) return s;
    LockedGroup group(*folder, **file, LockName(id));
    if (!group.status().ok()) return group.status();
    if (auto s = group.CheckNoMembers(id); !s.ok()) return s;
    group.Abolish();
  } else if ((*file)->Has(0, kGroupSizeMin / kUnit)) {
    // Who is in it cannot be told; whoever is, is told. The lock may be damaged, too, and need not be waited for.
    LockedGroup group(*folder, **file, LockName(id), LockedGroup::Waiting::kNot);
    group.Abolish();
  }
  if (auto s = io::RemoveIfThere(folder->files(), GroupFilePath(*folder, id)); !s.ok()) return s;
  return folder->files().SyncDirectory(GroupsFolderPath(*folder));
}

}  // namespace leat::group
