#include "group/state_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "group/layout.h"

namespace leat::group {
namespace {

class Encoder {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void Put(const T& value) { PutBytes(&value, sizeof value); }
  void PutText(std::string_view text) {
    Put(static_cast<std::uint32_t>(text.size()));
    PutBytes(text.data(), text.size());
  }
  void PutIndexes(const std::vector<MemberIndex>& indexes) {
    PutBytes(indexes.data(), indexes.size() * sizeof(MemberIndex));
  }
  std::vector<std::byte> Take() && { return std::move(bytes_); }

 private:
  void PutBytes(const void* from, std::size_t size) {
    if (size == 0) return;
    const auto* begin = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }

  std::vector<std::byte> bytes_;
};

// Once something was missing, everything reads as nothing.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : left_(bytes) {}

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void Get(T& value) { GetBytes(&value, sizeof value); }
  void GetText(std::string& text) {
    const std::uint32_t size = GetCount(1);
    text.resize(size);
    GetBytes(text.data(), size);
  }
  void GetIndexes(std::vector<MemberIndex>& indexes, std::size_t count) {
    indexes.resize(count);
    GetBytes(indexes.data(), count * sizeof(MemberIndex));
  }
  // Of things of `smallest` bytes at least: no more than the rest has room for.
  std::uint32_t GetCount(std::size_t smallest) {
    std::uint32_t count = 0;
    Get(count);
    if (count <= left_.size() / smallest) return count;
    Fail();
    return 0;
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && left_.empty(); }

 private:
  void Fail() {
    ok_ = false;
    left_ = {};
  }
  void GetBytes(void* to, std::size_t size) {
    if (size > left_.size()) Fail();
    if (!ok_ || size == 0) return;
    std::memcpy(to, left_.data(), size);
    left_ = left_.subspan(size);
  }

  std::span<const std::byte> left_;
  bool ok_ = true;
};

void PutMember(Encoder& to, const MemberState& member) {
  to.Put(member.index);
  to.Put(member.epoch);
  to.Put(member.process);
  to.Put(member.subscription);
  to.Put(member.pid);
  to.Put(member.session_timeout_ms);
  to.Put(member.max_poll_ms);
  to.PutText(member.member_id);
  to.PutText(member.instance_id);
  to.PutText(member.client_id);
  to.PutText(member.host);
}

void GetMember(Decoder& from, MemberState& member) {
  from.Get(member.index);
  from.Get(member.epoch);
  from.Get(member.process);
  from.Get(member.subscription);
  from.Get(member.pid);
  from.Get(member.session_timeout_ms);
  from.Get(member.max_poll_ms);
  from.GetText(member.member_id);
  from.GetText(member.instance_id);
  from.GetText(member.client_id);
  from.GetText(member.host);
}

template <typename T, typename Less>
bool GrowsStrictly(const std::vector<T>& all, Less less) {
  return std::adjacent_find(all.begin(), all.end(), [&](const T& a, const T& b) { return !less(a, b); }) == all.end();
}

// What the code relies on without looking again.
bool IsPossible(const MembershipState& state) {
  std::vector<bool> known(kNobody + 1u);
  known[kNobody] = true;
  for (const MemberState& member : state.members) {
    if (member.index >= kMaxMembers || member.epoch == 0 || member.epoch >= state.next_epoch) return false;
    if (member.subscription >= state.subscriptions.size()) return false;
    if (member.process == 0 && member.instance_id.empty()) return false;
    known[member.index] = true;
  }
  const auto is_known = [&](MemberIndex index) { return known[index]; };
  return GrowsStrictly(state.members, [](const auto& a, const auto& b) { return a.index < b.index; }) &&
         GrowsStrictly(state.topics, [](const auto& a, const auto& b) { return a.name < b.name; }) &&
         std::all_of(state.topics.begin(), state.topics.end(),
                     [&](const TopicState& topic) {
                       return std::all_of(topic.owner.begin(), topic.owner.end(), is_known) &&
                              std::all_of(topic.target.begin(), topic.target.end(), is_known);
                     }) &&
         std::all_of(state.subscriptions.begin(), state.subscriptions.end(), [](const auto& topics) {
           return GrowsStrictly(topics, [](const auto& a, const auto& b) { return a < b; });
         });
}

}  // namespace

std::vector<std::byte> EncodeState(const MembershipState& state) {
  Encoder to;
  to.Put(state.generation);
  to.Put(state.target_generation);
  to.Put(state.next_epoch);
  to.PutText(state.assignor);
  to.Put(static_cast<std::uint32_t>(state.members.size()));
  for (const MemberState& member : state.members) PutMember(to, member);
  to.Put(static_cast<std::uint32_t>(state.topics.size()));
  for (const TopicState& topic : state.topics) {
    to.PutText(topic.name);
    to.Put(topic.id);
    to.Put(static_cast<std::uint32_t>(topic.partitions()));
    to.PutIndexes(topic.owner);
    to.PutIndexes(topic.target);
  }
  to.Put(static_cast<std::uint32_t>(state.subscriptions.size()));
  for (const std::vector<std::string>& topics : state.subscriptions) {
    to.Put(static_cast<std::uint32_t>(topics.size()));
    for (const std::string& topic : topics) to.PutText(topic);
  }
  return std::move(to).Take();
}

absl::StatusOr<MembershipState> DecodeState(std::span<const std::byte> bytes, std::string_view where) {
  Decoder from(bytes);
  MembershipState state;
  from.Get(state.generation);
  from.Get(state.target_generation);
  from.Get(state.next_epoch);
  from.GetText(state.assignor);
  // The smallest that each can be: a member's numbers, a topic's and a text's counts.
  state.members.resize(from.GetCount(50));
  for (MemberState& member : state.members) GetMember(from, member);
  state.topics.resize(from.GetCount(24));
  for (TopicState& topic : state.topics) {
    from.GetText(topic.name);
    from.Get(topic.id);
    const std::uint32_t partitions = from.GetCount(2 * sizeof(MemberIndex));
    from.GetIndexes(topic.owner, partitions);
    from.GetIndexes(topic.target, partitions);
  }
  state.subscriptions.resize(from.GetCount(4));
  for (std::vector<std::string>& topics : state.subscriptions) {
    topics.resize(from.GetCount(4));
    for (std::string& topic : topics) from.GetText(topic);
  }
  if (from.done() && IsPossible(state)) return state;
  return absl::DataLossError(fmt::format("{}: the state of the group's members is not one that leat writes", where));
}

}  // namespace leat::group
