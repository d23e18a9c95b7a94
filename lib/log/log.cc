#include "log/log.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "base/check.h"
#include "fmt/format.h"
#include "log/appender.h"
#include "log/housekeeping.h"
#include "log/retiring.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "shared/commit_slots.h"

namespace leat::log {

std::shared_ptr<Log> Log::Open(LogSettings settings) {
  LEAT_CHECK(settings.page != nullptr);
  return std::shared_ptr<Log>(new Log(std::move(settings)));
}

Log::Log(LogSettings settings) : settings_(std::move(settings)), segment_ms_(settings_.segment_ms) {
  std::memcpy(topic_id_.data(), page().topic_id, topic_id_.size());
  if (settings_.locker == nullptr) return;  // read-only
  syncer_ = std::make_unique<Syncer>(*this);
  appender_ = std::make_unique<Appender>(*this);
  housekeeping_ = std::make_unique<Housekeeping>(*this);
  retiring_ = std::make_unique<Retiring>(*this);
}

Log::~Log() = default;

std::string Log::Name() const { return fmt::format("{}-{}", settings_.topic, settings_.partition); }

bool Log::PageIsOurs() const { return std::memcmp(topic_id_.data(), page().topic_id, topic_id_.size()) == 0; }

Offset Log::end() const { return shared::ReadCommit(page()).next_offset; }

absl::Status Log::Writable() const {
  const std::uint32_t flags = page().flags.load(std::memory_order_relaxed);
  if (flags & shared::kFlagDeleted) {
    return absl::NotFoundError(fmt::format("topic {} has been deleted; look it up again", settings_.topic));
  }
  if (flags & shared::kFlagSyncFailed) {
    return absl::DataLossError(fmt::format(
        "{}: a sync to the disk failed, so what reached it is unknown; the partition is read-only: copy what "
        "can be read and check the disk",
        settings_.folder));
  }
  if (flags & shared::kFlagDamaged) {
    return absl::DataLossError(fmt::format("{}: damaged, and read-only until it is repaired", settings_.folder));
  }
  return absl::OkStatus();
}

absl::StatusOr<Log::Appended> Log::Append(std::span<const std::byte> batch, Durability durability) {
  if (durability == Durability::kDisk || IsToDisk() || appender_ == nullptr) [[unlikely]]
    return AppendToDisk(batch);
  return appender_->Append(batch, Appender::Syncing::kAwaited);
}

void Log::EndAppends() {
  if (appender_ == nullptr) return;
  appender_->End();
  syncer_->End();
}

absl::Status Log::Settle() {
  retiring_->Settle();
  return appender_->Settle();
}

absl::Status Log::Housekeep() { return housekeeping_->Round(); }

absl::Status Log::Refresh() {
  // Before the listing: a segment that comes while we list moves it again. A look into a folder is no snapshot: what another
  // renames and removes meanwhile may be missed under both names, so that a list is only good if nobody was at it.
  constexpr int kMostLooks = 100;
  std::uint32_t generation = 0;
  absl::StatusOr<std::vector<SegmentFiles>> listed;
  for (int looks = 0; looks < kMostLooks; ++looks) {
    generation = page().segment_list_generation.load(std::memory_order_acquire);
    listed = ListSegments(*settings_.files, settings_.folder);
    if (!listed.ok()) return listed.status();
    if (page().segment_list_generation.load(std::memory_order_acquire) == generation) break;
  }
  // Those that stay keep their mapping.
  const bool may_be_replaced = AllowsGaps();
  std::vector<std::shared_ptr<Segment>> segments;
  for (const SegmentFiles& files : *listed) {
    const auto known = SegmentAt(files.base);
    const bool stays = known != segments_.end() && (!may_be_replaced || (*known)->IsStill(files));
    segments.push_back(stays ? *known : std::make_shared<Segment>(settings_, files));
  }
  segments_ = std::move(segments);
  listed_generation_ = generation;
  listed_ = true;
  times_are_of_list_ = false;
  LeaveOutRetired();
  return absl::OkStatus();
}

// Segments that are all below the log's start are there until they are removed, and are nobody's any more.
void Log::LeaveOutRetired() {
  const Offset start = log_start();
  std::size_t retired = 0;
  while (retired + 1 < segments_.size() && segments_[retired + 1]->base() <= start) ++retired;
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(retired));
}

absl::Status Log::RefreshIfStale() {
  if (listed_ && listed_generation_ == page().segment_list_generation.load(std::memory_order_acquire)) {
    LeaveOutRetired();
    return absl::OkStatus();
  }
  return Refresh();
}

