// Finding a group's file by the group's id: opening it, making it, making it anew where its memory is another boot's.
#ifndef LEAT_GROUP_OPEN_GROUP_H_
#define LEAT_GROUP_OPEN_GROUP_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "group/group.h"
#include "group/group_file.h"

namespace leat::group {

std::string GroupsFolderPath(const broker::Folder& folder);
std::string GroupFilePath(const broker::Folder& folder, std::string_view id);

// In whose memory a file must be to be believed; nobody's, where nobody has the folder open.
GroupHome HomeOf(const broker::Folder& folder);

// Read-only for a read-only broker, and then of whatever boot; otherwise kOurs, or what VerdictStatus() has to say.
//   kInvalidArgument   the id
//   kNotFound          kExisting, or the broker is read-only
//   kUnavailable       the header lock is held for longer than max_block
absl::StatusOr<std::unique_ptr<GroupFile>> OpenGroupFile(broker::Folder& folder, std::string_view id,
                                                         GroupOpening opening);

// The folder's header lock, under which groups' files come and go. Held while it lives, if status() is OK.
class GroupListLock {
 public:
  explicit GroupListLock(broker::Folder& folder);
  ~GroupListLock();
  GroupListLock(const GroupListLock&) = delete;
  GroupListLock& operator=(const GroupListLock&) = delete;
  const absl::Status& status() const { return status_; }

 private:
  broker::Folder& folder_;
  absl::Status status_;
};

}  // namespace leat::group

#endif  // LEAT_GROUP_OPEN_GROUP_H_
