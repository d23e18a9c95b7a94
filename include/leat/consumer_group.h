// What one asks, and does, about a consumer group as a whole: who is in it, how far it has come, where it is to go on.
#ifndef LEAT_CONSUMER_GROUP_H_
#define LEAT_CONSUMER_GROUP_H_

#include <leat/broker.h>
#include <leat/consumer.h>
#include <leat/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace client {
class GroupHandle;
}  // namespace client
inline namespace v1 {

// What a group is doing.
enum class GroupState : std::uint8_t {
  kEmpty,        // no members
  kRebalancing,  // partitions are on their way from one member to another
  kStable,       // every member has what it is to have
};

// One member of a group, as anybody may see it.
struct GroupMemberDescription {
  std::string id;                               // of this membership: another one after a restart
  std::string instance_id;                      // group_instance_id; empty when it has none
  std::string host;                             // a container's name tells PID namespaces apart
  std::int32_t pid = 0;                         // in its own PID namespace
  bool away = false;                            // it left or died, and its partitions wait for its group_instance_id
  std::vector<std::string> topics = {};         // that it subscribes to, sorted
  std::vector<TopicPartition> assignment = {};  // what it may read now, sorted
  std::vector<TopicPartition> target = {};      // what it is to read once others have given that up, sorted
  std::chrono::milliseconds since_poll{0};      // since it was last in a Poll, 100 ms exact
};

// What a group knows of a partition: the members' ones, and those for which something was committed.
struct GroupPartitionDescription {
  TopicPartition partition;                       // which one
  std::optional<CommittedOffset> committed = {};  // the last commit; nullopt: none
  std::string member_id = {};                     // who reads it now; empty: nobody
  // Behind what is committed, or all that there is when nothing is. Not OK, and why, when it cannot be told.
  absl::StatusOr<ConsumerLag> lag = ConsumerLag{};
};

// A group as it is at one moment.
struct GroupDescription {
  std::string id;                                          // its name
  GroupState state = GroupState::kEmpty;                   // whether anything is on its way between members
  std::int32_t generation = 0;                             // counts the changes of its assignment
  std::string assignor = {};                               // sticky, range, roundrobin, or own; empty without members
  std::vector<GroupMemberDescription> members = {};        // in no particular order
  std::vector<GroupPartitionDescription> partitions = {};  // sorted
  // What was found wrong with the group's file, and left out here. Its message names file and place.
  absl::Status status = {};
};

// Where ConsumerGroup::Reset puts a group's offsets. What lies outside of a log is moved to its nearer end.
class ResetTarget {
 public:
  // Each partition's log start.
  static ResetTarget Begin() { return ResetTarget(Kind::kBegin, 0); }
  // Each partition's high watermark: behind all that is there.
  static ResetTarget End() { return ResetTarget(Kind::kEnd, 0); }
  // This offset, in every partition.
  static ResetTarget To(Offset offset) { return ResetTarget(Kind::kOffset, offset); }
  // The first record whose timestamp is at or after `time`; the end when there is none.
  static ResetTarget Time(Timestamp time) { return ResetTarget(Kind::kTime, time.time_since_epoch().count()); }
  // The first record that is not older than this.
  static ResetTarget Ago(std::chrono::milliseconds age) { return ResetTarget(Kind::kAgo, age.count()); }
  // So many records further on, or, negative, back, from what is committed (from the begin, where nothing is).
  static ResetTarget Shift(std::int64_t records) { return ResetTarget(Kind::kShift, records); }

 private:
  friend class client::GroupHandle;
  enum class Kind : std::uint8_t { kBegin, kEnd, kOffset, kTime, kAgo, kShift };
  ResetTarget(Kind kind, std::int64_t value) : kind_(kind), value_(value) {}

  Kind kind_;
  std::int64_t value_;
};

// What ConsumerGroup::Reset is to move, and how.
struct ResetOptions {
  // Whose offsets: of all partitions of these topics, and of these partitions. Neither: of all partitions for which the
  // group has committed something.
  std::vector<std::string> topics = {};
  std::vector<TopicPartition> partitions = {};

  // Only says what it would do.
  bool dry_run = false;

  // What the new offsets survive when Reset returns: kDisk syncs them.
  Durability durability = Durability::kTopicDefault;
};

// One line of what Reset and CopyFrom did, or would do.
struct OffsetChange {
  TopicPartition partition;         // whose offset
  std::optional<Offset> from = {};  // what was committed; nullopt: nothing
  Offset to = 0;                    // what is committed now, or would be

  friend bool operator==(const OffsetChange&, const OffsetChange&) = default;
};

// A group by its id, whether one is a member of it or not, and whether it is there yet or not: Reset and CopyFrom make
// it. Who wants to be a member opens a Consumer.
//
//   auto mailer = leat::ConsumerGroup::Open(*broker, "mailer");
//   if (!mailer.ok()) return mailer.status();
//   auto description = mailer->Describe();
//   if (!description.ok()) return description.status();
//   for (const auto& p : description->partitions) {
//     if (p.lag.ok()) fmt::print("{}: {} records to go, read by {}\n", p.partition, p.lag->records, p.member_id);
//   }
//
// Asking takes no lock and writes nothing, so that a read-only broker will do. All that changes a group is refused with
// kFailedPrecondition while it has members, with kPermissionDenied by a read-only broker, and with kUnavailable when
// another process holds the group for longer than max_block.
//
// Threads: safe from all threads. Lifetime: copies share; keeps the broker's folder open in this process.
class ConsumerGroup {
 public:
  // The ids of all groups of the folder, sorted.
  static absl::StatusOr<std::vector<std::string>> List(const Broker& broker);

  // Waits for nothing and looks for nothing.
  //   kInvalidArgument   no id can be so long, or empty
  static absl::StatusOr<ConsumerGroup> Open(const Broker& broker, std::string group_id);

  // The id that it was opened by.
  const std::string& id() const;

  // How it is now: members, who reads what, what is committed, and how much there is behind that.
  //   kNotFound   nobody has ever been in it, it was deleted, or its time is over (BrokerOptions::offsets_retention)
  //   kDataLoss   its file is damaged so that nothing can be told; names it
  absl::StatusOr<GroupDescription> Describe() const;

  // Puts the offsets of partitions to `target`, and returns what was, or would be, changed; sorted. All or, on an
  // error, none.
  //   kNotFound   there is no such topic or partition
  absl::StatusOr<std::vector<OffsetChange>> Reset(const ResetTarget& target, const ResetOptions& options = {});

  // Makes this group's offsets those of another group, with their metadata, where that has any; what else is committed
  // here stays.
  //   kNotFound   the other group is not there
  absl::StatusOr<std::vector<OffsetChange>> CopyFrom(const ConsumerGroup& other, bool dry_run = false,
                                                     Durability durability = Durability::kTopicDefault);

  // Forgets what is committed for these partitions. What is not committed is no error.
  absl::Status Forget(const std::vector<TopicPartition>& partitions);

  // Deletes it with all its offsets; also one whose file is damaged.
  //   kNotFound   it is not there
  absl::Status Delete();

 private:
  explicit ConsumerGroup(std::shared_ptr<client::GroupHandle> state);

  std::shared_ptr<client::GroupHandle> state_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_CONSUMER_GROUP_H_
