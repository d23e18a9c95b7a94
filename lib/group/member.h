// One consumer's place in a group: joining, hearing what to read and what to give up, committing, leaving.
#ifndef LEAT_GROUP_MEMBER_H_
#define LEAT_GROUP_MEMBER_H_

#include <leat/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "group/assignor.h"
#include "group/offset.h"

namespace leat::group {

struct MemberOptions {
  AssignorChoice assignor = {};
  std::string instance_id = {};  // not empty: a static member (Kafka's group.instance.id)
  std::string client_id = {};    // for descriptions
  // How long a static member that left, or whose process died, keeps its partitions.
  std::chrono::milliseconds session_timeout{45'000};
  // How long a member may go without a Look before the others go on without it.
  std::chrono::milliseconds max_poll_interval{300'000};
};

// What a Look found. Between two Looks, nothing is taken from a member.
struct MemberChanges {
  std::int32_t generation = 0;
  std::vector<GroupPartition> assigned;  // the member's from now on: begin where Committed says
  std::vector<GroupPartition> revoked;   // still the member's, until it acknowledges; told by each Look until then
  std::vector<GroupPartition> lost;      // not the member's any more, nor anybody's: their topic was deleted
  absl::Status assignor;                 // kInvalidArgument: why the answer of the user's assignor was refused
  bool empty() const { return assigned.empty() && revoked.empty() && lost.empty() && assignor.ok(); }
};

enum class LeaveKind : std::uint8_t {
  kAsConfigured,  // a static member keeps its partitions for session_timeout; any other leaves for good
  kForGood,
};

// Use, in a Poll:
//
//     if (member.NeedsLook()) {
//       auto changes = member.Look();              // kAborted: fenced; see below
//       ... on_revoked(changes->revoked), which may Commit ...; member.Acknowledge(changes->revoked);
//       ... for changes->assigned: member.Committed(partition.place) ...
//     }
//     if there is nothing to return: waiter.Watch(&member.news(), member.news_seen()); waiter.Wait(...), at most 100 ms
//
// and call Resubscribe with the names looked up anew whenever TopicListGeneration has moved.
//
// Fenced: the others have declared this member dead (it did not Look for max_poll_interval, was taken for dead,
// another process came with the same instance id, or an administrator deleted the group). From then on every call but
// Rejoin, Leave and the observers is kAborted, and says why and that the member is to rejoin. owned() still tells what
// it had, until Rejoin empties it; nothing of it may be committed.
//
// All that waits, waits for the group's lock, max_block at most, and is kUnavailable then, naming the holder.
// kFailedPrecondition once the broker is closed or in a forked child; kDataLoss when the group's file is damaged (names
// file, place, and the way out).
//
// Threads: one at a time; news() from all. Lifetime: holds the folder.
class Member {
 public:
  // Joins the group, and makes it if there is none. What it owns the first Look tells.
  //   kInvalidArgument     the id, an option, a topic's name
  //   kFailedPrecondition  the group's members use another assignor; names it
  //   kPermissionDenied    the broker is read-only
  //   kResourceExhausted   1,024 members, or the disk is full
  static absl::StatusOr<std::unique_ptr<Member>> Join(std::shared_ptr<broker::Folder> folder, std::string group_id,
                                                      MemberOptions options, std::vector<std::string> topics);

  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  // Leaves (kAsConfigured), if it has not left.
  ~Member();

  // Whether it is time to Look: there is news, or the last Look is 100 ms ago. One relaxed load of a word that hardly
  // ever changes, and the coarse clock (5 ns).
  bool NeedsLook() const;

  // Says that this member lives, sees to it that others do, and returns what has changed for it. Also computes the
  // user's assignment when it is due. Waits for the lock only when there is something to change.
  absl::StatusOr<MemberChanges> Look();

  // Gives up partitions: told by `revoked`, or of the member's own accord (they may come back then). From here on they
  // are another's.
  absl::Status Acknowledge(std::span<const GroupPartition> partitions);

  // Subscribes to these topics instead; those that do not exist yet count when they do, and the call is made again.
  absl::Status Resubscribe(std::vector<std::string> topics);

  // After kAborted: joins again, as a new member with nothing.
  absl::Status Rejoin(std::vector<std::string> topics);

  // All or none of these are remembered; without any, only looks whether the member is fenced. kTopicDefault is
  // kProcess.
  //   kAborted          fenced: nothing is remembered
  //   kInvalidArgument  a place that is not of owned(); metadata above 4,096 bytes; a negative offset; kDisk in memory
  //   kResourceExhausted  the disk is full (only for metadata)
  //   kDataLoss         kDisk: the sync failed; remembered for as long as the machine runs
  absl::Status Commit(std::span<const OffsetToCommit> offsets, Durability durability);

  // What is remembered of a partition of owned(); nullopt when nothing is. Without lock.
  absl::StatusOr<std::optional<CommittedOffset>> Committed(EntryPlace place) const;

  // Gives up all partitions. Calling it again does nothing.
  absl::Status Leave(LeaveKind kind = LeaveKind::kAsConfigured);

  // Sorted by name. The reference is good until the next Look, Acknowledge, Rejoin or Leave.
  const std::vector<GroupPartition>& owned() const { return owned_; }
  const std::string& group_id() const { return group_id_; }
  const std::string& member_id() const { return member_id_; }
  std::int32_t generation() const { return generation_; }

  // After kAborted: another process came with this member's instance id. Rejoining would fence that one in turn.
  bool replaced() const { return replaced_; }

  // Reads other than news_seen() when there is something to Look at. Whoever changes it rings this process's doorbell:
  // what broker::Waiter::Watch wants. The word is of the group's file: good until Rejoin or Leave.
  const std::atomic<std::uint32_t>& news() const { return *news_; }
  std::uint32_t news_seen() const { return news_seen_; }

 private:
  class Joined;  // the group's file, and this member's line in it

  Member(std::shared_ptr<broker::Folder> folder, std::string group_id, MemberOptions options);

  absl::Status JoinGroup(std::vector<std::string> topics);
  // OK, or why not; kAborted once fenced.
  absl::Status CheckJoined();
  absl::Status Fenced();
  absl::Status TakeNews(MemberChanges& changes);
  absl::Status AssignByUser(MemberChanges& changes);

  const std::shared_ptr<broker::Folder> folder_;
  const std::string group_id_;
  const MemberOptions options_;
  std::string member_id_;
  std::unique_ptr<Joined> joined_;  // null once it has left
  std::vector<GroupPartition> owned_;
  std::int32_t generation_ = 0;
  bool replaced_ = false;
  const std::atomic<std::uint32_t>* news_ = nullptr;
  std::uint32_t news_seen_ = 0;
  std::int64_t looked_at_ = 0;  // by the coarse wall clock, in ms
};

}  // namespace leat::group

#endif  // LEAT_GROUP_MEMBER_H_
