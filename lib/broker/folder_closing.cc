// Leaving a folder. The last one to leave makes of it what Kafka's own tools read: sealed, synced, with checkpoints.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "broker/folder.h"
#include "broker/folder_lock.h"
#include "broker/side_by_side.h"
#include "broker/topic_mending.h"
#include "log/checkpoint.h"
#include "log/log.h"
#include "log/segment_files.h"
#include "shared/commit_slots.h"
#include "shared/counters.h"

namespace leat::broker {
namespace {

log::Checkpoint CheckpointOf(const shared::PartitionPage& page, bool allow_gaps) {
  const shared::CommitState state = shared::ReadCommit(page);
  return {.log_start = page.log_start.load(std::memory_order_acquire),
          .end = state.next_offset,
          .segment_base = state.segment_base,
          .position = state.position,
          .max_timestamp = state.max_timestamp,
          .segment_first_append = state.segment_first_append,
          .epoch = page.leader_epoch.load(std::memory_order_acquire),
          .allow_gaps = allow_gaps};
}

// Whether nothing has been appended since the last one who was alone here left.
bool IsSealed(io::FileSystem& files, const std::string& folder, const shared::PartitionPage& page,
              const log::Checkpoint& now) {
  if (page.allocated.load(std::memory_order_acquire) != now.position) return false;
  const absl::StatusOr<log::CheckpointState> last = log::ReadCheckpoint(files, folder);
  if (!last.ok() || !last->newest.has_value() || *last->newest != now) return false;
  // Who is about to append removes the active segment's indexes first, and may have got no further.
  const absl::StatusOr<std::vector<log::SegmentFiles>> segments = log::ListSegments(files, folder);
  return segments.ok() && std::all_of(segments->begin(), segments->end(), [](const log::SegmentFiles& segment) {
           return segment.has_offset_index && segment.has_time_index;
         });
}

// `open` is the partition's log if this process has had it open; null else.
absl::Status SealPartition(const log::LogSettings& settings, std::shared_ptr<log::Log> open) {
  const shared::PartitionPage& page = *settings.page;
  constexpr std::uint32_t kNotToBeTouched = shared::kFlagDeleted | shared::kFlagSyncFailed | shared::kFlagDamaged;
  if ((page.flags.load(std::memory_order_acquire) & kNotToBeTouched) != 0) return absl::OkStatus();
  const log::Checkpoint checkpoint = CheckpointOf(page, settings.allow_gaps);
  if (IsSealed(*settings.files, settings.folder, page, checkpoint)) return absl::OkStatus();
  if (open == nullptr) open = log::Log::Open(settings);
  if (absl::Status status = open->SealForClose(); !status.ok()) return status;
  const absl::StatusOr<std::unique_ptr<io::File>> file =
      log::OpenCheckpoint(*settings.files, settings.folder, settings.like);
  if (!file.ok()) return file.status();
  return log::WriteCheckpoint(**file, checkpoint);
}

}  // namespace

// One partition that cannot be sealed does not keep the others from it; the first error is told.
absl::Status Folder::SealAll(const OpenLogs& open_logs) {
  const absl::StatusOr<TopicNames> names = ListTopicNames(place());
  if (!names.ok()) return names.status();
  absl::Status result;
  struct ToSeal {
    log::LogSettings settings;
    std::shared_ptr<log::Log> open;
  };
  std::vector<ToSeal> logs;
  for (const std::string& name : names->topics) {
    const absl::StatusOr<TopicFile> topic = ReadTopicFile(files(), path_, name);
    result.Update(topic.status());
    for (PartitionId p = 0; topic.ok() && p < topic->options.partitions; ++p) {
      absl::StatusOr<shared::PartitionPage*> page = PageOf(*topic, p);
      result.Update(page.status());
      if (!page.ok()) continue;
      logs.push_back({LogSettingsOf(*topic, p, *page), open_logs ? open_logs(*topic, p) : nullptr});
    }
  }
  result.Update(
      SideBySide(logs.size(), [&](std::size_t i) { return SealPartition(logs[i].settings, logs[i].open); }));
  return result;
}

absl::Status Folder::Leave(const OpenLogs& open_logs) {
  if (slot_ == nullptr) return absl::OkStatus();
  absl::Status result;
  // In memory nothing is kept; and where the folder is gone there is nothing to seal.
  if (!in_memory() && LockFileStands(files(), *lock_file_)) {
    const absl::StatusOr<bool> alone = BecomeAlone(*lock_file_);
    result = alone.status();
    if (alone.ok() && *alone) {
      // While the state says that it is not complete, whoever comes after our death in here recovers from the files.
      std::atomic<std::uint64_t>& generation = control_->header().topic_generation;
      const std::uint64_t was = generation.exchange(0, std::memory_order_acq_rel);
      result = SealAll(open_logs);
      generation.store(was + 1, std::memory_order_release);
    }
  }
  if (counts()) shared::Add(control_->header().counters.closings);
  // The slot last: what seals takes locks in its name.
  slot_->Leave();
  lock_file_->Unlock(shared::kFolderByte).IgnoreError();
  return result;
}

}  // namespace leat::broker
