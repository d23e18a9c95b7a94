// A group under its lock: the one way in which anything of it is changed.
#ifndef LEAT_GROUP_LOCKED_GROUP_H_
#define LEAT_GROUP_LOCKED_GROUP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "group/fencing.h"
#include "group/group_file.h"
#include "group/rebalance.h"
#include "group/state.h"

namespace leat::group {

// What a group's lock is called in messages.
std::string LockName(std::string_view group_id);

// Holds the lock from its making to its end, if status() is OK; who took it over from the dead finds the member lines
// put right. Whoever is concerned by what was done is woken after the unlock.
class LockedGroup {
 public:
  enum class Waiting : std::uint8_t { kUpToMaxBlock, kNot };

  // status(): kUnavailable when somebody holds it; kNotFound when the group has been deleted: open it anew;
  // kFailedPrecondition when the folder is closed, kPermissionDenied when it is read-only. `what` is the lock's name in
  // messages.
  LockedGroup(broker::Folder& folder, GroupFile& file, std::string_view what,
              Waiting waiting = Waiting::kUpToMaxBlock);
  ~LockedGroup();
  LockedGroup(const LockedGroup&) = delete;
  LockedGroup& operator=(const LockedGroup&) = delete;

  const absl::Status& status() const { return status_; }

  // As ReadState; read once.
  absl::StatusOr<const MembershipState*> state();

  // kFailedPrecondition, naming one, when the group has members.
  absl::Status CheckNoMembers(std::string_view id);

  // Goes on to the next state, which is state() from then on, publishes it, and tells the lines. `why` is for who is a
  // member no more by that. Returns who joined by it, if it is a JoinEvent. Errors: Rebalance's and PublishState's.
  absl::StatusOr<MemberIndex> Apply(const GroupEvent& event, FenceReason why = FenceReason::kLeft);

  // Makes all lines tell what the state says.
  void PutLinesRight();

  // Nobody is a member any more, whatever the state says, and nobody will find the file: it is about to be removed.
  void Abolish();

 private:
  absl::Status Take(std::string_view what, Waiting waiting);
  void Count(const GroupEvent& event, FenceReason why);
  void TellLine(MemberIndex index, const MemberState* member, FenceReason why);
  void Wake(std::uint32_t process);

  broker::Folder& folder_;
  GroupFile& file_;
  const broker::Folder::Call call_;
  bool held_ = false;
  absl::Status status_;
  bool loaded_ = false;
  MembershipState state_;
  std::uint64_t bells_ = 0;
};

}  // namespace leat::group

#endif  // LEAT_GROUP_LOCKED_GROUP_H_
