// What is carried over from a group's file that is of another boot, of another control file, or a copy, into a new one.
#ifndef LEAT_GROUP_RENEWAL_H_
#define LEAT_GROUP_RENEWAL_H_

#include "absl/status/status.h"
#include "broker/folder.h"
#include "group/group_file.h"

namespace leat::group {

// Every offset whose checksum is right, or was right at the commit before. After a power loss a log may have less, or
// something else, where a commit points to: such a commit is set back to where the log agrees with it, and says so
// (CommittedOffset::set_back_from). Nothing else counts: there are no members, and nobody holds the lock.
//
// `to` is new, and nobody else's yet. Under the header lock.
absl::Status CarryOver(broker::Folder& folder, const GroupFile& from, GroupFile& to);

}  // namespace leat::group

#endif  // LEAT_GROUP_RENEWAL_H_
