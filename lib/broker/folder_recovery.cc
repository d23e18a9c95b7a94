#include "broker/folder_recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "base/thread.h"
#include "broker/folder.h"
#include "broker/retention.h"
#include "log/checkpoint.h"

namespace leat::broker {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{100};

// What the workers and the thread that waits for them share.
struct Work {
  const FolderPlace& place;
  std::vector<RecoveryJob>& jobs;
  const RecoveryWay& way;
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> bytes_scanned{0};
  base::Mutex mutex{};
  base::CondVar changed{};
  std::size_t done ABSL_GUARDED_BY(mutex) = 0;
};

void WorkOff(Work& work) {
  for (;;) {
    const std::size_t index = work.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= work.jobs.size()) return;
    RecoveryJob& job = work.jobs[index];
    RecoveryWay way = work.way;
    way.writable = way.writable && !job.as_it_is;
    job.result = RecoverPartition(work.place, *job.topic, job.partition, way, [&work](std::int64_t bytes) {
      work.bytes_scanned.fetch_add(bytes, std::memory_order_relaxed);
    });
    const base::MutexLock lock(work.mutex);
    ++work.done;
    work.changed.NotifyOne();
  }
}

RecoveryProgress ProgressOf(const Work& work, std::size_t done) {
  return {.partitions_done = static_cast<std::int32_t>(done),
          .partitions = static_cast<std::int32_t>(work.jobs.size()),
          .bytes_scanned = work.bytes_scanned.load(std::memory_order_relaxed)};
}

// Returns when all jobs are done. The caller's function is called without our lock: it may take its time.
void Watch(Work& work, const std::function<void(const RecoveryProgress&)>& on_progress) {
  for (std::size_t done = 0; done < work.jobs.size();) {
    {
      const base::MutexLock lock(work.mutex);
      if (work.done == done) work.changed.WaitFor(work.mutex, kProgressInterval);
      done = work.done;
    }
    if (on_progress) on_progress(ProgressOf(work, done));
  }
}

bool IsPartitionsOwn(const absl::Status& status) { return absl::IsDataLoss(status) || absl::IsNotFound(status); }

}  // namespace

absl::StatusOr<log::RecoveredLog> RecoverPartition(const FolderPlace& place, const TopicFile& topic,
                                                   PartitionId partition, const RecoveryWay& way,
                                                   std::function<void(std::int64_t)> on_scanned) {
  const std::string folder = PartitionFolderPath(place, topic.name, partition);
  const bool ours_already = place.files.Info(io::JoinPath(folder, log::kCheckpointFileName)).ok();
  absl::StatusOr<log::RecoveredLog> recovered =
      log::RecoverLog({.files = place.files,
                       .folder = folder,
                       .topic = topic.name,
                       .partition = partition,
                       .salvage_folder = io::JoinPath(place.path, kSalvageFolderName),
                       .like = place.like,
                       .index_interval_bytes = topic.options.index_interval_bytes,
                       .writable = way.writable,
                       .is_copy = way.is_copy,
                       .retires = way.surely_a_copy && (way.has_budget || LimitsOf(topic.options).any()),
                       .adopting = topic.adopted && !ours_already,
                       .store_again = way.same_boot && (!topic.adopted || ours_already),
                       .on_scanned = std::move(on_scanned)});
  if (recovered.ok() || !IsPartitionsOwn(recovered.status())) return recovered;
  log::RecoveredLog unreadable;
  unreadable.damage = absl::DataLossError(
      fmt::format("partition {} of topic {}: {}", partition, topic.name, std::string(recovered.status().message())));
  return unreadable;
}

absl::Status RecoverPartitions(const FolderPlace& place, std::vector<RecoveryJob>& jobs, const RecoveryWay& way,
                               const std::function<void(const RecoveryProgress&)>& on_progress) {
  if (jobs.empty()) return absl::OkStatus();
  Work work{.place = place, .jobs = jobs, .way = way};
  std::vector<base::Thread> threads;
  const std::size_t wanted = std::min<std::size_t>(jobs.size(), std::max(1U, std::thread::hardware_concurrency()));
  while (threads.size() < wanted) {
    absl::StatusOr<base::Thread> thread = base::Thread::Start("leat-recovery", [&work] { WorkOff(work); });
    if (!thread.ok()) break;
    threads.push_back(*std::move(thread));
  }
  // Where no thread is to be had it goes slower, and without progress.
  if (threads.empty()) WorkOff(work);
  Watch(work, on_progress);
  for (base::Thread& thread : threads) thread.Join();
  for (const RecoveryJob& job : jobs) {
    if (!job.result.ok()) return job.result.status();
  }
  return absl::OkStatus();
}

}  // namespace leat::broker
