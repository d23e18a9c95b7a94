#include "group/locked_group.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "group/state_store.h"
#include "shared/counters.h"
#include "shared/doorbell.h"

namespace leat::group {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

constexpr std::int64_t NanosOf(std::int64_t millis) {
  return std::chrono::nanoseconds(std::chrono::milliseconds(millis)).count();
}

}  // namespace

std::string LockName(std::string_view group_id) { return fmt::format("the group \"{}\"", group_id); }

LockedGroup::LockedGroup(broker::Folder& folder, GroupFile& file, std::string_view what, Waiting waiting)
    : folder_(folder), file_(file), call_(folder) {
  status_ = Take(what, waiting);
}

LockedGroup::~LockedGroup() {
  if (held_) folder_.locker()->Unlock(file_.header().lock);
  if (bells_ != 0) shared::RingSlowly(folder_.control(), bells_);
}

absl::Status LockedGroup::Take(std::string_view what, Waiting waiting) {
  if (!call_.status().ok()) return call_.status();
  if (folder_.read_only()) return absl::PermissionDeniedError(fmt::format("{}: is open read-only", folder_.path()));
  shared::Taken taken = shared::Taken::kFree;
  if (waiting == Waiting::kNot) {
    const auto tried = folder_.locker()->TryLock(file_.header().lock);
    if (!tried.has_value()) return absl::UnavailableError(fmt::format("{} is held", what));
    taken = *tried;
  } else {
    const auto waited = folder_.locker()->Lock(file_.header().lock, what);
    if (!waited.ok()) return waited.status();
    taken = *waited;
  }
  held_ = true;
  if (file_.header().gone.load(kRelaxed) == kGroupGone) {
    return absl::NotFoundError(fmt::format("{}: the group has been deleted", file_.path()));
  }
  if (taken == shared::Taken::kFree) return absl::OkStatus();
  // Whoever died here may have published a state that the lines do not tell yet.
  PutLinesRight();
  return absl::OkStatus();
}

absl::StatusOr<const MembershipState*> LockedGroup::state() {
  if (loaded_) return &state_;
  absl::StatusOr<StoredState> stored = ReadState(file_);
  if (!stored.ok()) return stored.status();
  state_ = std::move(stored->state);
  loaded_ = true;
  return &state_;
}

absl::Status LockedGroup::CheckNoMembers(std::string_view id) {
  const absl::StatusOr<const MembershipState*> now = state();
  if (!now.ok()) return now.status();
  if ((*now)->members.empty()) return absl::OkStatus();
  const MemberState& one = (*now)->members.front();
  return absl::FailedPreconditionError(
      fmt::format("group \"{}\": has members, {} of them, \"{}\" of pid {} on host {} for one; close them first{}",
                  id, (*now)->members.size(), one.member_id, one.pid, one.host,
                  one.away() ? ", or wait for the session_timeout of those that are away" : ""));
}

absl::StatusOr<MemberIndex> LockedGroup::Apply(const GroupEvent& event, FenceReason why) {
  const absl::StatusOr<const MembershipState*> before = state();
  if (!before.ok()) return before.status();
  absl::StatusOr<Rebalanced> after = Rebalance(state_, event);
  if (!after.ok()) return after.status();
  if (auto s = PublishState(file_, after->state); !s.ok()) return s;
  state_ = std::move(after->state);
  if (folder_.counts()) Count(event, why);
  if (const auto* removed = std::get_if<RemoveEvent>(&event)) TellLine(removed->member, nullptr, why);
  if (const auto* away = std::get_if<StepAwayEvent>(&event)) {
    TellLine(away->member, FindMember(state_, away->member), why);
  }
  for (const MemberIndex index : after->concerned) {
    const auto reason = index == after->joined ? FenceReason::kReplaced : why;
    TellLine(index, FindMember(state_, index), reason);
  }
  if (state_.members.empty()) file_.header().empty_since.store(folder_.clock().WallMillis(), kRelaxed);
  return after->joined;
}

void LockedGroup::Count(const GroupEvent& event, FenceReason why) {
  GroupCounters& counters = file_.header().counters;
  shared::AddAlone(counters.changes);
  if (std::holds_alternative<JoinEvent>(event)) shared::AddAlone(counters.joins);
  const bool goes = std::holds_alternative<RemoveEvent>(event) || std::holds_alternative<StepAwayEvent>(event);
  if (goes) shared::AddAlone(why == FenceReason::kLeft ? counters.leaves : counters.fenced);
}

void LockedGroup::Abolish() {
  file_.header().gone.store(kGroupGone, std::memory_order_release);
  for (std::uint32_t i = 0; i < kMaxMembers; ++i) {
    if (file_.line(i).epoch.load(kRelaxed) != 0) {
      TellLine(static_cast<MemberIndex>(i), nullptr, FenceReason::kGroupDeleted);
    }
  }
}

// Makes the line say what the state says of it, and calls whoever it is, and whoever it was.
void LockedGroup::TellLine(MemberIndex index, const MemberState* member, FenceReason why) {
  MemberLine& line = file_.line(index);
  const std::uint32_t epoch = member != nullptr ? member->epoch : 0;
  const std::uint32_t process = member != nullptr ? member->process : 0;
  const std::int64_t now = folder_.clock().Monotonic().count();
  if (const std::uint32_t before = line.epoch.load(kRelaxed); before != epoch) {
    if (before != 0) {
      line.fenced_why.store(static_cast<std::uint32_t>(why), kRelaxed);
      line.fenced_epoch.store(before, std::memory_order_release);  // pairs with the acquire in WhyFenced
      Wake(line.process.load(kRelaxed));
    }
    line.heartbeat.store(now, kRelaxed);
    line.away_since.store(0, kRelaxed);
    line.max_poll.store(member != nullptr ? NanosOf(member->max_poll_ms) : 0, kRelaxed);
    const bool is_static = member != nullptr && !member->instance_id.empty();
    line.session_timeout.store(is_static ? NanosOf(member->session_timeout_ms) : 0, kRelaxed);
    line.process.store(process, kRelaxed);
    line.epoch.store(epoch, std::memory_order_release);
  }
  if (epoch != 0 && process == 0 && line.away_since.load(kRelaxed) == 0) line.away_since.store(now, kRelaxed);
  line.process.store(process, kRelaxed);
  line.news.fetch_add(1, std::memory_order_release);
  Wake(process);
}

void LockedGroup::PutLinesRight() {
  // A state that is damaged is told to whoever asks for it.
  if (!state().ok()) return;
  for (std::uint32_t i = 0; i < kMaxMembers; ++i) {
    const auto index = static_cast<MemberIndex>(i);
    const MemberState* member = FindMember(state_, index);
    if (member != nullptr || file_.line(i).epoch.load(kRelaxed) != 0) TellLine(index, member, FenceReason::kUnknown);
  }
  if (state_.members.empty()) file_.header().empty_since.store(folder_.clock().WallMillis(), kRelaxed);
}

void LockedGroup::Wake(std::uint32_t process) {
  if (process == 0) return;
  bells_ |= std::uint64_t{1} << (shared::SlotOfWord(process) % shared::kDoorbells);
}

}  // namespace leat::group
