// A group as a whole, for whoever is not a member of it: what it is doing, what it remembers, and changing that.
#ifndef LEAT_GROUP_GROUP_H_
#define LEAT_GROUP_GROUP_H_

#include <leat/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "group/offset.h"

namespace leat::group {

struct GroupCounters;

enum class GroupState : std::uint8_t {
  kEmpty,        // no members
  kRebalancing,  // some partitions are on their way from one member to another
  kStable,
};

struct DescribedMember {
  std::string member_id;
  std::string instance_id;  // empty: not static
  std::string client_id;
  std::string host;
  std::int32_t pid = 0;
  bool away = false;                        // a static member that left, and may be back within its session_timeout
  std::vector<std::string> topics;          // subscribed
  std::vector<TopicPartition> owned;        // what it may read
  std::vector<TopicPartition> to_have;      // what it is to have once the others have given that up
  std::chrono::milliseconds since_poll{0};  // since its last sign of life, 100 ms exact
};

struct DescribedGroup {
  std::string id;
  GroupState state = GroupState::kEmpty;
  std::int32_t generation = 0;
  std::string assignor;  // empty while there are no members
  std::vector<DescribedMember> members;
};

struct RememberedOffset {
  GroupPartition partition;
  CommittedOffset committed;
};

// By topic name and id, for those who are no members and know no places.
struct NamedOffset {
  TopicPartition partition;
  std::string topic_id;
  Offset offset = 0;
  LeaderEpoch leader_epoch = -1;
  std::string metadata = {};
};

enum class GroupOpening : std::uint8_t { kExisting, kCreate };

// The readers (all const functions) take no lock and write nothing: they work on read-only brokers, on groups of live
// members, and on damaged files, of which they return what is whole; `damage()` says what is not.
// kFailedPrecondition once the broker is closed or in a forked child.
//
// Threads: safe from all threads. Lifetime: holds the folder.
class Group {
 public:
  //   kInvalidArgument   the id
  //   kNotFound          there is no such group (kExisting, or a read-only broker)
  static absl::StatusOr<std::unique_ptr<Group>> Open(std::shared_ptr<broker::Folder> folder, std::string id,
                                                     GroupOpening opening);

  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group();

  const std::string& id() const { return id_; }

  absl::StatusOr<DescribedGroup> Describe() const;

  // All that is remembered, sorted by name; of topics that were deleted, too (their ids are not of a topic of today).
  absl::StatusOr<std::vector<RememberedOffset>> Offsets() const;
  absl::StatusOr<std::optional<CommittedOffset>> Committed(const TopicPartition& partition,
                                                           std::string_view topic_id) const;

  // What was done to it; null where that is another boot's, or cannot be told. Valid while this lives.
  const GroupCounters* counters() const;

  // OK, or kDataLoss: what of the file cannot be read, and where.
  absl::Status damage() const;

  // Remembers these offsets, all or none: what resetting, copying, and a consumer that was assigned its partitions by
  // hand do. Only while the group has no members (members whose processes are dead are removed first; static ones that
  // are away count until their session_timeout).
  //   kFailedPrecondition  it has members; names one
  //   and as Member::Commit, but kAborted
  absl::Status SetOffsets(std::span<const NamedOffset> offsets, Durability durability);
  // Forgets them; what is not remembered is no error. As SetOffsets.
  absl::Status ForgetOffsets(std::span<const GroupPartition> partitions);

 private:
  class Opened;
  Group(std::shared_ptr<broker::Folder> folder, std::string id, std::unique_ptr<Opened> opened);

  const std::shared_ptr<broker::Folder> folder_;
  const std::string id_;
  const std::unique_ptr<Opened> opened_;
};

// The ids of all groups of the folder, sorted. Without lock.
absl::StatusOr<std::vector<std::string>> ListGroups(broker::Folder& folder);

// Deletes the group with all that it remembers; also one whose file is damaged.
//   kNotFound            there is none
//   kFailedPrecondition  it has members; names one
absl::Status DeleteGroup(const std::shared_ptr<broker::Folder>& folder, std::string_view id);

// Forgets what groups without members have not touched for longer than BrokerOptions::offsets_retention, and offsets of
// topics that are no more; a group that has remembered nothing for so long is deleted. Never waits for a lock; groups in
// use or damaged are left alone. Cheap when called again soon: it does nothing within ten minutes of the last time in
// this process. To be called when a broker was opened, and now and then.
absl::Status ExpireOffsets(const std::shared_ptr<broker::Folder>& folder);

}  // namespace leat::group

#endif  // LEAT_GROUP_GROUP_H_
