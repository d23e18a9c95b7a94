#include "broker/budget.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/wrapping.h"
#include "broker/partition_folders.h"
#include "log/segment_files.h"

namespace leat::broker {

Budget::Budget(BudgetLimits limits, Folder& folder, RetentionTurn& turn, AllLogs all_logs)
    : limits_(limits),
      folder_(folder),
      turn_(turn),
      all_logs_(std::move(all_logs)),
      used_(folder.in_memory() ? own_used_ : folder.control().header().size_bytes) {}

absl::Status Budget::Reserve(std::int64_t bytes) {
  used_.fetch_add(bytes, std::memory_order_relaxed);
  if (!limits_.any()) return absl::OkStatus();
  absl::Status status;
  if (limits_.size > 0 && used() > limits_.size) {
    const base::MutexLock lock(mutex_);
    status = MakeRoom(bytes);
  }
  if (status.ok() && limits_.free_min > 0) {
    const base::MutexLock lock(mutex_);
    status = MakeRoomOnDisk(bytes);
  }
  if (!status.ok()) GiveBack(bytes);
  return status;
}

void Budget::Enforce() {
  if (!limits_.any()) return;
  const base::MutexLock lock(mutex_);
  if (!folder_.in_memory()) Recount();
  if (limits_.size > 0) MakeRoom(0).IgnoreError();
  if (limits_.free_min > 0) MakeRoomOnDisk(0).IgnoreError();
}

absl::Status Budget::MakeRoom(std::int64_t bytes) {
  if (used() <= limits_.size) return absl::OkStatus();
  failed_ = absl::OkStatus();
  const RetentionTurn::Held turn(turn_);
  if (!folder_.in_memory()) {
    Recount();
    used_.fetch_add(bytes, std::memory_order_relaxed);
  }
  while (used() > limits_.size) {
    if (!turn.ours()) in_the_way_.store(true, std::memory_order_relaxed);
    if (!turn.ours() || !RemoveOldest().has_value()) return Full(bytes);
  }
  return absl::OkStatus();
}

absl::Status Budget::MakeRoomOnDisk(std::int64_t bytes) {
  auto free = folder_.files().FreeBytes(folder_.path());
  if (!free.ok()) return absl::OkStatus();  // whoever writes will hear of it
  const auto now = folder_.clock().Monotonic();
  // Ours have been counted as taken, and are not yet.
  const auto sum = [&] { return base::WrappingAdd(*free, base::WrappingSubtract(used(), bytes)); };
  awaited_.Look(sum(), now);
  if (*free - bytes >= limits_.free_min) return absl::OkStatus();
  failed_ = absl::OkStatus();
  {
    const RetentionTurn::Held turn(turn_);
    if (!turn.ours()) in_the_way_.store(true, std::memory_order_relaxed);
    while (turn.ours() && *free + awaited_.bytes() - bytes < limits_.free_min) {
      const auto removed = RemoveOldest();
      if (!removed.has_value()) break;
      free = folder_.files().FreeBytes(folder_.path());
      if (!free.ok()) return absl::OkStatus();
      awaited_.Removed(*removed, sum(), now);
    }
  }
  if (bytes == 0 || *free - bytes >= limits_.free_min) return absl::OkStatus();
  return DiskIsFull(*free, bytes);
}

absl::Status Budget::DiskIsFull(std::int64_t free, std::int64_t bytes) const {
  const std::string state =
      fmt::format("{}: the disk has {} bytes free, {} more are needed, and free_space_min, {}, is to stay",
                  folder_.path(), free, bytes, limits_.free_min);
  if (const std::int64_t awaited = awaited_.bytes(); free + awaited - bytes >= limits_.free_min) {
    return absl::ResourceExhaustedError(
        fmt::format("{}; {} bytes of segments that were removed come free when nobody reads them any more, and until "
                    "then nothing "
                    "more is removed: try again, or delete something else",
                    state, awaited));
  }
  return absl::ResourceExhaustedError(
      fmt::format("{}; nothing more may be removed for it now: delete something else, lower the topics' retention or "
                  "budget_min_bytes, or lower free_space_min{}",
                  state, WhatWasInTheWay()));
}

absl::Status Budget::Full(std::int64_t bytes) const {
  if (folder_.in_memory()) {
    return absl::ResourceExhaustedError(fmt::format(
        "the broker's memory is full: size_limit is {} bytes, {} are taken, {} more are needed, and every "
        "segment that could be dropped is being read or written; drop ConsumerRecords, or raise the limit",
        limits_.size, used() - bytes, bytes));
  }
  return absl::ResourceExhaustedError(fmt::format(
      "{}: the budget is full: size_limit is {} bytes, {} are taken, {} more are needed, and all that is left is "
      "being written, or protected by a topic's budget_min_bytes, or another process is removing; raise size_limit, "
      "lower that, or trim or delete topics{}",
      folder_.path(), limits_.size, used() - bytes, bytes, WhatWasInTheWay()));
}

std::string Budget::WhatWasInTheWay() const {
  if (failed_.ok()) return {};
  const auto message = failed_.message();
  return fmt::format(" (what should have gone did not: {})", std::string_view(message.data(), message.size()));
}

// Removes one partition's oldest segment that gives its bytes back; how many those are. nullopt: nothing may go.
std::optional<std::int64_t> Budget::RemoveOldest() {
  const std::vector<TopicLogs> all = all_logs_();
  std::vector<BudgetTopic> topics;
  std::vector<std::vector<std::pair<log::Log*, log::Log::Retirable>>> logs;
  std::int64_t total = 0;
  for (const TopicLogs& topic : all) {
    BudgetTopic& about = topics.emplace_back();
    auto& candidates = logs.emplace_back();
    about.share = topic.options.budget_share;
    about.min_bytes = topic.options.budget_min_bytes;
    for (const std::shared_ptr<log::Log>& log : topic.logs) {
      if (log->GiveBackUnpinned()) return 0;
      const auto size = about.min_bytes > 0 ? log->StoredBytes() : log->SizeBytes();
      if (size.ok()) about.size += *size;
      if (topic.options.cleanup_policy == CleanupPolicy::kCompact) continue;
      const auto oldest = log->OldestRetirable();
      if (!oldest.ok() || !oldest->has_value()) continue;
      about.candidates.push_back({.size = (*oldest)->size, .max_timestamp = (*oldest)->max_timestamp});
      candidates.emplace_back(log.get(), **oldest);
    }
    total += about.size;
  }
  while (const auto victim = ChooseVictim(topics, limits_.size > 0 ? limits_.size : total)) {
    auto& candidates = logs[victim->topic];
    const auto [log, what] = candidates[victim->candidate];
    const absl::Status retired = log->Retire(what.end, log::Waiting::kNever).status();
    if (retired.ok()) return what.size;
    // Sealed or compacted just now: that it is its turn stays so. Whoever holds no lock waits for it (Retention::AwaitRoom).
    if (absl::IsUnavailable(retired)) {
      in_the_way_.store(true, std::memory_order_relaxed);
      return std::nullopt;
    }
    failed_ = retired;
    // Its records have gone, and nothing came free: others' may not follow them for that.
    if (log->log_start() >= what.end) return std::nullopt;
    // It cannot be: another, then.
    const auto at = static_cast<std::ptrdiff_t>(victim->candidate);
    candidates.erase(candidates.begin() + at);
    topics[victim->topic].candidates.erase(topics[victim->topic].candidates.begin() + at);
  }
  return std::nullopt;
}

// What others take or give back meanwhile may be missed, or counted twice, until the next time.
void Budget::Recount() {
  std::int64_t bytes = 0;
  for (const TopicLogs& topic : all_logs_()) {
    for (const std::shared_ptr<log::Log>& log : topic.logs) {
      const auto listing = log::ListFolder(folder_.files(), log->settings().folder);
      if (!listing.ok()) continue;
      std::vector<std::string> names = listing->temporary;
      for (const log::SegmentFiles& segment : listing->segments) {
        names.push_back(segment.LogName());
      }
      for (const std::string& name : names) {
        const auto info = folder_.files().Info(io::JoinPath(log->settings().folder, name));
        if (info.ok()) bytes += info->size;
      }
    }
  }
  used_.store(bytes, std::memory_order_relaxed);
  awaited_.ForgetSum();
}

}  // namespace leat::broker
