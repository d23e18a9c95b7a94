// How a group's state goes on: a pure function of state and event, without clock, disk or chance. Whoever is alive, and
// when, is decided by who sends the events (membership.h).
//
// Every event that changes who is to have what begins a generation. The library's own assignors compute its target at
// once; a user's runs in a member's process, and its answer comes as an event. A partition that is nobody's becomes its
// target's within the same step; one that is somebody's does when that member has released it, or is gone.
#ifndef LEAT_GROUP_REBALANCE_H_
#define LEAT_GROUP_REBALANCE_H_

#include <leat/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "group/state.h"

namespace leat::group {

// What is known of a topic: all zeros and 0 when there is none of that name.
struct TopicFact {
  std::string name;
  base::Uuid id{};
  PartitionId partitions = 0;
};

// Somebody comes. With the instance id of a member, it takes that member's place, with all that is its.
struct JoinEvent {
  MemberState member;  // index, epoch and subscription are filled in
  std::string assignor;
  std::vector<std::string> topics;  // sorted, each once
  std::vector<TopicFact> facts;     // of these
};

// A member subscribes to other topics, or has found that topics changed.
struct ResubscribeEvent {
  MemberIndex member = 0;
  std::vector<std::string> topics;
  std::vector<TopicFact> facts;
};

// A member gives up partitions. Those that are not its any more are no error.
struct ReleasedPartition {
  std::string topic;
  base::Uuid id{};
  PartitionId partition = 0;
};
struct ReleaseEvent {
  MemberIndex member = 0;
  std::vector<ReleasedPartition> partitions;
};

// A member goes for good, by its own will or by the others'.
struct RemoveEvent {
  MemberIndex member = 0;
};

// A static member goes, and may be back.
struct StepAwayEvent {
  MemberIndex member = 0;
};

// A user's assignor has answered, for the members and topics of `generation`. Void when there has been another since.
struct AssignEvent {
  std::int32_t generation = 0;
  std::vector<std::vector<TopicPartition>> assignment;  // of each of MembershipState::members, in their order
};

using GroupEvent = std::variant<JoinEvent, ResubscribeEvent, ReleaseEvent, RemoveEvent, StepAwayEvent, AssignEvent>;

struct Rebalanced {
  MembershipState state;
  MemberIndex joined = kNobody;        // JoinEvent: who that is now
  std::uint32_t replaced_epoch = 0;    // JoinEvent: whose place it took; 0: nobody's
  std::vector<MemberIndex> concerned;  // who is to look: what it owns, or is to release, has changed, or the user's
                                       // assignor is due; sorted
};

//   kFailedPrecondition  the members use another assignor
//   kResourceExhausted   the group is full
//   kNotFound            there is no such member
//   kInvalidArgument     an assignment that no group may have; the state is as it was
//   kAborted             an assignment for a generation that is over
absl::StatusOr<Rebalanced> Rebalance(MembershipState state, const GroupEvent& event);

}  // namespace leat::group

#endif  // LEAT_GROUP_REBALANCE_H_
