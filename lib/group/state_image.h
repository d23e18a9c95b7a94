// A group's state as bytes: what an image extent holds.
#ifndef LEAT_GROUP_STATE_IMAGE_H_
#define LEAT_GROUP_STATE_IMAGE_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "group/state.h"

namespace leat::group {

std::vector<std::byte> EncodeState(const MembershipState& state);

// kDataLoss when these are not the bytes of a state that can be: members in order and within bounds, every owner and
// every target a member's or nobody's. `where` is for the message.
absl::StatusOr<MembershipState> DecodeState(std::span<const std::byte> bytes, std::string_view where);

}  // namespace leat::group

#endif  // LEAT_GROUP_STATE_IMAGE_H_
