// The job of compacting the topics that want it: in the background by one process at a time for all topics of the folder, on a
// thread that nobody waits for, because a round may take minutes; and when somebody asks for it. When the process that is at it
// dies, the next one's turn comes.
#ifndef LEAT_BROKER_COMPACTOR_H_
#define LEAT_BROKER_COMPACTOR_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <leat/compaction.h>
#include <leat/topic_options.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/keyed_hash.h"
#include "base/mutex.h"
#include "broker/flusher.h"
#include "broker/folder.h"
#include "broker/topic_file.h"
#include "log/compaction.h"
#include "log/log.h"

namespace leat::broker {

inline bool IsCompacted(const TopicOptions& options) { return options.cleanup_policy != CleanupPolicy::kDelete; }

// Threads: safe from all threads; one works at a time. Lifetime: what it is given outlives the flusher's thread.
class Compactor final : public Flushable, public std::enable_shared_from_this<Compactor> {
 public:
  using LogOf = std::function<absl::StatusOr<std::shared_ptr<log::Log>>(const TopicFile&, PartitionId)>;
  Compactor(Folder& folder, Flusher& flusher, LogOf log_of);

  // Looks within compaction_check_interval, and from then on that often. Once is enough.
  void Start();

  // Contract: Broker::CompactTopic.
  absl::StatusOr<CompactionReport> CompactTopic(const TopicFile& topic, const CompactionRequest& request)
      ABSL_LOCKS_EXCLUDED(working_);

  std::chrono::nanoseconds FlushDue(std::chrono::nanoseconds now) override ABSL_LOCKS_EXCLUDED(working_);

 private:
  class JobLock;
  using PartitionKey = std::pair<base::Uuid, PartitionId>;
  struct Candidate {
    TopicFile topic;
    PartitionId partition;
    std::shared_ptr<log::Log> log;
    double dirty;     // which part of it
    Offset clean_to;  // how far it was compacted before
  };

  void Round() ABSL_EXCLUSIVE_LOCKS_REQUIRED(working_);
  std::vector<Candidate> Candidates() ABSL_EXCLUSIVE_LOCKS_REQUIRED(working_);
  void Consider(const TopicFile& topic, PartitionId partition, std::vector<Candidate>& candidates)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(working_);
  log::CompactionRules RulesOf(const TopicOptions& options) const;
  PartitionCompaction Compact(log::Log& log, PartitionId partition, const TopicOptions& options,
                              const std::function<bool(std::int64_t)>& on_read, JobLock& job) const;

  Folder& folder_;
  Flusher& flusher_;
  const LogOf log_of_;
  const std::chrono::nanoseconds interval_;
  const base::HashKey hash_key_;

  std::atomic<bool> started_{false};
  std::atomic<std::int32_t> waiting_{0};  // who was asked for it, and waits for the background to give way

  // Held while somebody compacts, and nothing else with it but what a log's calls take. Before all shared locks.
  base::Mutex working_;
  // Partitions in which something was in the way, until when they are left alone, by the monotonic clock.
  std::map<PartitionKey, std::chrono::nanoseconds> put_off_ ABSL_GUARDED_BY(working_);
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_COMPACTOR_H_
