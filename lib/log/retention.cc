// What a log keeps, and what it lets go.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/age.h"
#include "log/appender.h"
#include "log/housekeeping.h"
#include "log/retiring.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "shared/commit_slots.h"

namespace leat::log {
absl::StatusOr<Offset> Log::RaiseLogStart(Offset to, Waiting waiting) {
  if (retiring_ == nullptr) {
    return absl::PermissionDeniedError(fmt::format(
        "{}: opened read-only; open the broker without OpenMode::kReadOnly to delete records", settings_.folder));
  }
  if (const Offset watermark = high_watermark(); to < 0 || to > watermark) {
    return absl::OutOfRangeError(
        fmt::format("{}: records can be deleted up to offset {}, the high watermark, not {}", Name(), watermark, to));
  }
  return retiring_->RaiseLogStart(to, waiting);
}

// Finishes the active segment when all its records are too old, so that it can go, too.
absl::Status Log::RollExpired(std::int64_t age, std::int64_t now) {
  const auto expired = [&](const shared::CommitState& state) {
    return high_watermark() >= state.next_offset && IsOlderThan(state.max_timestamp, age, now);
  };
  return RollWhen(expired).status();
}

absl::StatusOr<std::int64_t> Log::Retain(const RetentionLimits& limits, std::int64_t now, Waiting waiting) {
  if (retiring_ == nullptr) return absl::PermissionDeniedError(fmt::format("{}: opened read-only", settings_.folder));
  if (auto s = Writable(); !s.ok()) return s;
  // A full disk may have no room for the next segment: all the more, those that are finished go.
  absl::Status rolled;
  if (limits.ms.has_value() && waiting == Waiting::kForLocks) rolled = RollExpired(*limits.ms, now);

  const auto segments = Segments();
  if (!segments.ok()) return segments.status();
  const Offset watermark = high_watermark();
  std::int64_t surplus = 0;
  if (limits.bytes.has_value()) {
    const auto size = SizeBytes();
    if (!size.ok()) return size.status();
    surplus = *size - *limits.bytes;
  }
  Offset to = log_start();
  std::int64_t gone = 0;
  for (std::size_t i = 0; i + 1 < segments->size(); ++i) {
    const Offset end = (*segments)[i + 1]->base();
    if (end > watermark) break;
    const auto size = (*segments)[i]->FileSize();
    if (!size.ok()) break;     // somebody else was quicker
    if (*size == 0) continue;  // compaction has left nothing: it goes with the next one
    const bool too_much = limits.bytes.has_value() && surplus >= *size;
    bool too_old = false;
    if (!too_much && limits.ms.has_value()) {
      const auto timestamp = retiring_->MaxTimestamp(*(*segments)[i], end);
      too_old = timestamp.ok() && IsOlderThan(*timestamp, *limits.ms, now);
    }
    if (!too_much && !too_old) break;
    surplus -= *size;
    gone += *size;
    to = end;
  }
  if (gone == 0) return rolled.ok() ? absl::StatusOr<std::int64_t>(0) : rolled;
  if (auto raised = retiring_->RaiseLogStart(to, waiting); !raised.ok()) return raised.status();
  return gone;
}

absl::StatusOr<bool> Log::RollOlderThan(std::int64_t age, std::int64_t now) {
  return RollToSeal(
      [&](const shared::CommitState& state) { return IsOlderThan(state.segment_first_append, age, now); });
}

absl::StatusOr<bool> Log::FinishActive(std::int64_t age, std::int64_t now) {
  return RollToSeal([&](const shared::CommitState& state) {
    return age == 0 || state.max_timestamp < 0 || IsOlderThan(state.max_timestamp, age, now);
  });
}

absl::StatusOr<bool> Log::RollToSeal(absl::FunctionRef<bool(const shared::CommitState&)> due) {
  if (appender_ == nullptr) return absl::PermissionDeniedError(fmt::format("{}: opened read-only", settings_.folder));
  auto rolled = RollWhen(due);
  if (rolled.ok() && *rolled && settings_.owner != nullptr) settings_.owner->Poke(*this);  // it wants sealing
  return rolled;
}

// Looks first without the append lock.
absl::StatusOr<bool> Log::RollWhen(absl::FunctionRef<bool(const shared::CommitState&)> due) {
  const shared::CommitState state = shared::ReadCommit(page());
  if (state.position == 0 || !due(state)) return false;
  if (auto s = Writable(); !s.ok()) return s;
  if (auto s = housekeeping_->Prepare(); !s.ok()) return s;
  return appender_->RollIf(due);
}

absl::StatusOr<std::optional<Log::Retirable>> Log::OldestRetirable() {
  // The files that stand at our path now may be those of the next topic of that name.
  if (retiring_ == nullptr || !Writable().ok()) return std::optional<Retirable>();
  const auto segments = Segments();
  if (!segments.ok()) return segments.status();
  const Offset watermark = high_watermark();
  Retirable found;
  for (std::size_t i = 0; i + 1 < segments->size(); ++i) {
    const Segment& segment = *(*segments)[i];
    found.end = (*segments)[i + 1]->base();
    if (found.end > watermark) break;
    const auto size = segment.FileSize();
    if (!size.ok())
      return absl::IsNotFound(size.status()) ? std::optional<Retirable>()
                                             : absl::StatusOr<std::optional<Retirable>>(size.status());
    found.size += *size;
    // A reader that holds on to an old segment must not keep the younger ones from going.
    if (!settings_.needs_sync && segment.Pinned()) continue;
    const auto timestamp = retiring_->MaxTimestamp(segment, found.end);
    if (timestamp.ok()) found.max_timestamp = *timestamp;
    return std::optional(found);
  }
  return std::optional<Retirable>();
}

bool Log::GiveBackUnpinned() {
  base::MutexLock lock(mutex_);
  return std::erase_if(dropped_, [this](const Dropped& dropped) {
           if (dropped.segment->Pinned()) return false;
           if (settings_.owner != nullptr) settings_.owner->Reserve(*this, -dropped.size).IgnoreError();
           return true;
         }) > 0;
}

void Log::ForgetRetired() {
  if (syncer_ != nullptr) syncer_->voucher().Flushed(std::max(flushed(), log_start()));
  std::vector<std::shared_ptr<Segment>> before;  // unmapped without the lock
  base::MutexLock lock(mutex_);
  before = segments_;
  LeaveOutRetired();
}

}  // namespace leat::log
