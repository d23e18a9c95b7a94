// How much memory the segments of a broker in memory may take, and making room by dropping the oldest.
#ifndef LEAT_BROKER_BUDGET_H_
#define LEAT_BROKER_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "log/log.h"

namespace leat::broker {

// Threads: safe from all threads.
class Budget {
 public:
  // 0: without limit.
  explicit Budget(std::int64_t limit) : limit_(limit) {}

  void Watch(std::weak_ptr<log::Log> log) ABSL_LOCKS_EXCLUDED(mutex_);

  // `bytes` more are to be taken. Over the limit, the segments whose first records came first, over all logs, are
  // dropped until it fits; kResourceExhausted, and nothing is taken, when all that is left is in use.
  absl::Status Reserve(std::int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void GiveBack(std::int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  bool DropOldest() ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::shared_ptr<log::Log>> Logs() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
  base::Mutex mutex_;
  std::vector<std::weak_ptr<log::Log>> logs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_BUDGET_H_
