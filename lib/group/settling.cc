#include "group/settling.h"

#include <memory>
#include <string>
#include <vector>

#include "group/group.h"
#include "group/group_file.h"
#include "group/locked_group.h"
#include "group/open_group.h"

namespace leat::group {

absl::Status SettleGroups(broker::Folder& folder) {
  const absl::StatusOr<std::vector<std::string>> ids = ListGroups(folder);
  if (!ids.ok()) return ids.status();
  // Whoever made it may have died before it had its permissions.
  folder.files().TakePermissionsOf(GroupsFolderPath(folder), folder.place().like).IgnoreError();
  for (const std::string& id : *ids) {
    const auto file =
        GroupFile::Open(folder.files(), GroupFilePath(folder, id), HomeOf(folder), io::MapAccess::kReadWrite);
    if (absl::IsNotFound(file.status())) continue;
    if (!file.ok()) return file.status();
    // In all others no lock is ever taken.
    if ((*file)->verdict() != GroupVerdict::kOurs) continue;
    const LockedGroup settled(folder, **file, LockName(id), LockedGroup::Waiting::kNot);
  }
  return absl::OkStatus();
}

}  // namespace leat::group
