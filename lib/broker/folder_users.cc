#include "broker/folder_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "broker/folder.h"
#include "broker/folder_lock.h"
#include "broker/folder_meta.h"
#include "shared/control_file.h"
#include "shared/process_slot.h"
#include "shared/slot_holder.h"

namespace leat::broker {
absl::StatusOr<FolderUse> FindUsers(const std::string& folder, const Environment& environment) {
  io::FileSystem& files = *environment.files;
  if (const auto meta = ReadFolderMeta(files, folder, true); absl::IsNotFound(meta.status())) {
    return absl::NotFoundError(fmt::format("{}: is not a leat folder (it has no {})", folder, kMetaFileName));
  }
  FolderUse use;
  // Another opening of the file than any that holds a lock, so that this process's own are seen, too.
  const auto lock_file = files.Open(io::JoinPath(folder, kLockFileName), io::OpenMode::kRead);
  if (absl::IsNotFound(lock_file.status())) return use;
  if (!lock_file.ok()) return lock_file.status();
  const auto held = (*lock_file)->IsLockedByOther(shared::kFolderByte);
  if (!held.ok()) return held.status();
  use.in_use = *held;
  if (!use.in_use) return use;
  const auto control = shared::ControlFile::Open(files, io::JoinPath(folder, kControlFileName), environment.boot_id,
                                                 io::MapAccess::kRead);
  if (!control.ok() || (*control)->verdict() != shared::IdentityVerdict::kOurs) return use;
  const std::uint32_t bound =
      std::min((*control)->header().slot_bound.load(std::memory_order_acquire), shared::kMaxSlots);
  for (std::uint32_t i = 0; i < bound; ++i) {
    const shared::Slot& slot = (*control)->slot(i);
    if (slot.state.load(std::memory_order_acquire) != shared::kSlotUsed) continue;
    const auto lives = (*lock_file)->IsLockedByOther(shared::SlotByte(i));
    if (!lives.ok() || !*lives) continue;
    const shared::SlotHolder holder = shared::HolderOf(slot);
    use.processes.push_back(
        {.pid = holder.pid, .host = holder.host, .program = holder.program, .stopped = holder.stopped});
  }
  std::sort(use.processes.begin(), use.processes.end(),
            [](const auto& a, const auto& b) { return std::tie(a.host, a.pid) < std::tie(b.host, b.pid); });
  return use;
}

}  // namespace leat::broker
