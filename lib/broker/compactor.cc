#include "broker/compactor.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/folder_holders.h"
#include "broker/folder_lock.h"
#include "broker/nap.h"
#include "broker/topics.h"
#include "fmt/format.h"
#include "log/age.h"
#include "shared/commit_slots.h"
#include "shared/counters.h"

namespace leat::broker {
namespace {

// Damage does not go away by being read again.
constexpr std::chrono::minutes kPutOffDamaged{10};
constexpr std::chrono::minutes kPutOff{1};
// Others may remove or replace segments under one's hands; who does so again and again compacts the same log.
constexpr int kMostTries = 8;
constexpr int kTriesBeside = 2;
// Between two looks whether another process has come to its end.
constexpr std::chrono::milliseconds kNap{20};

// Which of those who have the folder open it is, the kernel does not tell.
absl::Status InTheWay(const Folder& folder, const absl::Status& aborted, bool alone) {
  const std::string_view what(aborted.message().data(), aborted.message().size());
  if (alone) return absl::UnavailableError(fmt::format("{}, {} times; try again later", what, kMostTries));
  return absl::UnavailableError(
      fmt::format("{}: another process compacts, and went on for more than {} ms (max_block); the folder is held {}; "
                  "try again when it is done",
                  what, folder.max_block().count(),
                  DescribeOthersWhoHave(folder.files().Info(io::JoinPath(folder.path(), kLockFileName)))));
}

void Add(const log::CompactionResult& round, PartitionCompaction& all) {
  all.clean_to = round.clean_to;
  all.records_removed += round.records_removed;
  all.tombstones_removed += round.tombstones_removed;
  all.keyless_records = round.keyless_records;
  all.bytes_read += round.bytes_read;
  all.bytes_written += round.bytes_written;
  all.bytes_freed += round.bytes_freed;
  all.segments_removed += round.segments_removed;
  ++all.rounds;
}

}  // namespace

// The lock of whoever compacts, if it is to be had.
class Compactor::JobLock {
 public:
  explicit JobLock(Folder& folder) : folder_(folder) { Try(); }
  JobLock(const JobLock&) = delete;
  JobLock& operator=(const JobLock&) = delete;
  ~JobLock() {
    if (held_) folder_.ReleaseCompactionLock();
  }
  bool held() const { return held_; }

  bool Try() {
    if (held_) return true;
    const auto taken = folder_.TryCompactionLock();
    held_ = taken.ok() && *taken;
    return held_;
  }

  // Until it is had; else, after max_block, `what` is the way it stays.
  absl::Status Wait(const std::function<bool(std::int64_t)>& goes_on, const absl::Status& what) {
    const auto began = folder_.clock().Monotonic();
    while (!Try()) {
      if (!goes_on(0)) return absl::CancelledError("the compaction was ended");
      if (folder_.clock().Monotonic() - began >= folder_.max_block()) return what;
      Nap(kNap);
    }
    return absl::OkStatus();
  }

 private:
  Folder& folder_;
  bool held_ = false;
};

Compactor::Compactor(Folder& folder, Flusher& flusher, LogOf log_of)
    : folder_(folder),
      flusher_(flusher),
      log_of_(std::move(log_of)),
      interval_(folder.options().compaction_check_interval),
      hash_key_{.low = folder.random().Next(), .high = folder.random().Next()} {}

void Compactor::Start() {
  if (started_.load(std::memory_order_relaxed) || started_.exchange(true, std::memory_order_relaxed)) return;
  const auto now = folder_.clock().Monotonic();
  // Where no thread is to be had, other processes do it, or a later call.
  if (!flusher_.Add(shared_from_this(), now + std::min(interval_, kNever - now))) {
    started_.store(false, std::memory_order_relaxed);
  }
}

std::chrono::nanoseconds Compactor::FlushDue(std::chrono::nanoseconds) {
  {
    const base::MutexLock lock(working_);
    Round();
  }
  const auto now = folder_.clock().Monotonic();
  return now + std::min(interval_, kNever - now);
}

void Compactor::Round() {
  const Folder::Call call(folder_);
  if (!call.status().ok() || !folder_.CheckStillThere().ok()) return;
  JobLock job(folder_);
  if (!job.held()) return;
  const auto on_read = [this](std::int64_t) {
    return folder_.Usable().ok() && waiting_.load(std::memory_order_relaxed) == 0;
  };
  for (const Candidate& candidate : Candidates()) {
    if (!on_read(0)) return;
    const PartitionCompaction done =
        Compact(*candidate.log, candidate.partition, candidate.topic.options, on_read, job);
    // What fails here fails again for whoever asks for it, and is told there.
    const PartitionKey key{candidate.topic.id, candidate.partition};
    const bool came_further = done.clean_to > candidate.clean_to || done.bytes_freed > 0;
    if (folder_.counts() && !done.status.ok() && !absl::IsCancelled(done.status)) {
      shared::Add(folder_.control().header().counters.compaction_failures);
    }
    // Where a transaction has not ended, there is nothing to be done for a while.
    if (absl::IsCancelled(done.status) || (done.status.ok() && came_further)) continue;
    put_off_[key] = folder_.clock().Monotonic() + (absl::IsDataLoss(done.status) ? kPutOffDamaged : kPutOff);
  }
}

// Those that want it most come first.
std::vector<Compactor::Candidate> Compactor::Candidates() {
  std::vector<Candidate> candidates;
  const auto names = ListTopics(folder_);
  if (!names.ok()) return candidates;
  for (const std::string& name : *names) {
    const absl::StatusOr<TopicFile> topic = ReadTopic(folder_, name);
    if (!topic.ok() || !IsCompacted(topic->options)) continue;
    for (PartitionId p = 0; p < topic->options.partitions && folder_.Usable().ok(); ++p)
      Consider(*topic, p, candidates);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.dirty > b.dirty; });
  return candidates;
}

