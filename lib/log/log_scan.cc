#include "log/log_scan.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "log/checkpoint.h"
#include "log/compaction_mark.h"
#include "log/offset_index.h"
#include "log/segment_scan.h"
#include "log/time_index.h"
#include "record/validate.h"

namespace leat::log {
namespace {

// A finished segment's index that leaves so much of the end to walk is not all of it.
constexpr std::int64_t kMaxUnindexed = 1 << 20;

using Stop = SegmentScan::Stop;

class LogScanner {
 public:
  explicit LogScanner(const RecoveryInput& input) : input_(input) {}

  absl::StatusOr<LogScan> Run() {
    if (absl::Status status = ReadSmallFiles(); !status.ok()) return status;
    if (absl::Status status = ListSegmentFiles(); !status.ok()) return status;
    if (absl::Status status = WalkSegments(); !status.ok()) return status;
    if (absl::Status status = CompleteActive(); !status.ok()) return status;
    CheckEnd();
    Summarize();
    return std::move(out_);
  }

 private:
  absl::Status ReadSmallFiles();
  absl::Status ListSegmentFiles();
  absl::Status CheckNoSwap();
  void FindLogStart();

  absl::Status WalkSegments();
  absl::StatusOr<bool> WalkSegment(std::size_t index);
  void BeginWith(Offset base, const std::string& what);
  absl::StatusOr<SegmentScan> ScanTrusted(const io::File& file, ScannedSegment& segment);
  absl::StatusOr<std::optional<ScanStart>> StartFromIndex(const io::File& file, ScannedSegment& segment);
  absl::StatusOr<SegmentScan> ScanWhole(const io::File& file, Offset base, bool check_crc);
  absl::StatusOr<SegmentScan> ScanFromCheckpoint(const io::File& file, Offset base, std::int64_t file_size);
  void Keep(const SegmentScan& scan, ScannedSegment& segment);
  absl::Status CompleteActive();
  void CheckEnd();
  void Summarize();

  // The log ends at `offset` because of what stands at `position` of `path`; the segments from `next` on are not of
  // it.
  void Fail(const std::string& path, std::int64_t position, Offset offset, const std::string& what, std::size_t next);
  void SetDamage(const std::string& path, std::int64_t position, Offset offset, const std::string& what);

  std::string PathOf(Offset base) const { return io::JoinPath(input_.folder, SegmentFileName(base, kLogSuffix)); }
  std::string PathOf(const SegmentFiles& segment) const { return io::JoinPath(input_.folder, segment.LogName()); }
  bool WasOnDisk(Offset offset) const {
    return checkpoint_.has_value() && std::max(offset, out_.log.log_start) < checkpoint_->end;
  }
  bool IsBelowCheckpoint(std::size_t index) const {
    return checkpoint_.has_value() && !input_.adopting && index + 1 < listed_.size() &&
           listed_[index + 1].base <= checkpoint_->end;
  }
  // Our compaction leaves gaps in files, none between them (compacted_file.h): one that is missing there is missed.
  bool FilesMayHaveGap() const { return out_.log.allow_gaps; }
  // Whether a compacted file may hold what those from `base` on held, too.
  bool MayHoldSeveral(Offset base) const { return out_.log.allow_gaps || base <= gaps_to_; }
  ScanRules Rules(bool check_crc) const {
    return {.check_crc = check_crc,
            .allow_gaps = out_.log.allow_gaps,
            .gaps_to = gaps_to_,
            .on_scanned = input_.on_scanned};
  }

  const RecoveryInput& input_;
  LogScan out_;
  std::optional<Checkpoint> checkpoint_;
  bool checkpoint_garbage_ = false;
  Offset gaps_to_ = 0;
  bool epochs_known_ = true;  // the file could be read, or nothing was ever written
  std::vector<SegmentFiles> listed_;
  SegmentScanner scanner_;

