// The state of a group in its file: two images, of which one is current.
#ifndef LEAT_GROUP_STATE_STORE_H_
#define LEAT_GROUP_STATE_STORE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "group/group_file.h"
#include "group/state.h"

namespace leat::group {

struct StoredState {
  std::uint64_t version = 0;
  MembershipState state;
};

// By anybody, without the lock: looks again while a publication comes in between. kDataLoss, naming the file, when the
// current image is damaged; kUnavailable when publications keep coming in between.
absl::StatusOr<StoredState> ReadState(const GroupFile& file);

// Makes `state` the current one; whoever dies in here has done so or not. Under the group's lock. kResourceExhausted.
absl::Status PublishState(GroupFile& file, const MembershipState& state);

}  // namespace leat::group

#endif  // LEAT_GROUP_STATE_STORE_H_
