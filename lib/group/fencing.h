// Why a member is no member any more, and how it is told.
#ifndef LEAT_GROUP_FENCING_H_
#define LEAT_GROUP_FENCING_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "group/layout.h"

namespace leat::group {

// In MemberLine::fenced_why.
enum class FenceReason : std::uint32_t {
  kUnknown = 0,
  kLeft = 1,          // it went by itself
  kPollTooRare = 2,   // no Look for max_poll_interval
  kProcessDied = 3,   // its process was gone
  kReplaced = 4,      // another came with its instance id
  kSessionOver = 5,   // a static member that was away for longer than session_timeout
  kGroupDeleted = 6,  // the group's file was damaged, and the group was deleted
};

// Why the member that had `epoch` on this line has it no more.
FenceReason WhyFenced(const MemberLine& line, std::uint32_t epoch);

// kAborted, saying what has happened and what to do.
absl::Status FencedStatus(FenceReason reason, std::string_view group_id, std::string_view instance_id);

}  // namespace leat::group

#endif  // LEAT_GROUP_FENCING_H_
