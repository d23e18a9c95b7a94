// The library's own ways to divide partitions, as functions on a state: they set each topic's target. Deterministic.
// sticky_assignor.cc has the one that keeps what it can.
#ifndef LEAT_GROUP_ASSIGNORS_H_
#define LEAT_GROUP_ASSIGNORS_H_

#include <leat/assignor.h>

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "group/state.h"

namespace leat::group {

bool IsBuiltInAssignor(std::string_view name);

// With the assignor that the state names, which is a built-in one.
void ComputeTarget(MembershipState& state);

// Each: partitions that nobody subscribes to get no target.
void AssignRange(MembershipState& state);
void AssignRoundRobin(MembershipState& state);
// Balanced: no member could have two partitions less by handing some on, directly or over others, to one that has
// fewer. What a partition's target was (or, where that is gone, its owner) it stays, but for the moves that balance
// takes.
void AssignSticky(MembershipState& state);

// For a user's assignor: what it is asked, and whether its answer may be taken. kInvalidArgument says what is wrong.
AssignmentRequest RequestOf(const MembershipState& state);
absl::Status TakeAssignment(MembershipState& state, const std::vector<std::vector<TopicPartition>>& assignment);

// Targets whose member is gone, or does not subscribe any more, become nobody.
void DropVoidTargets(MembershipState& state);

}  // namespace leat::group

#endif  // LEAT_GROUP_ASSIGNORS_H_
