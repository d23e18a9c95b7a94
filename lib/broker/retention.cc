#include "broker/retention.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "broker/compactor.h"
#include "broker/nap.h"
#include "broker/topics.h"
#include "log/age.h"
#include "shared/commit_slots.h"
#include "shared/counters.h"

namespace leat::broker {
namespace {

constexpr std::chrono::seconds kFirstLook{30};
constexpr std::chrono::seconds kLeastPause{1};
// After a look that found nothing, a full disk is full for so long.
constexpr std::chrono::milliseconds kNoRoomFor{200};
// How long at most the disk space of what others have removed stays taken by mappings that nobody needs.
constexpr std::chrono::seconds kLetGoEvery{5};
constexpr std::chrono::nanoseconds kFirstNap = std::chrono::milliseconds(1);
constexpr std::chrono::nanoseconds kLongestNap = std::chrono::milliseconds(20);

bool IsExpired(const TopicLimits& limits, const shared::CommitState& state, std::int64_t now) {
  return limits.keep.ms.has_value() && log::IsOlderThan(state.max_timestamp, *limits.keep.ms, now);
}

bool IsDueToRoll(const TopicOptions& options, const TopicLimits& limits, const shared::CommitState& state,
                 std::int64_t now) {
  return state.position > 0 && (log::IsOlderThan(state.segment_first_append, options.segment_ms.count(), now) ||
                                IsExpired(limits, state, now));
}

// A full disk may have no room for the next segment: all the more, those that are finished go.
bool RollWhatIsDue(const TopicOptions& options, const TopicLimits& limits, log::Log& log, std::int64_t now) {
  const auto by_time = log.RollOlderThan(options.segment_ms.count(), now);
  if (by_time.ok() && *by_time) return true;
  if (!limits.keep.ms.has_value()) return false;
  const auto expired = log.RollExpired(*limits.keep.ms, now);
  return expired.ok() && *expired;
}

}  // namespace

TopicLimits LimitsOf(const TopicOptions& options) {
  TopicLimits limits;
  if (options.cleanup_policy == CleanupPolicy::kCompact) return limits;
  if (options.retention_ms.count() >= 0 && options.retention_ms != kNoTimeLimit) {
    limits.keep.ms = options.retention_ms.count();
  }
  if (options.retention_bytes >= 0) limits.keep.bytes = options.retention_bytes;
  return limits;
}

Retention::Retention(Folder& folder, Flusher& thread, RetentionTurn& turn, std::shared_ptr<Budget> budget,
                     LogOf log_of, OpenedLogs opened_logs, std::function<void()> compacts)
    : folder_(folder),
      thread_(thread),
      turn_(turn),
      budget_(std::move(budget)),
      log_of_(std::move(log_of)),
      opened_logs_(std::move(opened_logs)),
      compacts_(std::move(compacts)),
      interval_(folder.options().retention_check_interval) {}

void Retention::Start() {
  auto never = kNever.count();
  const auto due = folder_.clock().Monotonic() + std::min<std::chrono::nanoseconds>(interval_, kFirstLook);
  if (!due_.compare_exchange_strong(never, due.count(), std::memory_order_relaxed)) return;
  // Where no thread is to be had, other processes do it, or a later call.
  if (!thread_.Add(shared_from_this(), due)) due_.store(kNever.count(), std::memory_order_relaxed);
}

void Retention::Soon() {
  asked_.store(true, std::memory_order_relaxed);
  const auto last = last_.load(std::memory_order_relaxed);
  const auto now = folder_.clock().Monotonic().count();
  LookBy(last == 0 ? now : std::max(now, last + std::chrono::nanoseconds(kLeastPause).count()));
}

void Retention::LookBy(std::chrono::nanoseconds::rep due) {
  auto known = due_.load(std::memory_order_relaxed);
  while (due < known) {
    if (!due_.compare_exchange_weak(known, due, std::memory_order_relaxed)) continue;
    if (!thread_.Add(shared_from_this(), std::chrono::nanoseconds(due))) {
      due_.store(kNever.count(), std::memory_order_relaxed);
    }
    return;
  }
}

std::chrono::nanoseconds Retention::FlushDue(std::chrono::nanoseconds now) {
  if (due_.load(std::memory_order_relaxed) <= now.count()) {
    last_.store(now.count(), std::memory_order_relaxed);
    // Before the look: what is asked for while it runs needs another.
    due_.store((now + interval_).count(), std::memory_order_relaxed);
    Round(asked_.exchange(false, std::memory_order_relaxed));
  }
  return std::chrono::nanoseconds(due_.load(std::memory_order_relaxed));
}

void Retention::Round(bool asked) {
  const Folder::Call call(folder_);
  if (!call.status().ok() || !folder_.CheckStillThere().ok()) return;
  LetGo();
  TakeOverSettings();
  if (IsOthersTurn(asked)) return;
  was_in_the_way_.store(false, std::memory_order_relaxed);
  const RetentionTurn::Held turn(turn_);
  if (!turn.ours()) return LookAgain(asked);  // it may be at one segment for its budget, and not at a round
  folder_.control().header().retention_round.store(folder_.clock().WallMillis(), std::memory_order_relaxed);
  if (folder_.counts()) shared::Add(folder_.control().header().counters.retention_rounds);
  LookAtTopics(Look::kBackground);
  if (budget_ != nullptr) budget_->Enforce();
  if (was_in_the_way_.load(std::memory_order_relaxed)) return LookAgain(true);
  looks_again_ = false;
}

// Once, and soon: who was in the way for a moment is not any more, and who stays in the way is met at the next look.
void Retention::LookAgain(bool asked) {
  if (asked) asked_.store(true, std::memory_order_relaxed);
  if (std::exchange(looks_again_, !looks_again_)) return;
  LookBy(last_.load(std::memory_order_relaxed) + std::chrono::nanoseconds(kLeastPause).count());
}

// Somebody has looked not long ago. Who has a budget looks for himself: others may have none.
bool Retention::IsOthersTurn(bool asked) const {
  if (asked || (budget_ != nullptr && budget_->limits().any())) return false;
  const std::int64_t last = folder_.control().header().retention_round.load(std::memory_order_relaxed);
  const std::int64_t now = folder_.clock().WallMillis();
  const std::int64_t interval = std::chrono::duration_cast<std::chrono::milliseconds>(interval_).count();
  // A little early is on time: two who look by turns would wait for each other's.
  return last > 0 && last <= now && now - last < interval - interval / 8;
}

// What others have altered is met by the handles that are there: of those found later, FindTopic takes care.
void Retention::TakeOverSettings() {
  const std::uint64_t generation = folder_.TopicListGeneration();
  if (settings_seen_ == generation) return;
  const auto names = ListTopics(folder_);
  if (!names.ok()) return;
  std::map<std::string, std::int64_t> segment_ms;
  bool all_read = true;
  for (const std::string& name : *names) {
    const absl::StatusOr<TopicFile> topic = ReadTopic(folder_, name);
    if (topic.ok()) {
      segment_ms[name] = topic->options.segment_ms.count();
      if (IsCompacted(topic->options)) compacts_();
    } else if (!absl::IsNotFound(topic.status())) {
      all_read = false;
    }
  }
  for (const std::shared_ptr<log::Log>& log : opened_logs_()) {
    const auto known = segment_ms.find(log->settings().topic);
    if (known != segment_ms.end()) log->SetSegmentMs(known->second);
  }
  if (all_read) settings_seen_ = generation;
}

void Retention::LetGoNowAndThen() {
  const auto now = folder_.clock().Monotonic();
  if (now - let_go_at_ < kLetGoEvery) return;
  let_go_at_ = now;
  const Folder::Call call(folder_);
  if (call.status().ok()) LetGo();
}

// Mappings of what others have removed would keep its disk space taken.
void Retention::LetGo() {
  for (const std::shared_ptr<log::Log>& log : opened_logs_()) log->ForgetRetired();
}

bool Retention::MakeRoom() { return MakeRoom(Look::kUnderLocks, no_room_at_).value_or(0) > 0; }

bool Retention::AwaitRoom() {
  bool again = MakeRoom(Look::kAwaiting, awaited_at_).has_value();
  if (budget_ != nullptr && budget_->TakeWasInTheWay()) {
    if (!AwaitTurn()) return false;
    again = true;
  }
  // A log whose start has been raised already may still be losing its files, and one that is being sealed loses none: whoever is
  // at it has the lock until then.
  for (const std::shared_ptr<log::Log>& log : opened_logs_()) {
    if (log->RaiseLogStart(log->log_start(), log::Waiting::kNever).ok()) continue;
    again = log->RaiseLogStart(log->log_start(), log::Waiting::kForLocks).ok() || again;
  }
  return again;
}

// Waits while another process removes. Nobody wakes those who want a file's lock.
bool Retention::AwaitTurn() {
  const auto began = folder_.clock().Monotonic();
  for (std::chrono::nanoseconds nap = kFirstNap; folder_.Usable().ok(); nap = std::min(nap * 2, kLongestNap)) {
    if (RetentionTurn::Held(turn_).ours()) return true;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(folder_.clock().Monotonic() - began);
    if (waited >= folder_.max_block()) return false;
    Nap(nap);
  }
  return false;
}

// The bytes that were removed; nullopt when it was not looked, because a look not long ago was in vain.
std::optional<std::int64_t> Retention::MakeRoom(Look look, std::atomic<std::chrono::nanoseconds::rep>& in_vain_at) {
  const auto now = folder_.clock().Monotonic();
  const auto before = in_vain_at.load(std::memory_order_relaxed);
  if (before != 0 && now.count() - before < std::chrono::nanoseconds(kNoRoomFor).count()) return std::nullopt;
  if (!folder_.Usable().ok()) return std::nullopt;
  LetGo();
  const std::int64_t removed = LookAtTopics(look);
  if (removed == 0) in_vain_at.store(now.count(), std::memory_order_relaxed);
  return removed;
}

// Returns the bytes that were removed.
std::int64_t Retention::LookAtTopics(Look look) {
  const auto names = ListTopics(folder_);
  if (!names.ok()) return 0;
  std::int64_t removed = 0;
  for (const std::string& name : *names) {
    const absl::StatusOr<TopicFile> topic = ReadTopic(folder_, name);
    for (PartitionId p = 0; topic.ok() && p < topic->options.partitions; ++p) {
      if (!folder_.Usable().ok()) return removed;
      removed += LookAtPartition(*topic, p, look);
    }
  }
  return removed;
}

// What fails here fails again for whoever appends or trims, and is told there; the next look tries again.
std::int64_t Retention::LookAtPartition(const TopicFile& topic, PartitionId partition, Look look) {
  const absl::StatusOr<shared::PartitionPage*> page = folder_.PageOf(topic, partition);
  if (!page.ok()) return 0;
  const std::int64_t now = folder_.clock().WallMillis();
  TopicLimits limits = LimitsOf(topic.options);
  const bool rolls = IsDueToRoll(topic.options, limits, shared::ReadCommit(**page), now) && MayRoll(**page, look);
  if (!rolls && !limits.any()) return 0;
  const absl::StatusOr<std::shared_ptr<log::Log>> log = log_of_(topic, partition);
  if (!log.ok()) return 0;
  (*log)->SetSegmentMs(topic.options.segment_ms.count());
  // Until it is sealed, what was finished just now is as large as what was allocated for it: its size says nothing.
  if (rolls && RollWhatIsDue(topic.options, limits, **log, now)) limits.keep.bytes.reset();
  if (!limits.any()) return 0;
  const auto waiting = look == Look::kAwaiting ? log::Waiting::kForLocks : log::Waiting::kNever;
  const absl::StatusOr<std::int64_t> removed = (*log)->Retain(limits.keep, now, waiting);
  if (removed.ok()) return *removed;
  if (absl::IsUnavailable(removed.status())) {
    was_in_the_way_.store(true, std::memory_order_relaxed);
  } else if (look == Look::kBackground && folder_.counts() && !absl::IsNotFound(removed.status())) {
    shared::Add(folder_.control().header().counters.retention_failures);
  }
  return 0;
}

// Whoever is stopped with the lock of appends would hold up a round for max_block at each of his partitions. Others give it
// back within microseconds, and who has died with it is not waited for.
bool Retention::MayRoll(const shared::PartitionPage& page, Look look) {
  if (look != Look::kBackground) return look == Look::kAwaiting;
  constexpr int kLooks = 1000;
  std::uint32_t owner = 0;
  for (int looks = 0; looks < kLooks; ++looks) {
    owner = page.append_lock.load(std::memory_order_relaxed);
    if (owner == 0) return true;
  }
  const shared::Locker& locker = *folder_.locker();
  if (!locker.IsOwn(page.append_lock) && !locker.liveness().IsAlive(owner)) return true;
  was_in_the_way_.store(true, std::memory_order_relaxed);
  return false;
}

}  // namespace leat::broker
