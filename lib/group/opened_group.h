// What is behind a Group.
#ifndef LEAT_GROUP_OPENED_GROUP_H_
#define LEAT_GROUP_OPENED_GROUP_H_

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "broker/folder.h"
#include "group/group.h"
#include "group/group_file.h"
#include "group/offset_entry.h"

namespace leat::group {

class Group::Opened {
 public:
  explicit Opened(std::unique_ptr<GroupFile> group_file) : file(std::move(group_file)) {}

  // Whether there is something to look at.
  absl::Status Check(const broker::Folder& folder, std::string_view id) const {
    if (auto s = folder.Usable(); !s.ok()) return s;
    if (file->verdict() == GroupVerdict::kOtherLayout || file->verdict() == GroupVerdict::kAnothers) {
      return file->VerdictStatus();
    }
    const bool gone =
        file->verdict() == GroupVerdict::kOurs && file->header().gone.load(std::memory_order_acquire) == kGroupGone;
    if (!gone) return absl::OkStatus();
    return absl::NotFoundError(fmt::format("group \"{}\": has been deleted", id));
  }
  DamagedSlots damaged_slots() const {
    return file->verdict() == GroupVerdict::kOurs ? DamagedSlots::kRefused : DamagedSlots::kIgnored;
  }

  const std::unique_ptr<GroupFile> file;
};

}  // namespace leat::group

#endif  // LEAT_GROUP_OPENED_GROUP_H_
