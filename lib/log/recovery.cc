#include "log/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "log/checkpoint.h"
#include "log/epochs.h"
#include "log/index_builder.h"
#include "log/log_scan.h"
#include "log/replacing.h"
#include "log/salvage.h"
#include "log/segment_files.h"
#include "log/segment_scan.h"
#include "log/store_again.h"
#include "shared/layout.h"

namespace leat::log {
namespace {

// Makes the folder what the scan says that the log is. Each step leaves a folder of which a scan says the same, so
// that it may end anywhere.
class Mender {
 public:
  Mender(const RecoveryInput& input, LogScan& scan)
      : input_(input),
        scan_(scan),
        salvage_(input.files, input.salvage_folder, {input.topic, input.partition}, input.like) {}

  absl::Status Run() {
    if (absl::Status status = CutSegments(); !status.ok()) return status;
    if (absl::Status status = KeepTornTails(); !status.ok()) return status;
    if (absl::Status status = salvage_.SyncFolders(); !status.ok()) return status;
    if (absl::Status status = TruncateAndSync(); !status.ok()) return status;
    if (absl::Status status = RemoveRests(); !status.ok()) return status;
    if (absl::Status status = RebuildIndexes(); !status.ok()) return status;
    if (absl::Status status = MakeActive(); !status.ok()) return status;
    // This syncs the folder, too, and with it all that was made and removed here.
    if (absl::Status status = BeginEpoch(); !status.ok()) return status;
    return WriteNewCheckpoint();
  }

 private:
  std::string PathOf(Offset base, std::string_view suffix) const {
    return io::JoinPath(input_.folder, SegmentFileName(base, suffix));
  }

  absl::Status Remove(const std::string& path) { return io::RemoveIfThere(input_.files, path); }

  absl::Status RemoveIndexesOf(Offset base) { return RemoveIndexes(input_.files, input_.folder, base); }

