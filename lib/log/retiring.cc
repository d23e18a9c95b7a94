#include "log/retiring.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <leat/batch.h>
#include "fmt/format.h"
#include "log/checkpoint.h"
#include "log/epochs.h"
#include "log/offset_index.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "log/time_index.h"
#include "shared/commit_slots.h"
#include "shared/counters.h"

namespace leat::log {
Retiring::Retiring(Log& log)
    : log_(log), settings_(log.settings()), page_(log.page()), lock_name_("the retire lock of " + log.Name()) {}

// What is to be mended after the dead, the flag in the page tells: all else may be done again.
absl::Status Retiring::Take(Waiting waiting) {
  if (waiting == Waiting::kForLocks) {
    if (const auto taken = settings_.locker->Lock(page_.retire_lock, lock_name_); !taken.ok()) return taken.status();
  } else if (!settings_.locker->TryLock(page_.retire_lock).has_value()) {
    return absl::UnavailableError(fmt::format("old segments of {} are being removed by somebody else", log_.Name()));
  }
  const absl::Status finished = FinishReplacing();
  if (!finished.ok()) settings_.locker->Unlock(page_.retire_lock);
  return finished;
}

void Retiring::Settle() {
  if (Take(Waiting::kNever).ok()) settings_.locker->Unlock(page_.retire_lock);
}

absl::Status Retiring::Alone(Waiting waiting, absl::FunctionRef<absl::Status()> work) {
  if (auto s = Take(waiting); !s.ok()) return s;
  absl::Status done = work();
  settings_.locker->Unlock(page_.retire_lock);
  return done;
}

absl::StatusOr<Offset> Retiring::RaiseLogStart(Offset to, Waiting waiting, Files files) {
  if (auto s = Take(waiting); !s.ok()) return s;
  absl::StatusOr<Offset> raised = RaiseLocked(to, files);
  settings_.locker->Unlock(page_.retire_lock);
  return raised;
}

absl::StatusOr<Offset> Retiring::RaiseLocked(Offset to, Files files) {
  if (auto s = log_.Writable(); !s.ok()) return s;
  if (const Offset start = log_.log_start(); to <= start) return start;
  const bool must_go = files == Files::kMustGo && settings_.needs_sync;  // in memory nothing keeps them
  if (must_go) {
    if (auto s = RemoveFiles({}); !s.ok()) return s;
  }
  if (auto s = WriteDown([&](Checkpoint& checkpoint) { checkpoint.log_start = to; }); !s.ok()) return s;
  const auto held = HeldBelow(to);
  if (!held.ok()) return held.status();
  // First the bound, then the files: a reader that finds no file finds that its offset is gone.
  page_.log_start.store(to, std::memory_order_release);
  page_.local_log_start.store(to, std::memory_order_release);
  // It is done, whatever becomes of the rest: who comes next tidies up.
  TrimEpochs(to).IgnoreError();
  const absl::Status removed = RemoveFiles(*held);
  if (must_go && !removed.ok()) return removed;
  return to;
}

absl::Status Retiring::RemoveLeftOver(Waiting waiting) {
  return Alone(waiting, [&] { return log_.Deleted() ? absl::OkStatus() : RemoveFiles({}); });
}

// In memory a segment is there for as long as somebody holds a pin on it, and counts as taken.
absl::StatusOr<Retiring::SegmentList> Retiring::HeldBelow(Offset log_start) {
  SegmentList held;
  if (settings_.needs_sync) return held;
  const auto segments = log_.Segments();
  if (!segments.ok()) return segments.status();
  for (std::size_t i = 0; i + 1 < segments->size() && (*segments)[i + 1]->base() <= log_start; ++i) {
    held.push_back((*segments)[i]);
  }
  return held;
}

// Only what is changed: of all else the checkpoint says what it did.
absl::Status Retiring::WriteDown(absl::FunctionRef<void(Checkpoint&)> change) {
  if (!settings_.needs_sync) return absl::OkStatus();
  const std::string path = io::JoinPath(settings_.folder, kCheckpointFileName);
  return log_.syncer_->AsLeader(path, [&]() -> absl::Status {
    const auto file = OpenCheckpoint(*settings_.files, settings_.folder, settings_.like);
    if (!file.ok()) return file.status();
    if (log_.Deleted()) return log_.Writable();
    const auto known = ReadCheckpoint(**file);
    if (!known.ok()) return known.status();
    // Where there was none, nothing is known to be on the disk.
    Checkpoint checkpoint =
        known->newest.value_or(Checkpoint{.log_start = log_.log_start(), .allow_gaps = settings_.allow_gaps});
    change(checkpoint);
    if (auto s = WriteCheckpoint(**file, checkpoint); !s.ok()) return s;
    // Whoever made the file may have died, or failed, before its name was on the disk.
    if (checkpoint_is_named_) return absl::OkStatus();
    if (auto s = settings_.files->SyncDirectory(settings_.folder); !s.ok()) return s;
    checkpoint_is_named_ = true;
    return absl::OkStatus();
  });
}

absl::Status Retiring::TrimEpochs(Offset log_start) {
  if (!settings_.needs_sync) return absl::OkStatus();
  auto epochs = ReadEpochs(*settings_.files, settings_.folder);
  if (!epochs.ok()) return epochs.status();
  if (epochs->entries().size() < 2 || epochs->entries()[1].start > log_start) return absl::OkStatus();
  epochs->TruncateFromStart(log_start);
  return log_.Deleted() ? absl::OkStatus() : WriteEpochs(*settings_.files, settings_.folder, *epochs, settings_.like);
}

absl::Status Retiring::RemoveFiles(const SegmentList& held) {
  const auto listing = ListFolder(*settings_.files, settings_.folder);
  if (!listing.ok()) return listing.status();
  const std::vector<SegmentFiles>* const listed = &listing->segments;
  const Offset start = log_.log_start();
  const Offset active = shared::ReadCommit(page_).segment_base;
  std::size_t removed = 0;
  absl::Status result;
  // The file of a roll that is not published yet may be listed behind the active one.
  for (; removed + 1 < listed->size() && (*listed)[removed].base < active && (*listed)[removed + 1].base <= start;
       ++removed) {
    // The next topic of this name cannot be there before we give back the lock.
    if (log_.Deleted()) break;
    result = RemoveSegment((*listed)[removed].base, held);
    if (!result.ok()) break;
  }
  // Of a segment that was removed while somebody was sealing it.
  for (const Offset base : listing->stray_indexes) {
    if (base < start && !log_.Deleted()) result.Update(RemoveIndexes(*settings_.files, settings_.folder, base));
  }
  // Others let go of what is gone.
  if (removed > 0) page_.segment_list_generation.fetch_add(1, std::memory_order_release);
  log_.ForgetRetired();
  return result;
}

absl::Status Retiring::RemoveSegment(Offset base, const SegmentList& held) {
  base::MutexLock cutting(log_.cutting_);
  const Segment segment(settings_, base);
  const auto size = segment.FileSize();
  // An index without a segment would be a rest; a segment without its indexes is read all the same.
  if (auto s = RemoveIndexes(*settings_.files, settings_.folder, base); !s.ok()) return s;
  if (auto s = io::RemoveIfThere(*settings_.files, segment.Path(kLogSuffix)); !s.ok()) return s;
  if (!size.ok()) return absl::OkStatus();
  if (settings_.counts) {
    shared::AddAlone(page_.counters.retired_segments);
    shared::AddAlone(page_.counters.retired_bytes, static_cast<std::uint64_t>(*size));
  }
  GiveBack(base, *size, held);
  return absl::OkStatus();
}

void Retiring::GiveBack(Offset base, std::int64_t size, const SegmentList& held) {
  const auto known = std::find_if(held.begin(), held.end(), [&](const auto& one) { return one->base() == base; });
  if (known != held.end() && (*known)->Pinned()) {
    base::MutexLock lock(log_.mutex_);
    log_.dropped_.push_back({.segment = *known, .size = size});
  } else if (settings_.owner != nullptr) {
    settings_.owner->Reserve(log_, -size).IgnoreError();
  }
}

// What would let records go too early is looked at twice: an index may be damaged, or have been cut.
absl::StatusOr<std::int64_t> Retiring::MaxTimestamp(const Segment& segment, Offset end) {
  {
    base::MutexLock lock(mutex_);
    if (known_base_ == segment.base() && known_end_ == end) return known_timestamp_;
  }
  const auto timestamp = WalkTimestamps(segment, end);
  if (!timestamp.ok()) return timestamp;
  base::MutexLock lock(mutex_);
  known_base_ = segment.base();
  known_end_ = end;
  known_timestamp_ = *timestamp;
  return timestamp;
}

// From the batch that the time index calls the latest one, to see that it is, to the end; or from the beginning.
absl::StatusOr<std::int64_t> Retiring::WalkTimestamps(const Segment& segment, Offset end) {
  Segment view(settings_, segment.base());  // of our own: its mapping goes with it
  const auto size = view.FileSize();
  if (!size.ok()) return size.status();
  const auto mapped = view.View(static_cast<std::size_t>(*size));
  if (!mapped.ok()) return mapped.status();
  const auto bytes = mapped->first(static_cast<std::size_t>(*size));
  const bool gaps = log_.AllowsGaps();
  const auto walk = [&](std::size_t position, std::optional<TimeIndex::Entry> latest) -> std::optional<std::int64_t> {
    std::int64_t found = -1;
    bool confirmed = !latest.has_value();
    for (Offset next = -1; next < end;) {
      const auto rest = bytes.subspan(std::min(position, bytes.size()));
      if (gaps && position == bytes.size()) break;
      if (CheckBatchHeader(rest) != BatchVerdict::kOk) return std::nullopt;
      const BatchView batch(rest);
      if (batch.next_offset() <= next || batch.next_offset() > end) return std::nullopt;
      next = batch.next_offset();
      position += batch.size_bytes();
      found = std::max(found, batch.max_timestamp());
      if (latest.has_value() && batch.last_offset() == latest->last_offset) {
        confirmed = batch.max_timestamp() == latest->timestamp;
      }
    }
    return confirmed ? std::optional(found) : std::nullopt;
  };
  const auto times = TimeIndex::Load(*settings_.files, settings_.folder, segment.base());
  const auto offsets = OffsetIndex::Load(*settings_.files, settings_.folder, segment.base(), *size);
  if (times.ok() && offsets.ok() && times->last().has_value()) {
    const auto position = static_cast<std::size_t>(offsets->Lookup(times->last()->last_offset));
    if (const auto found = walk(position, times->last())) return *found;
  }
  if (const auto found = walk(0, std::nullopt)) return *found;
  return absl::DataLossError(
      fmt::format("{}: its batches do not lead to offset {}; run `leat verify`", segment.Path(kLogSuffix), end));
}

}  // namespace leat::log