void Compactor::Consider(const TopicFile& topic, PartitionId partition, std::vector<Candidate>& candidates) {
  if (const auto put_off = put_off_.find({topic.id, partition}); put_off != put_off_.end()) {
    if (folder_.clock().Monotonic() < put_off->second) return;
    put_off_.erase(put_off);
  }
  const absl::StatusOr<std::shared_ptr<log::Log>> log = log_of_(topic, partition);
  if (!log.ok() || !(*log)->Writable().ok()) return;
  const TopicOptions& options = topic.options;
  const std::int64_t now = folder_.clock().WallMillis();
  // Within max_compaction_lag_ms a record is to be looked at, so it must be in a finished segment by then.
  const std::int64_t max_lag = options.max_compaction_lag_ms.count();
  (*log)->RollOlderThan(std::min(options.segment_ms.count(), max_lag), now).IgnoreError();
  const auto backlog = log::BacklogOf(**log, now, options.min_compaction_lag_ms.count());
  if (!backlog.ok()) return;
  const auto all = static_cast<double>(backlog->clean_bytes + backlog->dirty_bytes);
  const double dirty = all > 0 ? static_cast<double>(backlog->dirty_bytes) / all : 0;
  const bool worth_while = backlog->dirty_bytes > 0 && dirty >= options.min_cleanable_dirty_ratio;
  const bool overdue = backlog->oldest_dirty.has_value() && log::IsOlderThan(*backlog->oldest_dirty, max_lag, now);
  const bool has_old_tombstones = backlog->next_horizon >= 0 && backlog->next_horizon <= now;
  if (worth_while || overdue || has_old_tombstones) {
    candidates.push_back({topic, partition, *log, dirty, backlog->clean_to});
  }
}

log::CompactionRules Compactor::RulesOf(const TopicOptions& options) const {
  return {.now = folder_.clock().WallMillis(),
          .min_lag_ms = options.min_compaction_lag_ms.count(),
          .delete_retention_ms = options.delete_retention_ms.count(),
          .map_bytes = static_cast<std::size_t>(folder_.options().compaction_memory),
          .levels = {.gzip = options.compression_gzip_level,
                     .lz4 = options.compression_lz4_level,
                     .zstd = options.compression_zstd_level},
          .hash_key = hash_key_};
}

PartitionCompaction Compactor::Compact(log::Log& log, PartitionId partition, const TopicOptions& options,
                                       const std::function<bool(std::int64_t)>& on_read, JobLock& job) const {
  PartitionCompaction all{.id = partition};
  log::CompactionRules rules = RulesOf(options);
  rules.on_read = on_read;
  for (int tries = 0; tries < kMostTries;) {
    const auto round = log::CompactLog(log, rules);
    all.status = round.status();
    if (round.ok()) {
      Add(*round, all);
      if (!round->map_was_full) break;
      tries = 0;
      continue;
    }
    if (!absl::IsAborted(all.status)) break;
    if (++tries <= kTriesBeside) continue;
    if (const absl::Status alone = job.Wait(on_read, all.status); !alone.ok()) {
      all.status = alone;
      break;
    }
  }
  if (absl::IsAborted(all.status)) all.status = InTheWay(folder_, all.status, job.held());
  return all;
}

absl::StatusOr<CompactionReport> Compactor::CompactTopic(const TopicFile& topic, const CompactionRequest& request) {
  const Folder::Call call(folder_);
  if (!call.status().ok()) return call.status();
  if (!IsCompacted(topic.options)) {
    return absl::FailedPreconditionError(fmt::format(
        "topic {} is not compacted: its cleanup_policy is delete; alter that to compact, or to both, first",
        topic.name));
  }
  if (request.partition.has_value() && (*request.partition < 0 || *request.partition >= topic.options.partitions)) {
    return absl::NotFoundError(fmt::format("topic {} has no partition {}: it has {}", topic.name, *request.partition,
                                           topic.options.partitions));
  }
  const auto on_read = [&](std::int64_t bytes) {
    return folder_.Usable().ok() && (!request.on_progress || request.on_progress(bytes));
  };
  waiting_.fetch_add(1, std::memory_order_relaxed);
  const base::MutexLock lock(working_);
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  // Others' background leaves it to us, if none of them is at it. Who is may be at another topic, for minutes: he is waited for
  // where he turns out to be in the way.
  JobLock job(folder_);
  CompactionReport report{.topic = topic.name};
  for (PartitionId p = 0; p < topic.options.partitions; ++p) {
    if (request.partition.value_or(p) != p) continue;
    const absl::StatusOr<std::shared_ptr<log::Log>> log = log_of_(topic, p);
    if (!log.ok()) {
      report.partitions.push_back({.id = p, .status = log.status()});
      continue;
    }
    if (request.finish_active_segments) {
      const auto finished =
          (*log)->FinishActive(topic.options.min_compaction_lag_ms.count(), folder_.clock().WallMillis());
      if (!finished.ok()) {
        report.partitions.push_back({.id = p, .status = finished.status()});
        continue;
      }
    }
    report.partitions.push_back(Compact(**log, p, topic.options, on_read, job));
  }
  return report;
}

}  // namespace leat::broker
