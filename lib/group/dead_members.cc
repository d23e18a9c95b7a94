#include "group/dead_members.h"

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "group/fencing.h"
#include "group/locked_group.h"

namespace leat::group {
namespace {

struct Verdict {
  MemberIndex index;
  std::uint32_t epoch;
  FenceReason why;
  bool steps_away;
};

class LookAround {
 public:
  LookAround(const broker::Folder& folder, const GroupFile& file, MemberIndex self)
      : folder_(folder), file_(file), self_(self), now_(folder.clock().Monotonic().count()) {}

  std::vector<Verdict> Find() {
    std::vector<Verdict> found;
    for (std::uint32_t i = 0; i < kMaxMembers; ++i) {
      if (i == self_) continue;
      if (const auto verdict = Judge(static_cast<MemberIndex>(i)); verdict.has_value()) found.push_back(*verdict);
    }
    return found;
  }

  std::optional<Verdict> Judge(MemberIndex index) {
    const MemberLine& line = file_.line(index);
    const std::uint32_t epoch = line.epoch.load(std::memory_order_acquire);
    if (epoch == 0) return std::nullopt;
    const std::uint32_t process = line.process.load(std::memory_order_relaxed);
    const std::int64_t session_timeout = line.session_timeout.load(std::memory_order_relaxed);
    if (process == 0) {
      const std::int64_t since = line.away_since.load(std::memory_order_relaxed);
      if (since == 0 || now_ - since <= session_timeout) return std::nullopt;
      return Verdict{index, epoch, FenceReason::kSessionOver, false};
    }
    if (!IsAlive(process)) return Verdict{index, epoch, FenceReason::kProcessDied, session_timeout > 0};
    const std::int64_t silent = now_ - line.heartbeat.load(std::memory_order_relaxed);
    if (silent <= line.max_poll.load(std::memory_order_relaxed)) return std::nullopt;
    return Verdict{index, epoch, FenceReason::kPollTooRare, false};
  }

 private:
  bool IsAlive(std::uint32_t process) {
    const auto [at, is_new] = alive_.try_emplace(process, true);
    if (is_new) at->second = folder_.slot()->IsAlive(process);
    return at->second;
  }

  const broker::Folder& folder_;
  const GroupFile& file_;
  const MemberIndex self_;
  const std::int64_t now_;
  absl::flat_hash_map<std::uint32_t, bool> alive_;  // processes that were asked for
};

// Whether it is this caller's turn.
bool TakeTurn(const broker::Folder& folder, GroupFile& file) {
  const std::int64_t now = folder.clock().Monotonic().count();
  std::int64_t last = file.header().looked_at.load(std::memory_order_relaxed);
  const std::int64_t every = std::chrono::nanoseconds(kLookAtOthersEvery).count();
  // A time that is to come is another boot's, or damage.
  if (last <= now && now - last < every) return false;
  return file.header().looked_at.compare_exchange_strong(last, now, std::memory_order_relaxed);
}

// Then a state may have been published that the lines do not tell yet; taking the lock over puts that right.
bool IsHeldByTheDead(const broker::Folder& folder, const GroupFile& file) {
  const std::uint32_t word = file.header().lock.load(std::memory_order_relaxed) & ~shared::kWaitersBit;
  return word != 0 && word != folder.locker()->self() && !folder.slot()->IsAlive(word);
}

}  // namespace

absl::Status RemoveTheDead(broker::Folder& folder, GroupFile& file, std::string_view what, LookAtOthers when,
                           MemberIndex self) {
  if (when == LookAtOthers::kNowAndThen && !TakeTurn(folder, file)) return absl::OkStatus();
  const std::vector<Verdict> suspects = LookAround(folder, file, self).Find();
  if (suspects.empty() && !IsHeldByTheDead(folder, file)) return absl::OkStatus();
  LockedGroup group(folder, file, what, LockedGroup::Waiting::kNot);
  if (absl::IsUnavailable(group.status()) || absl::IsNotFound(group.status())) {
    file.header().looked_at.store(0, std::memory_order_relaxed);  // soon again
    return absl::OkStatus();
  }
  if (!group.status().ok()) return group.status();
  LookAround again(folder, file, self);
  for (const Verdict& suspect : suspects) {
    const auto verdict = again.Judge(suspect.index);
    if (!verdict.has_value() || verdict->epoch != suspect.epoch) continue;
    const absl::StatusOr<const MembershipState*> state = group.state();
    if (!state.ok()) return state.status();
    const MemberState* member = FindMember(**state, verdict->index);
    if (member == nullptr || member->epoch != verdict->epoch) {
      group.PutLinesRight();  // a damaged line: the state decides
      continue;
    }
    const GroupEvent event = verdict->steps_away ? GroupEvent(StepAwayEvent{.member = verdict->index})
                                                 : GroupEvent(RemoveEvent{.member = verdict->index});
    if (auto s = group.Apply(event, verdict->why); !s.ok()) return s.status();
  }
  return absl::OkStatus();
}

}  // namespace leat::group
