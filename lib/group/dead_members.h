// Finding members that are no more, and going on without them.
#ifndef LEAT_GROUP_DEAD_MEMBERS_H_
#define LEAT_GROUP_DEAD_MEMBERS_H_

#include <chrono>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "broker/folder.h"
#include "group/group_file.h"
#include "group/state.h"

namespace leat::group {

// How often the members together look. A death is noticed within this and a member's own interval.
inline constexpr std::chrono::milliseconds kLookAtOthersEvery{200};

enum class LookAtOthers : std::uint8_t {
  kNowAndThen,  // only if nobody has within kLookAtOthersEvery
  kNow,
};

// Removes members whose process is gone (a static one steps away and keeps its partitions), who have not looked for
// their max_poll_interval, or have been away for their session_timeout. Without anything of that it takes no lock; it
// never waits for one either: who holds it may be doing just that, and the next look comes soon. `self` is not looked
// at.
//
// OK when there was nothing to do, or it was left to others; else LockedGroup's and Rebalance's errors.
absl::Status RemoveTheDead(broker::Folder& folder, GroupFile& file, std::string_view what, LookAtOthers when,
                           MemberIndex self = kNobody);

}  // namespace leat::group

#endif  // LEAT_GROUP_DEAD_MEMBERS_H_