  // The last one first, so that there never is a hole that was not there.
  absl::Status CutSegments() {
    for (auto segment = scan_.cut.rbegin(); segment != scan_.cut.rend(); ++segment) {
      if (absl::Status status = CutSegment(segment->base); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status CutSegment(Offset base) {
    const std::string path = PathOf(base, kLogSuffix);
    absl::StatusOr<std::int64_t> content_end = ContentEnd(path);
    if (!content_end.ok()) return content_end.status();
    if (*content_end == 0) {
      if (absl::Status status = Remove(path); !status.ok()) return status;
    } else {
      absl::StatusOr<std::string> kept = salvage_.KeepSegment(input_.folder, base);
      if (!kept.ok()) return kept.status();
      scan_.log.cut_bytes += *content_end;
      ++scan_.log.cut_segments;
      scan_.log.notes.push_back(fmt::format("{} was moved to {}", path, *kept));
    }
    return RemoveIndexesOf(base);
  }

  absl::StatusOr<std::int64_t> ContentEnd(const std::string& path) {
    absl::StatusOr<std::unique_ptr<io::File>> file = input_.files.Open(path, io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    absl::StatusOr<io::FileInfo> info = (*file)->Info();
    if (!info.ok()) return info.status();
    return SegmentScanner().FindContentEnd(**file, 0, info->size);
  }

  absl::Status KeepTornTails() {
    for (const ScannedSegment& segment : scan_.segments) {
      if (segment.content_end == segment.position) continue;
      if (absl::Status status = KeepTornTail(segment); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status KeepTornTail(const ScannedSegment& segment) {
    const std::string path = PathOf(segment.files.base, kLogSuffix);
    absl::StatusOr<std::unique_ptr<io::File>> file = input_.files.Open(path, io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    absl::StatusOr<std::string> kept =
        salvage_.KeepTail(**file, segment.files.base, segment.position, segment.content_end, segment.next_offset);
    if (!kept.ok()) return kept.status();
    const std::int64_t size = segment.content_end - segment.position;
    scan_.log.cut_bytes += size;
    scan_.log.notes.push_back(
        fmt::format("{}: {} bytes from position {} on were moved to {}", path, size, segment.position, *kept));
    return absl::OkStatus();
  }

  // What has been read may be in memory only: in a copy, all of it.
  absl::Status TruncateAndSync() {
    for (const ScannedSegment& segment : scan_.segments) {
      const bool truncate = segment.file_size != segment.position;
      if (!truncate && segment.below_checkpoint && !input_.is_copy) continue;
      absl::StatusOr<std::unique_ptr<io::File>> file =
          input_.files.Open(PathOf(segment.files.base, kLogSuffix), io::OpenMode::kReadWrite);
      if (!file.ok()) return file.status();
      if (truncate) {
        if (absl::Status status = (*file)->Truncate(segment.position); !status.ok()) return status;
      }
      if (input_.store_again && !segment.below_checkpoint) {
        const BytesToStore all{.begin = {.position = 0, .offset = segment.files.base},
                               .from = segment.files.base,
                               .to = segment.next_offset,
                               .allow_gaps = scan_.log.allow_gaps};
        if (absl::Status status = StoreAgain(**file, all); !status.ok()) return status;
      }
      if (absl::Status status = (*file)->Sync(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status RemoveRests() {
    for (const SegmentFiles& segment : scan_.obsolete) {
      if (absl::Status status = Remove(PathOf(segment.base, kLogSuffix)); !status.ok()) return status;
      if (absl::Status status = RemoveIndexesOf(segment.base); !status.ok()) return status;
    }
    for (const Offset base : scan_.stray_indexes) {
      if (absl::Status status = RemoveIndexesOf(base); !status.ok()) return status;
    }
    for (const std::string& name : scan_.temporary) {
      if (absl::Status status = Remove(io::JoinPath(input_.folder, name)); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status RebuildIndexes() {
    for (std::size_t i = 0; i + 1 < scan_.segments.size(); ++i) {
      const ScannedSegment& segment = scan_.segments[i];
      if (segment.indexes_good) continue;
      const absl::Status indexed = IndexAnew(input_.files, input_.folder, segment.files.base, segment.position,
                                             input_.index_interval_bytes, input_.like);
      if (!indexed.ok()) return indexed;
    }
    return absl::OkStatus();
  }

  // There is a file to append to, and it has no indexes: they are a finished segment's.
  absl::Status MakeActive() {
    const Offset base = scan_.log.segment_base;
    if (absl::Status status = RemoveIndexesOf(base); !status.ok()) return status;
    scan_.log.file_size = scan_.log.position;
    if (!scan_.segments.empty()) return absl::OkStatus();
    absl::StatusOr<std::unique_ptr<io::File>> file =
        input_.files.Open(PathOf(base, kLogSuffix), io::OpenMode::kCreate);
    if (!file.ok()) return file.status();
    return (*file)->TakePermissionsOf(input_.like);
  }

  // Also when nothing was cut: a power loss may have taken records that left no trace, and their offsets are given
  // out again.
  absl::Status BeginEpoch() {
    RecoveredLog& log = scan_.log;
    log.epoch = scan_.greatest_epoch;
    if (log.epoch < std::numeric_limits<LeaderEpoch>::max()) ++log.epoch;
    scan_.epochs.TruncateFromEnd(log.end);
    scan_.epochs.TruncateFromStart(log.log_start);
    scan_.epochs.Append(log.epoch, log.end);
    log.epoch_start = log.end;
    return WriteEpochs(input_.files, input_.folder, scan_.epochs, input_.like);
  }

  absl::Status WriteNewCheckpoint() {
    const RecoveredLog& log = scan_.log;
    return SaveCheckpoint(input_.files, input_.folder,
                          {.log_start = log.log_start,
                           .end = log.end,
                           .segment_base = log.segment_base,
                           .position = log.position,
                           .max_timestamp = log.max_timestamp,
                           .segment_first_append = log.segment_first_append,
                           .epoch = log.epoch,
                           .allow_gaps = log.allow_gaps},
                          input_.like);
  }

  const RecoveryInput& input_;
  LogScan& scan_;
  Salvage salvage_;
};

// As far as a reader needs them.
void UseEpochsAsTheyAre(LogScan& scan) {
  scan.epochs.TruncateFromEnd(scan.log.end);
  const bool known = !scan.epochs.entries().empty();
  scan.log.epoch = std::max(scan.epochs.latest(), 0);
  scan.log.epoch_start = known ? scan.epochs.entries().back().start : scan.log.log_start;
}

}  // namespace

absl::StatusOr<RecoveredLog> RecoverLog(const RecoveryInput& input) {
  // Nothing is lost by that, whatever else is wrong: what counts is the same before and after.
  if (input.writable) {
    const ReplacingIn in{.files = input.files,
                         .folder = input.folder,
                         .like = input.like,
                         .index_interval_bytes = input.index_interval_bytes};
    if (absl::Status status = FinishReplacements(
            in, [] {}, [](Offset, std::int64_t) {});
        !status.ok())
      return status;
  }
  absl::StatusOr<LogScan> scan = ScanLog(input);
  if (!scan.ok()) return scan.status();
  if (input.writable && scan->log.damage.ok()) {
    if (absl::Status status = Mender(input, *scan).Run(); !status.ok()) return status;
  } else {
    UseEpochsAsTheyAre(*scan);
  }
  scan->log.flushed = scan->log.end;
  return std::move(scan->log);
}

PageContent PageContentOf(const RecoveredLog& recovered) {
  return {.log_start = recovered.log_start,
          .end = recovered.end,
          .flushed = recovered.flushed,
          .leader_epoch = std::max(recovered.epoch, 0),
          .epoch_start = recovered.epoch_start,
          .segment_base = recovered.segment_base,
          .position = recovered.position,
          .allocated = std::max(recovered.file_size, recovered.position),
          .max_timestamp = recovered.max_timestamp,
          .segment_first_append = recovered.segment_first_append,
          .flags = (recovered.damage.ok() ? 0U : std::uint32_t{shared::kFlagDamaged}) |
                   (recovered.allow_gaps || recovered.compacted ? std::uint32_t{shared::kFlagGaps} : 0U)};
}

}  // namespace leat::log
