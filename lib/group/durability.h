// What a commit may be, and what it must have survived.
#ifndef LEAT_GROUP_DURABILITY_H_
#define LEAT_GROUP_DURABILITY_H_

#include <leat/types.h>

#include <string_view>

#include "absl/status/status.h"
#include "broker/folder.h"
#include "group/group_file.h"

namespace leat::group {

// kInvalidArgument: a negative offset, or more metadata than there may be.
absl::Status CheckOffset(Offset offset, std::string_view metadata);

// kInvalidArgument for kDisk in memory; kDataLoss for kDisk where a sync has failed before.
absl::Status CheckDurability(const broker::Folder& folder, const GroupFile& file, Durability durability);

// Syncs if it is to be kDisk. After a failure nobody tries again: the kernel may have dropped what it could not write,
// and would report success. What others had stored before this process opened the file it cannot vouch for: that is
// stored again first (log/voucher.h says why).
absl::Status MakeDurable(broker::Folder& folder, GroupFile& file, Durability durability);

}  // namespace leat::group

#endif  // LEAT_GROUP_DURABILITY_H_