  Offset expected_ = 0;     // the offset that the next batch must have
  LeaderEpoch epoch_ = -1;  // of the last batch
  std::vector<EpochStart> epochs_seen_;
  bool active_is_complete_ = true;  // max_timestamp and first append of the last segment are known
};

absl::Status LogScanner::ReadSmallFiles() {
  absl::StatusOr<CheckpointState> checkpoint = ReadCheckpoint(input_.files, input_.folder);
  if (!checkpoint.ok()) return checkpoint.status();
  checkpoint_ = checkpoint->newest;
  checkpoint_garbage_ = !checkpoint_.has_value() && checkpoint->garbage;
  if (checkpoint->garbage) {
    out_.log.notes.push_back(
        fmt::format("{}: {} cannot be read; {}", io::JoinPath(input_.folder, kCheckpointFileName),
                    checkpoint_garbage_ ? "it" : "one of its two slots",
                    checkpoint_garbage_ ? "all of the log is looked through" : "the other one counts"));
  }
  out_.log.allow_gaps = input_.adopting || (checkpoint_.has_value() && checkpoint_->allow_gaps);
  const absl::StatusOr<bool> compacted = HasCompactionMark(input_.files, input_.folder);
  if (!compacted.ok()) return compacted.status();
  out_.log.compacted = *compacted;
  if (out_.log.compacted) gaps_to_ = checkpoint_.has_value() ? checkpoint_->end : std::numeric_limits<Offset>::max();

  absl::StatusOr<Epochs> epochs = ReadEpochs(input_.files, input_.folder);
  if (epochs.ok()) {
    out_.epochs = *std::move(epochs);
  } else if (absl::IsNotFound(epochs.status()) || absl::IsDataLoss(epochs.status())) {
    epochs_known_ = false;
    if (absl::IsDataLoss(epochs.status())) out_.log.notes.emplace_back(epochs.status().message());
  } else {
    return epochs.status();
  }
  return absl::OkStatus();
}

absl::Status LogScanner::ListSegmentFiles() {
  absl::StatusOr<SegmentListing> listing = ListFolder(input_.files, input_.folder);
  if (!listing.ok()) return listing.status();
  if (input_.adopting) {
    if (absl::Status status = CheckNoSwap(); !status.ok()) return status;
  }
  out_.stray_indexes = std::move(listing->stray_indexes);
  out_.temporary = std::move(listing->temporary);
  listed_ = std::move(listing->segments);
  FindLogStart();
  return absl::OkStatus();
}

// Kafka's cleaner was about to put one segment in the place of others; only Kafka knows which of them count.
absl::Status LogScanner::CheckNoSwap() {
  absl::StatusOr<std::vector<std::string>> names = input_.files.List(input_.folder);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name.ends_with(".swap")) {
      return absl::FailedPreconditionError(
          fmt::format("{} is there because Kafka was killed while it compacted the log: let Kafka start on its "
                      "folder and stop it",
                      io::JoinPath(input_.folder, name)));
    }
  }
  return absl::OkStatus();
}

void LogScanner::FindLogStart() {
  Offset& log_start = out_.log.log_start;
  if (checkpoint_.has_value()) {
    log_start = checkpoint_->log_start;
  } else if (!listed_.empty()) {
    log_start = listed_.front().base;
  }
  std::size_t first = 0;
  while (first + 1 < listed_.size() && listed_[first + 1].base <= log_start) ++first;
  out_.obsolete.assign(listed_.begin(), listed_.begin() + static_cast<std::ptrdiff_t>(first));
  listed_.erase(listed_.begin(), listed_.begin() + static_cast<std::ptrdiff_t>(first));
}