std::vector<std::shared_ptr<Segment>>::const_iterator Log::SegmentAt(Offset base) const {
  const auto found = std::lower_bound(segments_.begin(), segments_.end(), base,
                                      [](const auto& segment, Offset sought) { return segment->base() < sought; });
  return found != segments_.end() && (*found)->base() == base ? found : segments_.end();
}

absl::StatusOr<std::shared_ptr<Segment>> Log::FindSegment(Offset offset) {
  base::MutexLock lock(mutex_);
  if (auto s = RefreshIfStale(); !s.ok()) return s;
  auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                [](Offset sought, const auto& segment) { return sought < segment->base(); });
  if (after == segments_.begin()) {
    return absl::OutOfRangeError(fmt::format("{}: no segment holds offset {}", settings_.folder, offset));
  }
  return *std::prev(after);
}

absl::StatusOr<std::vector<std::shared_ptr<Segment>>> Log::Segments() {
  base::MutexLock lock(mutex_);
  if (auto s = RefreshIfStale(); !s.ok()) return s;
  return segments_;
}

absl::StatusOr<std::optional<Offset>> Log::SegmentEnd(const Segment& segment) {
  base::MutexLock lock(mutex_);
  if (auto s = RefreshIfStale(); !s.ok()) return s;
  const auto known = SegmentAt(segment.base());
  if (known == segments_.end() || known->get() != &segment)
    return absl::AbortedError(fmt::format("{} is not of the log any more", segment.base()));
  const auto next = std::next(known);
  return next == segments_.end() ? std::optional<Offset>() : std::optional<Offset>((*next)->base());
}

// Only who searches for a time pays for what is known of times.
absl::Status Log::RefreshTimes() {
  if (auto s = RefreshIfStale(); !s.ok()) return s;
  if (times_are_of_list_) return absl::OkStatus();
  std::vector<Offset> bases;
  bases.reserve(segments_.size());
  for (const auto& segment : segments_) bases.push_back(segment->base());
  times_.Assign(std::move(bases));
  times_are_of_list_ = true;
  return absl::OkStatus();
}

std::optional<Log::TimedSegment> Log::Timed(const std::optional<SegmentTimes::Bound>& bound) const {
  if (!bound.has_value()) return std::nullopt;
  return TimedSegment{.segment = *SegmentAt(bound->base), .end = bound->end, .greatest = bound->greatest};
}

absl::StatusOr<std::optional<Log::TimedSegment>> Log::SegmentSince(Offset from, std::int64_t timestamp) {
  base::MutexLock lock(mutex_);
  if (auto s = RefreshTimes(); !s.ok()) return s;
  if (segments_.empty()) return std::optional<TimedSegment>();
  return Timed(times_.FirstSince(std::max(from, segments_.front()->base()), timestamp));
}

absl::StatusOr<std::optional<Log::TimedSegment>> Log::LatestSegment(Offset end) {
  base::MutexLock lock(mutex_);
  if (auto s = RefreshTimes(); !s.ok()) return s;
  if (segments_.empty()) return std::optional<TimedSegment>();
  return Timed(times_.Latest(segments_.front()->base(), end));
}

void Log::LearnGreatest(const TimedSegment& timed, std::int64_t greatest) {
  base::MutexLock lock(mutex_);
  if (timed.end.has_value()) times_.Learn(timed.segment->base(), *timed.end, greatest);
}

void Log::ForgetSegments() {
  base::MutexLock lock(mutex_);
  listed_ = false;
}

absl::StatusOr<std::int64_t> Log::SizeBytesFrom(Offset offset) {
  auto segments = Segments();
  if (!segments.ok()) return segments.status();
  const shared::CommitState state = shared::ReadCommit(page());
  std::int64_t size = 0;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    if (i + 1 < segments->size() && (*segments)[i + 1]->base() <= offset) continue;
    const Segment* const segment = (*segments)[i].get();
    if (segment->base() == state.segment_base) {
      size += state.position;
    } else if (auto bytes = segment->FileSize(); bytes.ok()) {
      size += *bytes;
    } else if (!absl::IsNotFound(bytes.status())) {
      return bytes.status();
    }
  }
  return size;
}

void Log::ReleaseWriter() {
  if (appender_ == nullptr) return;
  // Held by a stopped process: the writer then goes with this object.
  appender_->Release().IgnoreError();
  housekeeping_->Discard();
}

absl::Status Log::SealForClose() {
  if (auto s = retiring_->RemoveLeftOver(Waiting::kForLocks); !s.ok()) return s;
  auto segments = Segments();
  if (!segments.ok()) return segments.status();
  return housekeeping_->SealAll(*segments);
}

}  // namespace leat::log
