#include "log/housekeeping.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/index_builder.h"
#include "log/retiring.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "shared/counters.h"

namespace leat::log {
namespace {

// Long enough for the housekeeper to be without a processor, or at sealing a segment, and not to be late; what is made
// ready and not used is memory and time wasted.
constexpr std::chrono::milliseconds kLeadTime{25};
constexpr std::int64_t kFirstLead = 2 << 20;
constexpr std::int64_t kGreatestLead = 64 << 20;

constexpr std::string_view kNextPrefix = "next-";

// A huge page that the file ends in, or the writer has begun to touch, is made of small ones.
std::int64_t RoundUpToHugePage(std::int64_t bytes) {
  constexpr std::int64_t kHugePage = 2 << 20;
  return (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

// Takes a number and the '-' behind it off the front of `text`; nullopt when there is none.
std::optional<std::uint32_t> TakeNumber(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return number;
}

// Nothing is there but what was allocated.
bool IsRoom(std::span<const std::byte> rest) {
  if (!rest.empty() && CheckBatchHeader(rest) != BatchVerdict::kUnwritten) return false;
  return std::all_of(rest.begin(), rest.end(), [](std::byte one) { return one == std::byte{0}; });
}

// Whose file "next-<slot>-<generation>-<number>.tmp" is, as a lock word, or "clean-..."; nullopt for names that are not
// like that.
std::optional<std::uint32_t> OwnerOf(std::string_view name) {
  const std::string_view prefix = name.starts_with(kNextPrefix) ? kNextPrefix : kCleanPrefix;
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const auto slot = TakeNumber(name);
  const auto generation = slot.has_value() ? TakeNumber(name) : std::nullopt;
  if (!generation.has_value() || *slot >= shared::kMaxSlots) return std::nullopt;
  return shared::LockWord(*slot, *generation);
}

}  // namespace

std::string PreparedPrefix(std::uint32_t slot) { return fmt::format("{}{}-", kNextPrefix, slot); }

std::string Housekeeping::NewPath(std::string_view prefix) {
  return io::JoinPath(settings_.folder, fmt::format("{}{}.tmp", prefix, UniqueName()));
}

std::string Housekeeping::UniqueName() {
  return fmt::format("{}-{}-{}", settings_.slot, shared::GenerationOfWord(settings_.locker->self()),
                     made_.fetch_add(1));
}

Housekeeping::Housekeeping(Log& log)
    : log_(log),
      settings_(log.settings()),
      // Small segments: leave most of the segment to be asked for when it is needed.
      greatest_lead_(std::clamp<std::int64_t>(settings_.segment_bytes / 2, 64 << 10, kGreatestLead)),
      lead_(std::min(kFirstLead, greatest_lead_)) {}

absl::Status Housekeeping::Round() {
  const ActiveWriter active = log_.appender_->active();
  const shared::CommitState state = shared::ReadCommit(log_.page());
  if (active.writer != nullptr && active.base == state.segment_base) {
    if (ahead_base_ != active.base) {
      ahead_base_ = active.base;
      warm_to_ = std::exchange(next_, nullptr) == active.writer ? next_warm_to_ : 0;
      position_ -= settings_.segment_bytes;  // as seen from the new segment
    }
    ChooseLead(state);
    GrowAhead(active, state);
    PrepareNext(state);
    // After a failure (a full disk) the writer makes its own room; asking again at every append would help nobody.
    log_.appender_->PokeAt(std::max(PokeAt(), state.position + lead_ / 2));
  }
  return SealFinished();
}

// When half of the lead is used up.
std::int64_t Housekeeping::PokeAt() const {
  const std::int64_t warm = warm_to_ < settings_.segment_bytes ? warm_to_ : settings_.segment_bytes + next_warm_to_;
  return warm - lead_ / 2;
}

// From what was appended since the last round. A writer that has just begun is not known yet, so the lead doubles and
// doubles again, but no faster.
void Housekeeping::ChooseLead(const shared::CommitState& state) {
  const std::chrono::nanoseconds now = settings_.clock->Monotonic();
  const std::chrono::duration<double> elapsed = now - round_;
  const std::int64_t appended = state.position - position_;
  if (round_.count() > 0 && appended > 0 && elapsed.count() > 0) {
    const double in_time = static_cast<double>(appended) * (kLeadTime / elapsed);
    lead_ = std::clamp(static_cast<std::int64_t>(std::min(in_time, 4.0 * static_cast<double>(lead_))),
                       std::min(kFirstLead, greatest_lead_), greatest_lead_);
  }
  round_ = now;
  position_ = state.position;
}

void Housekeeping::GrowAhead(const ActiveWriter& active, const shared::CommitState& state) {
  const std::int64_t target = std::min(settings_.segment_bytes, RoundUpToHugePage(state.position + lead_));
  auto allocated = log_.appender_->Grow(*active.writer, active.base, state.position, target);
  if (!allocated.ok()) return;  // rolled meanwhile, or the disk is full: the appender will tell its caller
  const std::int64_t from = std::max(warm_to_, state.position);
  const std::int64_t to = std::min(*allocated, target);
  if (from < to) active.writer->Prepare(from, to - from);
  warm_to_ = std::max(warm_to_, to);
}

// The lead goes on into the next segment.
void Housekeeping::PrepareNext(const shared::CommitState& state) {
  const std::int64_t beyond = RoundUpToHugePage(state.position + lead_ - settings_.segment_bytes);
  if (beyond <= 0) return;
  if (!HasPrepared()) {
    auto made = MakeSegment(RoundUpToHugePage(lead_));
    if (!made.ok()) return;  // the roll tries again, and tells
    next_ = made->writer;
    next_size_ = made->size;
    next_warm_to_ = 0;
    base::MutexLock lock(mutex_);
    prepared_ = std::move(*made);
  }
  // A roll may take it meanwhile.
  const std::int64_t to = std::min(beyond, next_size_);
  if (next_ == nullptr || to <= next_warm_to_) return;
  next_->Prepare(next_warm_to_, to - next_warm_to_);
  next_warm_to_ = to;
}

absl::Status Housekeeping::Prepare() {
  if (HasPrepared()) return absl::OkStatus();
  auto made = MakeSegment(Appender::NextSize(0));
  if (!made.ok()) return made.status();
  {
    base::MutexLock lock(mutex_);
    if (prepared_.writer == nullptr) {
      prepared_ = std::move(*made);
      return absl::OkStatus();
    }
  }
  Discard(*made);  // the housekeeper was quicker
  return absl::OkStatus();
}

bool Housekeeping::HasPrepared() const {
  base::MutexLock lock(mutex_);
  return prepared_.writer != nullptr;
}

absl::StatusOr<PreparedSegment> Housekeeping::MakeSegment(std::int64_t size) {
  size = std::min(size, settings_.segment_bytes);
  PreparedSegment made;
  made.path = NewPath(kNextPrefix);
  made.size = size;
  if (settings_.owner != nullptr) {
    if (auto s = settings_.owner->Reserve(log_, size); !s.ok()) return s;
  }
  auto undo = [&](absl::Status why) {
    if (settings_.owner != nullptr) settings_.owner->Reserve(log_, -size).IgnoreError();
    settings_.files->Remove(made.path).IgnoreError();
    return why;
  };
  // Not kCreateNew: who had this slot before us may have died and left one.
  auto file = settings_.files->Open(made.path, io::OpenMode::kCreate);
  if (!file.ok()) return undo(file.status());
  if (auto s = (*file)->Truncate(0); !s.ok()) return undo(s);
  if (auto s = (*file)->TakePermissionsOf(settings_.like); !s.ok()) return undo(s);
  (*file)->AcceptStaleBytes();  // nobody reads beyond the end: memory that is warm from an older segment does as well
  absl::Status allocated = (*file)->Allocate(size);
  if (absl::IsResourceExhausted(allocated) && settings_.owner != nullptr && settings_.owner->MakeRoom(log_, size)) {
    allocated = (*file)->Allocate(size);
  }
  if (!allocated.ok()) return undo(allocated);
  auto writer = log_.appender_->OverFile(std::move(*file));
  if (!writer.ok()) return undo(writer.status());
  made.writer = std::move(*writer);
  return made;
}

PreparedSegment Housekeeping::TakePrepared() {
  base::MutexLock lock(mutex_);
  return std::exchange(prepared_, {});
}

void Housekeeping::Finished(FinishedSegment segment) {
  base::MutexLock lock(mutex_);
  finished_.push_back(std::move(segment));
}

void Housekeeping::Discard(const PreparedSegment& made) {
  if (made.writer == nullptr) return;
  settings_.files->Remove(made.path).IgnoreError();
  if (settings_.owner != nullptr) settings_.owner->Reserve(log_, -made.size).IgnoreError();
}

absl::Status Housekeeping::SealFinished() {
  std::vector<FinishedSegment> finished;
  {
    base::MutexLock lock(mutex_);
    finished.swap(finished_);
  }
  absl::Status first = absl::OkStatus();
  for (FinishedSegment& segment : finished) {
    if (segment.writer != nullptr) {
      if (const auto info = segment.writer->file().Info(); info.ok()) segment.file = info->id;
    }
    segment.writer = nullptr;  // a writable mapping would make every write-back interrupt all processors
    const absl::Status sealed = Seal(segment);
    if (absl::IsUnavailable(sealed)) Finished(std::move(segment));  // for the next round
    // Retired meanwhile: nothing to seal.
    if (!sealed.ok() && !absl::IsNotFound(sealed)) first.Update(sealed);
  }
  if (!finished.empty()) first.Update(SealAbandoned());
  return first;
}

// Segments whose roller died before it sealed them: not the one before the active one, which somebody may be about to
// seal.
absl::Status Housekeeping::SealAbandoned() {
  auto listing = ListFolder(*settings_.files, settings_.folder);
  if (!listing.ok()) return listing.status();
  RemoveAbandoned(listing->temporary);
  absl::Status first = absl::OkStatus();
  const std::vector<SegmentFiles>& listed = listing->segments;
  for (std::size_t i = 0; i + 2 < listed.size(); ++i) {
    const SegmentFiles& files = listed[i];
    if ((files.has_offset_index && files.has_time_index) || files.compacted_end != SegmentFiles::kOwnName) continue;
    const absl::Status sealed = Seal(files.base, listed[i + 1].base);
    if (!sealed.ok() && !absl::IsNotFound(sealed)) first.Update(sealed);
  }
  return first;
}

// What the dead had made ready. A name says whose it is by slot and generation, and a generation that died stays dead.
void Housekeeping::RemoveAbandoned(const std::vector<std::string>& temporary) const {
  for (const std::string& name : temporary) {
    const auto owner = OwnerOf(name);
    if (!owner.has_value() || *owner == settings_.locker->self()) continue;
    if (settings_.locker->liveness().IsAlive(*owner)) continue;
    settings_.files->Remove(io::JoinPath(settings_.folder, name)).IgnoreError();  // another may have been quicker
  }
}

absl::StatusOr<std::int64_t> Housekeeping::FindEnd(Segment& segment, Offset end) const {
  auto size = segment.FileSize();
  if (!size.ok()) return size.status();
  auto view = segment.View(static_cast<std::size_t>(*size));
  if (!view.ok()) return view.status();
  const auto bytes = view->first(static_cast<std::size_t>(*size));
  std::size_t position = 0;
  // Compaction leaves none between one segment and the next.
  const bool gaps = settings_.allow_gaps;
  for (Offset offset = segment.base(); offset < end;) {
    const auto rest = bytes.subspan(position);
    if (gaps && IsRoom(rest)) break;
    const Offset next = CheckBatchHeader(rest) == BatchVerdict::kOk ? BatchView(rest).next_offset() : -1;
    if (next <= offset || next > end) {
      return absl::DataLossError(fmt::format("{}: no batch with offset {} at byte {}; run `leat verify`",
                                             segment.Path(kLogSuffix), offset, position));
    }
    offset = next;
    position += BatchView(rest).size_bytes();
  }
  return static_cast<std::int64_t>(position);
}

// Nobody puts another file in the place of this one while we are at it; who has, has sealed it.
absl::Status Housekeeping::SealAlone(Offset base, Waiting waiting, absl::FunctionRef<absl::Status()> seal) {
  // Whoever grows a segment looks under the size lock whether it is the active one. We have had that lock, so nobody
  // grows this one any more.
  auto active = log_.appender_->IsActive(base);
  if (!active.ok()) return active.status();
  if (*active) return absl::AbortedError("the active segment is not sealed");
  return log_.retiring_->Alone(waiting, [&] {
    return IsThere(base, kIndexSuffix) && IsThere(base, kTimeIndexSuffix) ? absl::OkStatus() : seal();
  });
}

absl::Status Housekeeping::Seal(Offset base, Offset end, Waiting waiting) {
  return SealAlone(base, waiting, [&]() -> absl::Status {
    Segment segment(settings_, base);
    const auto position = FindEnd(segment, end);
    return position.ok() ? CutAndIndex(base, *position) : position.status();
  });
}

absl::Status Housekeeping::Seal(const FinishedSegment& segment) {
  return SealAlone(segment.base, Waiting::kNever, [&]() -> absl::Status {
    if (log_.AllowsGaps()) {
      // Of a compacted file we do not know the end; it has nothing behind that.
      const auto info = settings_.files->Info(Segment(settings_, segment.base).Path(kLogSuffix));
      if (!info.ok()) return info.status();
      if (segment.file != info->id) return absl::OkStatus();
    }
    return CutAndIndex(segment.base, segment.position);
  });
}

bool Housekeeping::IsThere(Offset base, std::string_view suffix) const {
  return settings_.files->Info(io::JoinPath(settings_.folder, SegmentFileName(base, suffix))).ok();
}

absl::Status Housekeeping::Cut(const Segment& segment, io::File& file, std::int64_t position) {
  base::MutexLock lock(log_.cutting_);
  // Dropped meanwhile: all of it has been given back, or will be.
  if (auto there = segment.FileSize(); !there.ok()) return there.status();
  auto info = file.Info();
  if (!info.ok()) return info.status();
  if (info->size <= position) return absl::OkStatus();
  if (auto s = file.Truncate(position); !s.ok()) return s;
  if (settings_.owner != nullptr) settings_.owner->Reserve(log_, position - info->size).IgnoreError();
  return absl::OkStatus();
}

absl::Status Housekeeping::CutAndIndex(Offset base, std::int64_t position) {
  Segment segment(settings_, base);
  auto file = settings_.files->Open(segment.Path(kLogSuffix), io::OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  // After the opening: a topic is marked before its folder makes way for the next one of its name, so what is open is ours.
  if (log_.Deleted()) return absl::NotFoundError("deleted meanwhile");
  if (auto s = Cut(segment, **file, position); !s.ok()) return s;
  std::span<const std::byte> batches;
  if (position > 0) {
    const auto view = segment.View(static_cast<std::size_t>(position));
    if (!view.ok()) return view.status();
    batches = view->first(static_cast<std::size_t>(position));
  }
  if (log_.Deleted()) return absl::NotFoundError("deleted meanwhile");
  const auto written =
      WriteIndexes(*settings_.files, settings_.folder, base, batches, settings_.index_interval_bytes, settings_.like);
  if (written.ok() && settings_.counts) shared::Add(log_.page().counters.sealed_segments);
  return written.status();
}

absl::Status Housekeeping::SealAll(const std::vector<std::shared_ptr<Segment>>& segments) {
  auto listed = ListSegments(*settings_.files, settings_.folder);
  if (!listed.ok()) return listed.status();
  shared::PartitionPage& page = log_.page();
  const shared::CommitState state = shared::ReadCommit(page);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    Segment& segment = *segments[i];
    const bool active = segment.base() == state.segment_base;
    const auto files = std::find_if(listed->begin(), listed->end(),
                                    [&](const SegmentFiles& one) { return one.base == segment.base(); });
    const bool indexed = files != listed->end() && files->has_offset_index && files->has_time_index;
    if (active) {
      // First the promise, then the bytes: who comes after our death in here must not store beyond the file.
      page.allocated.store(state.position, std::memory_order_relaxed);
      if (auto s = CutAndIndex(segment.base(), state.position); !s.ok()) return s;
    } else if (!indexed && i + 1 < segments.size()) {
      auto end = FindEnd(segment, segments[i + 1]->base());
      if (!end.ok()) return end.status();
      if (auto s = CutAndIndex(segment.base(), *end); !s.ok()) return s;
    }
  }
  return log_.syncer_->SyncAlone();
}

}  // namespace leat::log
