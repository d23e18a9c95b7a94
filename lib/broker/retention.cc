#include "broker/retention.h"

#include <algorithm>
#include <string>
#include <utility>

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

Retention::Retention(Folder& folder, Flusher& flusher, std::shared_ptr<Budget> budget, LogOf log_of,
                     OpenedLogs opened_logs)
    : folder_(folder),
      flusher_(flusher),
      budget_(std::move(budget)),
      log_of_(std::move(log_of)),
      opened_logs_(std::move(opened_logs)),
      interval_(folder.options().retention_check_interval) {}

void Retention::Start() {
  auto never = kNever.count();
  const auto due = folder_.clock().Monotonic() + std::min<std::chrono::nanoseconds>(interval_, kFirstLook);
  if (!due_.compare_exchange_strong(never, due.count(), std::memory_order_relaxed)) return;
  // Where no thread is to be had, other processes do it, or a later call.
  if (!flusher_.Add(shared_from_this(), due)) due_.store(kNever.count(), std::memory_order_relaxed);
}

void Retention::Soon() {
  asked_.store(true, std::memory_order_relaxed);
  const auto last = last_.load(std::memory_order_relaxed);
  const auto now = folder_.clock().Monotonic().count();
  const auto due = last == 0 ? now : std::max(now, last + std::chrono::nanoseconds(kLeastPause).count());
  auto known = due_.load(std::memory_order_relaxed);
  while (due < known) {
    if (!due_.compare_exchange_weak(known, due, std::memory_order_relaxed)) continue;
    if (!flusher_.Add(shared_from_this(), std::chrono::nanoseconds(due))) {
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
  if (IsOthersTurn(asked)) return;
  const auto taken = folder_.TryRetentionLock();
  if (!taken.ok() || !*taken) return;
  folder_.control().header().retention_round.store(folder_.clock().WallMillis(), std::memory_order_relaxed);
  if (folder_.counts()) shared::Add(folder_.control().header().counters.retention_rounds);
  LookAtTopics(log::Waiting::kForLocks);
  if (budget_ != nullptr) budget_->Enforce();
  folder_.ReleaseRetentionLock();
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

// Mappings of what others have removed would keep its disk space taken.
void Retention::LetGo() {
  for (const std::shared_ptr<log::Log>& log : opened_logs_()) log->ForgetRetired();
}

bool Retention::MakeRoom() { return MakeRoom(log::Waiting::kNever, no_room_at_).value_or(0) > 0; }

bool Retention::AwaitRoom() {
  bool again = MakeRoom(log::Waiting::kForLocks, awaited_at_).has_value();
  if (budget_ != nullptr) again = budget_->TakeWasInTheWay() || again;
  // A log whose start has been raised already may still be losing its files, and one that is being sealed loses none: whoever is
  // at it has the lock until then.
  for (const std::shared_ptr<log::Log>& log : opened_logs_()) {
    if (log->RaiseLogStart(log->log_start(), log::Waiting::kNever).ok()) continue;
    again = log->RaiseLogStart(log->log_start(), log::Waiting::kForLocks).ok() || again;
  }
  return again;
}

// The bytes that were removed; nullopt when it was not looked, because a look not long ago was in vain.
std::optional<std::int64_t> Retention::MakeRoom(log::Waiting waiting,
                                                std::atomic<std::chrono::nanoseconds::rep>& in_vain_at) {
  const auto now = folder_.clock().Monotonic();
  const auto before = in_vain_at.load(std::memory_order_relaxed);
  if (before != 0 && now.count() - before < std::chrono::nanoseconds(kNoRoomFor).count()) return std::nullopt;
  if (!folder_.Usable().ok()) return std::nullopt;
  LetGo();
  const std::int64_t removed = LookAtTopics(waiting);
  if (removed == 0) in_vain_at.store(now.count(), std::memory_order_relaxed);
  return removed;
}

// Returns the bytes that were removed.
std::int64_t Retention::LookAtTopics(log::Waiting waiting) {
  const auto names = ListTopics(folder_);
  if (!names.ok()) return 0;
  std::int64_t removed = 0;
  for (const std::string& name : *names) {
    const absl::StatusOr<TopicFile> topic = ReadTopic(folder_, name);
    for (PartitionId p = 0; topic.ok() && p < topic->options.partitions; ++p) {
      if (!folder_.Usable().ok()) return removed;
      removed += LookAtPartition(*topic, p, waiting);
    }
  }
  return removed;
}

// What fails here fails again for whoever appends, and is told there; the next look tries again.
std::int64_t Retention::LookAtPartition(const TopicFile& topic, PartitionId partition, log::Waiting waiting) {
  const absl::StatusOr<shared::PartitionPage*> page = folder_.PageOf(topic, partition);
  if (!page.ok()) return 0;
  const std::int64_t now = folder_.clock().WallMillis();
  const std::int64_t segment_ms = topic.options.segment_ms.count();
  const shared::CommitState state = shared::ReadCommit(**page);
  const bool rolls = waiting == log::Waiting::kForLocks && state.position > 0 &&
                     log::IsOlderThan(state.segment_first_append, segment_ms, now);
  const TopicLimits limits = LimitsOf(topic.options);
  if (!rolls && !limits.any()) return 0;
  const absl::StatusOr<std::shared_ptr<log::Log>> log = log_of_(topic, partition);
  if (!log.ok()) return 0;
  (*log)->SetSegmentMs(segment_ms);
  if (rolls) (*log)->RollOlderThan(segment_ms, now).IgnoreError();
  if (!limits.any()) return 0;
  const absl::StatusOr<std::int64_t> removed = (*log)->Retain(limits.keep, now, waiting);
  return removed.ok() ? *removed : 0;
}

}  // namespace leat::broker
