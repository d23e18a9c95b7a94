// What stands behind a Replay: a place in each partition, and whose record is next.
#ifndef LEAT_CLIENT_REPLAY_STATE_H_
#define LEAT_CLIENT_REPLAY_STATE_H_

#include <leat/consumer_records.h>
#include <leat/replay.h>
#include <leat/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "broker/backend.h"
#include "client/replay_timeline.h"

namespace leat::client {

// Threads: one call at a time, which it sees to; Wake from all threads.
class ReplayState {
 public:
  static absl::StatusOr<std::unique_ptr<ReplayState>> Open(std::shared_ptr<broker::Backend> backend,
                                                           const std::vector<ReplayRange>& ranges,
                                                           const ReplayOptions& options);

  // As Replay's.
  absl::StatusOr<std::optional<ConsumerRecord>> Next(std::chrono::nanoseconds timeout);
  absl::Status Seek(const TopicPartition& name, Offset offset);
  absl::Status SetSpeed(double speed);
  std::optional<Timestamp> time() const;
  bool ended() const;
  std::int64_t missed() const { return missed_; }
  void Wake();

 private:
  // A partition, and its next record, which is `at` once it is ready. It stays where it is: iterators point into it.
  struct Source {
    Source(Partition of, std::size_t place, Offset from, Offset to)
        : partition(std::move(of)), index(place), next(from), end(to) {}

    Partition partition;
    const std::size_t index;  // among the ranges
    Offset next;              // of what has not been handed out
    const Offset end;
    std::int64_t time = -1;  // of its next record: not below that of those before it
    ConsumerRecords records = {};
    ConsumerRecords::Iterator at = {};
  };
  struct Later;
  class Alone;

  ReplayState(std::shared_ptr<broker::Backend> backend, const ReplayOptions& options);

  absl::Status Add(const ReplayRange& range, const ReplayOptions& options);
  // Finds the next record of each source that does not have one.
  absl::Status GetReady();
  // Whether there is one.
  absl::StatusOr<bool> GetReady(Source& source);
  absl::Status Fetch(Source& source);
  // Whether it was woken.
  bool Sleep(std::chrono::nanoseconds timeout);
  std::optional<std::int64_t> NextTime() const;

  const std::shared_ptr<broker::Backend> backend_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> unready_;  // whose next record is to be found
  std::vector<Source*> ready_;    // a heap, the earliest first
  ReplayTimeline timeline_;
  std::int64_t missed_ = 0;
  std::atomic<bool> entered_{false};

  base::Mutex mutex_;
  base::CondVar woken_;
  bool wake_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_REPLAY_STATE_H_