absl::Status LogScanner::WalkSegments() {
  if (listed_.empty()) {
    expected_ = out_.log.log_start;
    return absl::OkStatus();
  }
  const Offset first = listed_.front().base;
  if (first > out_.log.log_start) {
    const std::string missing = PathOf(out_.log.log_start);
    const std::string what = fmt::format("the file is not there; the first one begins with offset {}", first);
    if (input_.is_copy && (input_.retires || !WasOnDisk(out_.log.log_start))) {
      BeginWith(first, fmt::format("{}: the file is not there", missing));
    } else if (!WasOnDisk(out_.log.log_start)) {
      expected_ = out_.log.log_start;
      Fail(missing, 0, out_.log.log_start, what, 0);
      return absl::OkStatus();
    } else {
      SetDamage(missing, 0, out_.log.log_start, what);
      out_.log.log_start = first;
    }
  }
  expected_ = first;
  for (std::size_t index = 0; index < listed_.size(); ++index) {
    absl::StatusOr<bool> goes_on = WalkSegment(index);
    if (!goes_on.ok()) return goes_on.status();
    if (!*goes_on) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> LogScanner::WalkSegment(std::size_t index) {
  ScannedSegment segment{.files = listed_[index]};
  const Offset base = segment.files.base;
  // It was copied before a compacted one took its place, that one after it.
  if (input_.is_copy && MayHoldSeveral(base) && base < expected_) {
    out_.obsolete.push_back(segment.files);
    return true;
  }
  // Of what compaction has replaced while it was copied, the older records may be the only ones of their keys.
  const bool retention_was_it = input_.is_copy && input_.retires && !FilesMayHaveGap() && !out_.log.compacted;
  if (retention_was_it && base > expected_) {
    for (const ScannedSegment& before : out_.segments) out_.cut.push_back(before.files);
    out_.segments.clear();
    BeginWith(base, fmt::format("{}: the file with offset {} is not there", input_.folder, expected_));
  } else if (base != expected_ && !(FilesMayHaveGap() && base > expected_)) {
    const ScannedSegment& before = out_.segments.back();
    Fail(PathOf(before.files), before.position, expected_,
         fmt::format("the next segment begins with offset {}", base), index);
    return false;
  }
  expected_ = base;
  const std::string path = PathOf(segment.files);
  absl::StatusOr<std::unique_ptr<io::File>> file = input_.files.Open(path, io::OpenMode::kRead);
  if (!file.ok()) return file.status();
  absl::StatusOr<io::FileInfo> info = (*file)->Info();
  if (!info.ok()) return info.status();

  segment.below_checkpoint = IsBelowCheckpoint(index);
  absl::StatusOr<SegmentScan> scan =
      segment.below_checkpoint ? ScanTrusted(**file, segment) : ScanFromCheckpoint(**file, base, info->size);
  if (!scan.ok()) return scan.status();
  if (input_.adopting && scan->old_format && scan->position == 0) {
    return record::ReadError(BatchVerdict::kOldMagic, path, 0);
  }
  Keep(*scan, segment);
  // An append that was under way when its process died, and that the roll to the next segment left behind.
  const bool is_rest = index + 1 < listed_.size() && listed_[index + 1].base == scan->next_offset;
  if (scan->stop == Stop::kBad && !is_rest) {
    Fail(path, scan->position, scan->next_offset, scan->what, index + 1);
    return false;
  }
  if (scan->stop == Stop::kUnreadable) {
    SetDamage(path, scan->position, scan->next_offset, std::string(scan->error.message()));
    return false;
  }
  return true;
}

// The copy was made while the oldest segments went: those before `base` that it has are of no log any more.
void LogScanner::BeginWith(Offset base, const std::string& what) {
  out_.log.log_start = base;
  out_.log.notes.push_back(fmt::format(
      "{}; the log begins with offset {}: the folder was copied while its oldest records were being deleted", what,
      base));
}

// All that is asked of a segment that was on the disk is that its batches lead to its end: a short walk from the last
// entry of its index.
absl::StatusOr<SegmentScan> LogScanner::ScanTrusted(const io::File& file, ScannedSegment& segment) {
  const Offset base = segment.files.base;
  active_is_complete_ = false;
  if (!epochs_known_) {
    absl::StatusOr<SegmentScan> scan = ScanWhole(file, base, false);
    if (scan.ok()) epochs_seen_.insert(epochs_seen_.end(), scan->epochs.begin(), scan->epochs.end());
    return scan;
  }
  absl::StatusOr<std::optional<ScanStart>> start = StartFromIndex(file, segment);
  if (!start.ok()) return start.status();
  if (!start->has_value()) return ScanWhole(file, base, false);
  absl::StatusOr<SegmentScan> scan = scanner_.Scan(file, base, **start, Rules(false));
  if (!scan.ok()) return scan;
  if (scan->stop == Stop::kBad || scan->last_batch_position - (*start)->position > kMaxUnindexed) {
    segment.indexes_good = false;
    return ScanWhole(file, base, false);
  }
  return scan;
}

// nullopt: the indexes are missing or wrong.
absl::StatusOr<std::optional<ScanStart>> LogScanner::StartFromIndex(const io::File& file, ScannedSegment& segment) {
  const Offset base = segment.files.base;
  absl::StatusOr<io::FileInfo> info = file.Info();
  if (!info.ok()) return info.status();
  if (!segment.files.has_offset_index || !segment.files.has_time_index) return std::nullopt;
  absl::StatusOr<OffsetIndex> index = OffsetIndex::Load(input_.files, input_.folder, base, info->size);
  absl::StatusOr<TimeIndex> times = TimeIndex::Load(input_.files, input_.folder, base);
  for (const absl::Status& status : {index.status(), times.status()}) {
    if (absl::IsDataLoss(status)) {
      out_.log.notes.emplace_back(status.message());
      return std::nullopt;
    }
    if (!status.ok()) return status;
  }
  segment.indexes_good = true;
  const std::optional<OffsetIndex::Entry> last = index->last();
  if (!last.has_value()) return ScanStart{0, base, epoch_};
  std::byte header[batch_layout::kHeaderSize] = {};
  absl::StatusOr<std::size_t> size = file.ReadAt(last->position, header);
  const BatchView batch(header);
  const Offset first = batch.base_offset();
  if (!size.ok() || *size < sizeof(header) || batch.last_offset() != last->last_offset || first < base ||
      first > last->last_offset) {
    segment.indexes_good = false;
    return std::nullopt;
  }
  return ScanStart{last->position, first, epoch_};
}

absl::StatusOr<SegmentScan> LogScanner::ScanWhole(const io::File& file, Offset base, bool check_crc) {
  return scanner_.Scan(file, base, {0, base, epoch_}, Rules(check_crc));
}

// Fills in what is known of the active segment, for this may be it.
absl::StatusOr<SegmentScan> LogScanner::ScanFromCheckpoint(const io::File& file, Offset base,
                                                           std::int64_t file_size) {
  RecoveredLog& log = out_.log;
  const bool skip = checkpoint_.has_value() && checkpoint_->segment_base == base && !input_.is_copy &&
                    !input_.adopting && epochs_known_ && file_size >= checkpoint_->position;
  ScanStart start{0, base, epoch_};
  if (skip) start = {checkpoint_->position, checkpoint_->end, checkpoint_->epoch};
  absl::StatusOr<SegmentScan> scan = scanner_.Scan(file, base, start, Rules(true));
  if (!scan.ok()) return scan;
  epochs_seen_.insert(epochs_seen_.end(), scan->epochs.begin(), scan->epochs.end());
  active_is_complete_ = true;
  log.max_timestamp = scan->max_timestamp;
  log.segment_first_append = scan->first_timestamp;
  if (checkpoint_.has_value() && checkpoint_->segment_base == base && scan->position >= checkpoint_->position) {
    if (skip) log.max_timestamp = std::max(log.max_timestamp, checkpoint_->max_timestamp);
    if (checkpoint_->segment_first_append >= 0) log.segment_first_append = checkpoint_->segment_first_append;
  }
  return scan;
}

void LogScanner::Keep(const SegmentScan& scan, ScannedSegment& segment) {
  segment.next_offset = scan.next_offset;
  segment.position = scan.position;
  segment.content_end = scan.content_end;
  segment.file_size = scan.file_size;
  out_.log.scanned_bytes += scan.bytes_read;
  out_.segments.push_back(segment);
  expected_ = scan.next_offset;
  epoch_ = std::max(epoch_, scan.epoch);
}

// The log turned out to end with a segment that was not read: now it is.
absl::Status LogScanner::CompleteActive() {
  if (out_.segments.empty() || active_is_complete_) return absl::OkStatus();
  ScannedSegment& active = out_.segments.back();
  const std::string path = PathOf(active.files);
  absl::StatusOr<std::unique_ptr<io::File>> file = input_.files.Open(path, io::OpenMode::kRead);
  if (!file.ok()) return file.status();
  // The epoch that its batches end with is no floor for those that it begins with.
  absl::StatusOr<SegmentScan> scan =
      scanner_.Scan(**file, active.files.base, {0, active.files.base, -1}, Rules(true));
  if (!scan.ok()) return scan.status();
  out_.log.scanned_bytes += scan->bytes_read;
  out_.log.max_timestamp = scan->max_timestamp;
  out_.log.segment_first_append = scan->first_timestamp;
  active.below_checkpoint = false;
  if (scan->position >= active.position) return absl::OkStatus();
  active.position = scan->position;
  active.next_offset = expected_ = scan->next_offset;
  const bool readable = scan->stop != Stop::kUnreadable;
  SetDamage(path, scan->position, scan->next_offset, readable ? scan->what : std::string(scan->error.message()));
  return absl::OkStatus();
}

// Files can also be shorter than they were, with nothing wrong in what is left.
void LogScanner::CheckEnd() {
  if (!WasOnDisk(expected_) || !out_.log.damage.ok()) return;
  if (out_.segments.empty()) {
    SetDamage(PathOf(out_.log.log_start), 0, expected_, "the file is not there");
    return;
  }
  const ScannedSegment& active = out_.segments.back();
  SetDamage(PathOf(active.files), active.position, expected_, "there are no more records");
}

void LogScanner::Summarize() {
  RecoveredLog& log = out_.log;
  log.end = expected_;
  if (!out_.segments.empty()) {
    const ScannedSegment& active = out_.segments.back();
    log.segment_base = active.files.base;
    log.position = active.position;
    log.file_size = active.file_size;
  }
  if (log.end < log.log_start) {
    // Trimmed up to there, and then lost: offsets go on from the log start.
    for (const ScannedSegment& segment : out_.segments) out_.obsolete.push_back(segment.files);
    out_.segments.clear();
    log.end = log.log_start;
  }
  if (out_.segments.empty()) {
    log.segment_base = log.log_start;
    log.position = log.file_size = 0;
    log.max_timestamp = log.segment_first_append = -1;
  }
  for (const EpochStart& seen : epochs_seen_) {
    if (seen.epoch >= 0 && out_.epochs.At(seen.start) != seen.epoch) out_.epochs.Append(seen.epoch, seen.start);
  }
  out_.greatest_epoch = std::max({out_.epochs.latest(), epoch_, checkpoint_.has_value() ? checkpoint_->epoch : -1});
}

void LogScanner::Fail(const std::string& path, std::int64_t position, Offset offset, const std::string& what,
                      std::size_t next) {
  // Of a log without a checkpoint nobody knows what had been synced. A failure in its last segment is a torn tail, as
  // likely as not; segments that were finished long ago don't tear.
  const bool may_be_tail = next == listed_.size() || (!input_.adopting && !checkpoint_garbage_);
  if (WasOnDisk(offset) || (!checkpoint_.has_value() && !may_be_tail)) {
    SetDamage(path, position, offset, what);
    return;
  }
  out_.cut.insert(out_.cut.end(), listed_.begin() + static_cast<std::ptrdiff_t>(next), listed_.end());
  out_.log.notes.push_back(
      fmt::format("{}: position {}: the log ends here, with offset {}: {}", path, position, offset - 1, what));
}

void LogScanner::SetDamage(const std::string& path, std::int64_t position, Offset offset, const std::string& what) {
  if (!out_.log.damage.ok()) return;  // the first one is named
  out_.log.damage = absl::DataLossError(fmt::format(
      "{}: position {}: offset {} had been written to the disk, but {}{}. Nothing is appended to the partition any "
      "more; "
      "what can be read, can be. Restore the file from a {}copy, or let `leat repair` show what is left of it",
      path, position, offset, what,
      input_.is_copy ? " (the folder is a copy: it may have been made while it was in use)" : "",
      input_.is_copy ? "better " : ""));
}

}  // namespace

absl::StatusOr<LogScan> ScanLog(const RecoveryInput& input) { return LogScanner(input).Run(); }

}  // namespace leat::log
