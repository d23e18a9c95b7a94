#include "broker/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace leat::broker {

void Budget::Watch(std::weak_ptr<log::Log> log) {
  const base::MutexLock lock(mutex_);
  std::erase_if(logs_, [](const std::weak_ptr<log::Log>& known) { return known.expired(); });
  logs_.push_back(std::move(log));
}

absl::Status Budget::Reserve(std::int64_t bytes) {
  used_.fetch_add(bytes, std::memory_order_relaxed);
  while (limit_ > 0 && used() > limit_) {
    if (DropOldest()) continue;
    GiveBack(bytes);
    return absl::ResourceExhaustedError(fmt::format(
        "the broker's memory is full: size_limit is {} bytes, {} are taken, {} more are needed, and every "
        "segment that could be dropped is being read or written; drop ConsumerRecords, or raise the limit",
        limit_, used(), bytes));
  }
  return absl::OkStatus();
}

// Whether there was one. Several threads may be at it at once: then each drops one.
bool Budget::DropOldest() {
  struct Candidate {
    std::shared_ptr<log::Log> log;
    log::Log::Retirable what;
  };
  std::vector<Candidate> candidates;
  for (std::shared_ptr<log::Log>& log : Logs()) {
    if (log->GiveBackUnpinned()) return true;
    const auto oldest = log->OldestRetirable();
    if (oldest.ok() && oldest->has_value()) candidates.push_back({.log = std::move(log), .what = **oldest});
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.what.max_timestamp < b.what.max_timestamp; });
  return std::any_of(candidates.begin(), candidates.end(), [](const Candidate& candidate) {
    return candidate.log->RaiseLogStart(candidate.what.end, log::Waiting::kNever).ok();
  });
}

std::vector<std::shared_ptr<log::Log>> Budget::Logs() {
  std::vector<std::shared_ptr<log::Log>> logs;
  const base::MutexLock lock(mutex_);
  for (const std::weak_ptr<log::Log>& known : logs_) {
    if (std::shared_ptr<log::Log> log = known.lock()) logs.push_back(std::move(log));
  }
  return logs;
}

}  // namespace leat::broker
