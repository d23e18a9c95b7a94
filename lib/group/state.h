// Who is in a group, and whose each partition is: a value, which rebalance.h moves from one state to the next.
//
// A partition has one owner and one target. Who owns it may read it; it is the target's as soon as it is nobody's. So no
// state has two owners of a partition, whatever happens; and what is to be revoked is what has another target than its
// owner.
#ifndef LEAT_GROUP_STATE_H_
#define LEAT_GROUP_STATE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace leat::group {

using MemberIndex = std::uint16_t;  // of a member's line in the group's file
inline constexpr MemberIndex kNobody = 0xFFFF;

struct MemberState {
  MemberIndex index = 0;
  std::uint32_t epoch = 0;         // unique in the group: whoever has another one has been fenced
  std::uint32_t process = 0;       // as a lock word names it; 0 when away
  std::uint32_t subscription = 0;  // index in MembershipState::subscriptions
  std::int32_t pid = 0;
  std::int64_t session_timeout_ms = 0;
  std::int64_t max_poll_ms = 0;
  std::string member_id;
  std::string instance_id;  // empty: not static
  std::string client_id;
  std::string host;

  bool away() const { return process == 0; }
  friend bool operator==(const MemberState&, const MemberState&) = default;
};

struct TopicState {
  std::string name;
  base::Uuid id{};                  // all zeros while there is no such topic
  std::vector<MemberIndex> owner;   // of each partition
  std::vector<MemberIndex> target;  // of each partition

  std::size_t partitions() const { return owner.size(); }
  friend bool operator==(const TopicState&, const TopicState&) = default;
};

struct MembershipState {
  std::int32_t generation = 0;         // moves when the target is to be computed anew
  std::int32_t target_generation = 0;  // what the target was computed for; older while a user's assignor is due
  std::uint32_t next_epoch = 1;
  std::string assignor;                                 // empty while there are no members
  std::vector<MemberState> members;                     // by index
  std::vector<TopicState> topics;                       // by name: what is subscribed, and what is still owned
  std::vector<std::vector<std::string>> subscriptions;  // each sorted; no two the same, none without a member

  friend bool operator==(const MembershipState&, const MembershipState&) = default;
};

// nullptr when there is none.
MemberState* FindMember(MembershipState& state, MemberIndex index);
const MemberState* FindMember(const MembershipState& state, MemberIndex index);
TopicState* FindTopic(MembershipState& state, std::string_view name);
const TopicState* FindTopic(const MembershipState& state, std::string_view name);
bool IsSubscribed(const MembershipState& state, const MemberState& member, std::string_view topic);

// Whether everything is where it is to be.
bool IsSettled(const MembershipState& state);

}  // namespace leat::group

#endif  // LEAT_GROUP_STATE_H_
