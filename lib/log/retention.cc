// What a log keeps, and what it lets go.
#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/age.h"
#include "log/appender.h"
#include "log/housekeeping.h"
#include "log/retiring.h"
#include "log/segment.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "shared/commit_slots.h"

namespace leat::log {
absl::Status Log::CheckMayBegin(Offset at) const {
  if (retiring_ == nullptr) {
    return absl::PermissionDeniedError(fmt::format(
        "{}: opened read-only; open the broker without OpenMode::kReadOnly to delete records", settings_.folder));
  }
  const Offset watermark = high_watermark();
  if (at >= 0 && at <= watermark) return absl::OkStatus();
  return absl::OutOfRangeError(
      fmt::format("{}: records can be deleted up to offset {}, the high watermark, not {}", Name(), watermark, at));
}

absl::StatusOr<Offset> Log::RaiseLogStart(Offset to, Waiting waiting) {
  if (auto s = CheckMayBegin(to); !s.ok()) return s;
  return retiring_->RaiseLogStart(to, waiting, Retiring::Files::kMayStay);
}

absl::StatusOr<Offset> Log::Retire(Offset to, Waiting waiting) {
  if (auto s = CheckMayBegin(to); !s.ok()) return s;
  return retiring_->RaiseLogStart(to, waiting, Retiring::Files::kMustGo);
}

absl::StatusOr<bool> Log::RollExpired(std::int64_t age, std::int64_t now) {
  const auto expired = [&](const shared::CommitState& state) {
    return high_watermark() >= state.next_offset && IsOlderThan(state.max_timestamp, age, now);
  };
  return RollWhen(expired);
}

absl::StatusOr<std::int64_t> Log::StoredBytesOf(const Segment& segment, Offset end) const {
  const auto size = segment.FileSize();
  if (!size.ok() || segment.is_replacing()) return size;
  const auto is_there = [&](std::string_view suffix) { return settings_.files->Info(segment.Path(suffix)).ok(); };
  if (is_there(kIndexSuffix) && is_there(kTimeIndexSuffix)) return size;
  Segment view(settings_, segment.base());  // of our own: its mapping goes with it
  const auto position = housekeeping_->FindEnd(view, end);
  return position.ok() ? std::min(*position, *size) : position;
}

absl::StatusOr<std::int64_t> Log::StoredBytes() {
  if (retiring_ == nullptr) return SizeBytes();
  const auto segments = Segments();
  if (!segments.ok()) return segments.status();
  const shared::CommitState state = shared::ReadCommit(page());
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const Segment& segment = *(*segments)[i];
    if (segment.base() == state.segment_base) {
      bytes += state.position;
    } else if (i + 1 < segments->size()) {
      // What is gone, or nobody can read, is not kept.
      bytes += StoredBytesOf(segment, (*segments)[i + 1]->base()).value_or(0);
    }
  }
  return bytes;
}

absl::StatusOr<std::int64_t> Log::Retain(const RetentionLimits& limits, std::int64_t now, Waiting waiting) {
  if (retiring_ == nullptr) return absl::PermissionDeniedError(fmt::format("{}: opened read-only", settings_.folder));
  if (auto s = Writable(); !s.ok()) return s;
  // A full disk may have no room for the next segment: all the more, those that are finished go.
  absl::Status rolled;
  if (limits.ms.has_value() && waiting == Waiting::kForLocks) rolled = RollExpired(*limits.ms, now).status();

  const auto segments = Segments();
  if (!segments.ok()) return segments.status();
  const Offset watermark = high_watermark();
  std::int64_t surplus = 0;
  if (limits.bytes.has_value()) {
    auto size = SizeBytes();
    if (!size.ok()) return size.status();
    // What seems to be too much is looked at again, and closer.
    if (*size > *limits.bytes) size = StoredBytes();
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
    const std::int64_t stored = surplus > 0 ? StoredBytesOf(*(*segments)[i], end).value_or(*size) : *size;
    const bool too_much = limits.bytes.has_value() && surplus >= stored;
    bool too_old = false;
    if (!too_much && limits.ms.has_value()) {
      const auto timestamp = retiring_->MaxTimestamp(*(*segments)[i], end);
      too_old = timestamp.ok() && IsOlderThan(*timestamp, *limits.ms, now);
    }
    if (!too_much && !too_old) break;
    surplus -= stored;
    gone += *size;
    to = end;
  }
  if (gone == 0) return rolled.ok() ? absl::StatusOr<std::int64_t>(0) : rolled;
  if (auto raised = retiring_->RaiseLogStart(to, waiting, Retiring::Files::kMustGo); !raised.ok())
    return raised.status();
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
  auto rolled = RollWhen(due);
  if (rolled.ok() && *rolled && settings_.owner != nullptr) settings_.owner->Poke(*this);  // it wants sealing
  return rolled;
}

// Looks first without the append lock.
absl::StatusOr<bool> Log::RollWhen(absl::FunctionRef<bool(const shared::CommitState&)> due) {
  if (appender_ == nullptr) return absl::PermissionDeniedError(fmt::format("{}: opened read-only", settings_.folder));
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
