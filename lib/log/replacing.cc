#include "log/replacing.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "log/index_builder.h"
#include "log/retiring.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "shared/commit_slots.h"

namespace leat::log {
namespace {

std::int64_t SizeOf(io::FileSystem& files, const std::string& path) {
  const auto info = files.Info(path);
  return info.ok() ? info->size : 0;
}

class Finishing {
 public:
  Finishing(const ReplacingIn& in, absl::FunctionRef<void()> tell,
            absl::FunctionRef<void(Offset, std::int64_t)> removed)
      : in_(in), tell_(tell), removed_(removed) {}

  absl::Status Run(const SegmentFiles& compacted, const SegmentListing& listing) {
    if (auto s = SyncNames(); !s.ok()) return s;
    tell_();
    for (const SegmentFiles& old : listing.replaced) {
      if (old.base < compacted.base || old.base >= compacted.compacted_end) continue;
      if (auto s = Remove(old, old.base == compacted.base); !s.ok()) return s;
    }
    if (auto s = SyncNames(); !s.ok()) return s;
    const std::string path = io::JoinPath(in_.folder, SegmentFileName(compacted.base, kLogSuffix));
    const std::int64_t size = SizeOf(in_.files, path);
    if (auto s = in_.files.Rename(io::JoinPath(in_.folder, compacted.LogName()), path); !s.ok()) return s;
    if (size > 0) removed_(compacted.base, size);
    tell_();
    // Without them it is read all the same.
    IndexAnew(in_.files, in_.folder, compacted.base, SizeOf(in_.files, path), in_.index_interval_bytes, in_.like)
        .IgnoreError();
    return absl::OkStatus();
  }

 private:
  absl::Status SyncNames() { return in_.needs_sync ? in_.files.SyncDirectory(in_.folder) : absl::OkStatus(); }

  absl::Status Remove(const SegmentFiles& old, bool is_first) {
    if (auto s = RemoveIndexes(in_.files, in_.folder, old.base); !s.ok() || is_first) return s;
    const std::string path = io::JoinPath(in_.folder, old.LogName());
    const std::int64_t size = SizeOf(in_.files, path);
    if (auto s = io::RemoveIfThere(in_.files, path); !s.ok()) return s;
    removed_(old.base, size);
    return absl::OkStatus();
  }

  const ReplacingIn& in_;
  absl::FunctionRef<void()> tell_;
  absl::FunctionRef<void(Offset, std::int64_t)> removed_;
};

}  // namespace

absl::Status FinishReplacements(const ReplacingIn& in, absl::FunctionRef<void()> tell,
                                absl::FunctionRef<void(Offset, std::int64_t)> removed) {
  const auto listing = ListFolder(in.files, in.folder);
  if (!listing.ok()) return listing.status();
  for (const SegmentFiles& segment : listing->segments) {
    if (segment.compacted_end == SegmentFiles::kOwnName) continue;
    if (auto s = Finishing(in, tell, removed).Run(segment, *listing); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// Also after a cleaning that began before a trim, or before another's cleaning.
absl::Status Retiring::CheckStill(const Replacement& replacement) const {
  const absl::Status changed = absl::AbortedError(
      fmt::format("segments of {} were removed, or replaced, while they were being compacted", log_.Name()));
  const auto listed = ListSegments(*settings_.files, settings_.folder);
  if (!listed.ok()) return listed.status();
  auto segment = std::find_if(listed->begin(), listed->end(), [&](const SegmentFiles& one) {
    return one.base == replacement.segments.front().first;
  });
  for (const auto& [base, id] : replacement.segments) {
    if (segment == listed->end() || segment->base != base) return changed;
    const auto info = settings_.files->Info(io::JoinPath(settings_.folder, segment->LogName()));
    if (!info.ok() || info->id != id) return changed;
    ++segment;
  }
  const bool ends_there = segment != listed->end() && segment->base == replacement.end;
  return ends_there && replacement.end <= shared::ReadCommit(page_).segment_base ? absl::OkStatus() : changed;
}

absl::Status Retiring::Replace(const Replacement& replacement) {
  return Alone(Waiting::kForLocks, [&]() -> absl::Status {
    if (auto s = log_.Writable(); !s.ok()) return s;
    if (auto s = CheckStill(replacement); !s.ok()) return s;
    page_.flags.fetch_or(shared::kFlagGaps | shared::kFlagReplacing, std::memory_order_acq_rel);
    const std::string name = CompactedFileName(replacement.segments.front().first, replacement.end);
    const absl::Status named = settings_.files->Rename(replacement.path, io::JoinPath(settings_.folder, name));
    // Whether it has been done or not: what there is is finished.
    const absl::Status finished = FinishReplacing();
    return named.ok() ? finished : named;
  });
}

absl::Status Retiring::FinishReplacing() {
  if ((page_.flags.load(std::memory_order_acquire) & shared::kFlagReplacing) == 0) [[likely]]
    return absl::OkStatus();
  if (!log_.Deleted()) {
    base::MutexLock cutting(log_.cutting_);
    SegmentList held;
    if (!settings_.needs_sync) {
      base::MutexLock lock(log_.mutex_);
      held = log_.segments_;
    }
    const ReplacingIn in{.files = *settings_.files,
                         .folder = settings_.folder,
                         .like = settings_.like,
                         .index_interval_bytes = settings_.index_interval_bytes,
                         .needs_sync = settings_.needs_sync};
    const absl::Status finished = FinishReplacements(
        in, [&] { page_.segment_list_generation.fetch_add(1, std::memory_order_acq_rel); },
        [&](Offset base, std::int64_t size) { GiveBack(base, size, held); });
    if (!finished.ok()) return finished;
  }
  page_.flags.fetch_and(~static_cast<std::uint32_t>(shared::kFlagReplacing), std::memory_order_acq_rel);
  log_.ForgetRetired();
  return absl::OkStatus();
}

}  // namespace leat::log
