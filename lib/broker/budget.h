// How much the segments of a folder, or of a broker in memory, may take, and making room by removing the oldest.
#ifndef LEAT_BROKER_BUDGET_H_
#define LEAT_BROKER_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <leat/topic_options.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "broker/budget_rules.h"
#include "broker/folder.h"
#include "broker/retention_turn.h"
#include "log/log.h"

namespace leat::broker {

struct BudgetLimits {
  std::int64_t size = 0;      // of all segments; 0: none
  std::int64_t free_min = 0;  // what stays free on the disk
  bool any() const { return size > 0 || free_min > 0; }
};

struct TopicLogs {
  TopicOptions options;
  std::vector<std::shared_ptr<log::Log>> logs = {};
};

// What is taken is counted in the control file, by all processes, whether they have limits or not. That number may be
// wrong, after kills and by anybody's hand; it only says when to look, and before anything goes the files are counted.
//
// Threads: safe from all threads. Lock order: may be used under a log's append or size lock.
class Budget {
 public:
  using AllLogs = std::function<std::vector<TopicLogs>()>;
  Budget(BudgetLimits limits, Folder& folder, RetentionTurn& turn, AllLogs all_logs);

  const BudgetLimits& limits() const { return limits_; }
  std::int64_t used() const { return used_.load(std::memory_order_relaxed); }

  // `bytes` more are to be taken. Over a limit, what may go goes until it fits; kResourceExhausted, and nothing is taken,
  // when nothing more may.
  absl::Status Reserve(std::int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether since the last call something could not go because somebody was just then at work on its log, or another process
  // was removing: then another try may succeed.
  bool TakeWasInTheWay() { return in_the_way_.exchange(false, std::memory_order_relaxed); }
  void GiveBack(std::int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  // Removes what may go until the limits hold: another process may be without limits, or something else on the disk have
  // grown. Sets right what is counted.
  void Enforce() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status MakeRoom(std::int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MakeRoomOnDisk(std::int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Full(std::int64_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DiskIsFull(std::int64_t free, std::int64_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string WhatWasInTheWay() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Recount() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<std::int64_t> RemoveOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const BudgetLimits limits_;
  Folder& folder_;
  RetentionTurn& turn_;  // had by whoever removes: two processes at once would take more than each of them may
  const AllLogs all_logs_;
  std::atomic<std::int64_t> own_used_{0};
  std::atomic<bool> in_the_way_{false};
  std::atomic<std::int64_t>& used_;

  base::Mutex mutex_;  // one removes at a time
  AwaitedBytes awaited_ ABSL_GUARDED_BY(mutex_);
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);  // why the last thing that should have gone did not
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_BUDGET_H_
