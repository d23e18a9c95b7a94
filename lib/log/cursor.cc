// Reading: from batch header to batch header, up to the high watermark. Each batch is checked before it is handed
// out.
#include "log/cursor.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/offset_index.h"
#include "log/segment_files.h"
#include "record/validate.h"
#include "shared/commit_slots.h"

namespace leat::log {
namespace {

// Where a walk to `offset` in the active segment may begin: the last entry of the sparse index that is not behind it
// and that leads to a batch which says it is that one. Entries may be torn: they are written while we read.
std::size_t SparseLookup(const shared::SparseIndex& index, Offset segment_base, Offset offset, std::size_t most,
                         std::span<const std::byte> bytes) {
  if (index.segment_base.load(std::memory_order_acquire) != segment_base) return 0;
  const std::uint32_t count = std::min(index.count.load(std::memory_order_acquire), shared::kSparseEntries);
  std::size_t best = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Offset base = segment_base + index.entries[i].relative_offset.load(std::memory_order_relaxed);
    const std::size_t position = index.entries[i].position.load(std::memory_order_relaxed);
    if (base > offset || position > most || position <= best || position + batch_layout::kHeaderSize > bytes.size())
      continue;
    const auto at = bytes.subspan(position);
    if (CheckBatchHeader(at) == BatchVerdict::kOk && BatchView(at).base_offset() == base) best = position;
  }
  return best;
}

}  // namespace

void Cursor::Seek(Offset offset) {
  offset_ = offset;
  segment_ = nullptr;
}

bool Cursor::Ready() const {
  const shared::PartitionPage& page = log_->page();
  // Errors count: Fetch has something to tell.
  return page.high_watermark.load(std::memory_order_acquire) != offset_ || log_->Deleted();
}

absl::Status Cursor::OutOfRange(Offset high_watermark) const {
  return absl::OutOfRangeError(fmt::format("{}: offset {} is not in the log, which has {} to {} (exclusive)",
                                           log_->Name(), offset_, log_->log_start(), high_watermark));
}

absl::Status Cursor::Damage(BatchVerdict verdict) const {
  const absl::Status what = record::ReadError(verdict, segment_->Path(kLogSuffix), position_);
  const bool of_codec = verdict == BatchVerdict::kBadCompression || verdict == BatchVerdict::kExpandsTooMuch ||
                        verdict == BatchVerdict::kUnknownCodec;
  const std::string codec =
      of_codec ? fmt::format(", codec {}", record::CodecName(BatchView(bytes_.subspan(position_)).codec())) : "";
  return absl::Status(what.code(), fmt::format("{} (offset {} of {}{})",
                                               std::string_view(what.message().data(), what.message().size()),
                                               batch_base_, log_->Name(), codec));
}

absl::StatusOr<Fetched> Cursor::Fetch(std::size_t max_bytes) {
  const shared::PartitionPage& page = log_->page();
  const Offset high_watermark =
      page.high_watermark.load(std::memory_order_acquire);  // pairs with the appender's release
  if (log_->Deleted()) [[unlikely]] {
    return absl::NotFoundError(fmt::format("topic {} has been deleted", log_->settings().topic));
  }
  if (offset_ == high_watermark) return Fetched{.bytes = {}, .pin = nullptr, .begin = offset_, .end = offset_};
  if (offset_ > high_watermark || offset_ < log_->log_start()) return OutOfRange(high_watermark);
  auto fetched = FetchBelow(high_watermark, max_bytes);
  // Retired since the look at the log's start: then neither the files nor the list of segments are what they were.
  if (!fetched.ok() && offset_ < log_->log_start()) {
    segment_ = nullptr;
    return OutOfRange(high_watermark);
  }
  return fetched;
}

// Segments that are compacted give way to others, which may hold what several of them held. Whoever was in one of them looks
// his place up in the new one; he knows it by its offset. Whether that is to be tried.
bool Cursor::LookAnew(const absl::Status& status, int tries) {
  constexpr int kMostTries = 64;
  // kAborted is said of segments that were retired, too: who stood at the end of one goes on in the next.
  const bool may_be_replaced =
      absl::IsAborted(status) || (log_->AllowsGaps() && (absl::IsNotFound(status) || absl::IsDataLoss(status)));
  if (!may_be_replaced || log_->Deleted()) return false;
  // Damage stays damage; anything else is somebody's work under way.
  if (tries >= (absl::IsDataLoss(status) ? 1 : kMostTries)) return false;
  segment_ = nullptr;
  log_->ForgetSegments();
  return true;
}

absl::StatusOr<Fetched> Cursor::FetchBelow(Offset high_watermark, std::size_t max_bytes) {
  const Offset wanted = offset_;
  for (int tries = 0;; ++tries) {
    auto fetched = FetchFrom(wanted, high_watermark, max_bytes);
    if (fetched.ok() || offset_ < log_->log_start() || !LookAnew(fetched.status(), tries)) {
      if (absl::IsAborted(fetched.status())) return absl::DataLossError(fetched.status().message());
      return fetched;
    }
  }
}

absl::StatusOr<Fetched> Cursor::FetchFrom(Offset wanted, Offset high_watermark, std::size_t max_bytes) {
  for (;;) {
    if (segment_ == nullptr) {
      if (auto s = Locate(high_watermark); !s.ok()) return s;
    }
    const auto end = EndOfSegment();
    if (!end.ok()) return end.status();
    const auto gap = OnlyAGapIsLeft();
    if (!gap.ok()) return gap.status();
    if (batch_base_ < *end && !*gap) return Walk(wanted, std::min(*end, high_watermark), max_bytes);
    // Behind the last batch of a segment that another follows.
    offset_ = std::max(offset_, std::min(*end, high_watermark));
    segment_ = nullptr;
    if (offset_ >= high_watermark) return Fetched{.bytes = {}, .pin = nullptr, .begin = wanted, .end = offset_};
  }
}

// Whether compaction has taken all offsets from here to the next segment: of a finished segment, nothing is left.
absl::StatusOr<bool> Cursor::OnlyAGapIsLeft() {
  if (!log_->AllowsGaps() || position_ != limit_) return false;
  if (shared::ReadCommit(log_->page()).segment_base == segment_->base()) return false;
  // What was learned while it was still appended to may be too little.
  if (auto s = ExtendLimit(); !s.ok()) return s;
  return position_ == limit_;
}

// One past the last offset of the segment we are in, as far as segments are known that hold offsets below the high
// watermark, which was read before: a segment's coming is told before any watermark beyond its base.
absl::StatusOr<Offset> Cursor::EndOfSegment() {
  const std::uint32_t generation = log_->page().segment_list_generation.load(std::memory_order_acquire);
  if (!end_known_ || generation != end_generation_) {
    auto end = log_->SegmentEnd(*segment_);
    if (!end.ok()) return end.status();
    segment_end_ = end->value_or(std::numeric_limits<Offset>::max());
    end_generation_ = generation;
    end_known_ = true;
  }
  return segment_end_;
}

record::OffsetDeltas Cursor::Deltas() const {
  return log_->AllowsGaps() ? record::OffsetDeltas::kGrowing : record::OffsetDeltas::kDense;
}

void Cursor::StepOver(BatchView batch) {
  position_ += batch.size_bytes();
  batch_base_ = batch.next_offset();
  last_epoch_ = batch.leader_epoch();
}

absl::StatusOr<Fetched> Cursor::Walk(Offset wanted, Offset end, std::size_t max_bytes) {
  const record::OffsetDeltas deltas = Deltas();
  const std::size_t begin = position_;
  absl::Status stopped_by = absl::OkStatus();
  while (batch_base_ < end) {
    // The header may lie: nothing beyond what is known to be batches is touched.
    auto here = BytesHere();
    if (!here.ok()) {
      stopped_by = here.status();
      break;
    }
    const std::span<const std::byte> rest = *here;
    if (rest.empty()) {
      const auto gap = OnlyAGapIsLeft();
      stopped_by = gap.status();
      if (!gap.ok() || *gap) break;
    }
    const BatchVerdict verdict = Judge(rest, end, deltas);
    if (verdict != BatchVerdict::kOk) {
      // What stands before it, and is not compressed, comes first: it is handed out where it stands.
      if (verdict == BatchVerdict::kCompressed && position_ == begin) return WalkCompressed(wanted, end, max_bytes);
      if (verdict != BatchVerdict::kCompressed) stopped_by = Damage(verdict);
      break;
    }
    const BatchView batch(rest);
    if (position_ > begin && position_ - begin + batch.size_bytes() > max_bytes) break;
    StepOver(batch);
  }
  // What is right before what went wrong comes first; that is still there at the next call.
  if (position_ == begin && !stopped_by.ok()) return stopped_by;
  offset_ = batch_base_;
  return Fetched{.bytes = bytes_.subspan(begin, position_ - begin),
                 .pin = segment_->Pin(),
                 .begin = wanted,
                 .end = offset_,
                 .stored_bytes = position_ - begin};
}

BatchVerdict Cursor::Judge(std::span<const std::byte> rest, Offset end, record::OffsetDeltas deltas) const {
  const BatchVerdict verdict = record::ValidateBatch(rest, deltas);
  if (verdict != BatchVerdict::kOk && verdict != BatchVerdict::kCompressed) return verdict;
  const BatchView batch(rest);
  // The CRC leaves these two out.
  const bool follows = log_->AllowsGaps() ? batch.base_offset() >= batch_base_ : batch.base_offset() == batch_base_;
  if (!follows || batch.next_offset() > end) return BatchVerdict::kBadCount;
  // The log's epoch shares its line with the append lock: it is asked for only when the batch's is a new one.
  if (batch.leader_epoch() != last_epoch_ &&
      (batch.leader_epoch() < last_epoch_ ||
       batch.leader_epoch() > log_->page().leader_epoch.load(std::memory_order_relaxed))) {
    return BatchVerdict::kBadCount;
  }
  return verdict;
}

absl::Status Cursor::Locate(Offset high_watermark) {
  auto found = log_->FindSegment(offset_);
  if (!found.ok()) return found.status();
  segment_ = *found;
  bytes_ = {};
  limit_ = 0;
  position_ = 0;
  end_known_ = false;
  last_epoch_ = 0;
  absl::Status located = ExtendLimit();
  if (located.ok()) {
    auto end = EndOfSegment();
    located = end.ok() ? WalkTo(std::min(*end, high_watermark)) : end.status();
  }
  if (!located.ok()) segment_ = nullptr;
  return located;
}

// To the batch that holds offset_, by headers only.
absl::Status Cursor::WalkTo(Offset end) {
  batch_base_ = segment_->base();
  if (const std::size_t hint = IndexedPosition(limit_); hint > 0) {
    position_ = hint;
    batch_base_ = BatchView(bytes_.subspan(hint)).base_offset();
  }
  while (batch_base_ < end) {
    const auto here = BytesHere();
    if (!here.ok()) return here.status();
    const std::span<const std::byte> rest = *here;
    const auto gap = OnlyAGapIsLeft();
    if (!gap.ok() || *gap) return gap.status();
    if (const BatchVerdict verdict = CheckBatchHeader(rest); verdict != BatchVerdict::kOk) return Damage(verdict);
    const BatchView batch(rest);
    if (batch.base_offset() < batch_base_ || batch.last_offset_delta() < 0) return Damage(BatchVerdict::kBadCount);
    if (batch.next_offset() > offset_) return absl::OkStatus();
    batch_base_ = batch.next_offset();
    position_ += batch.size_bytes();
  }
  return absl::OkStatus();
}

// A place at or before the batch that holds offset_, and no later than byte `most`, from the segment's index; 0 when
// there is none, or it does not hold.
std::size_t Cursor::IndexedPosition(std::size_t most) const {
  const auto known = bytes_.first(limit_);
  const shared::PartitionPage& page = log_->page();
  if (shared::ReadCommit(page).segment_base == segment_->base()) {
    return SparseLookup(page.index, segment_->base(), offset_, most, known);
  }
  if (segment_->is_replacing()) return 0;
  auto index = OffsetIndex::Load(*log_->settings().files, log_->settings().folder, segment_->base(),
                                 static_cast<std::int64_t>(limit_));
  if (!index.ok()) return 0;
  const auto position =
      static_cast<std::size_t>(std::min(index->Lookup(offset_), index->LookupByte(static_cast<std::int64_t>(most))));
  if (position == 0 || position >= known.size()) return 0;
  const auto at = known.subspan(position);
  return CheckBatchHeader(at) == BatchVerdict::kOk && BatchView(at).base_offset() <= offset_ ? position : 0;
}

// What is known of the segment from position_ on; all of it, if that does not hold a whole batch.
absl::StatusOr<std::span<const std::byte>> Cursor::BytesHere() {
  const auto rest = bytes_.subspan(position_, limit_ - position_);
  if (CheckBatchHeader(rest) != BatchVerdict::kTruncated) return rest;
  if (auto s = ExtendLimit(); !s.ok()) return s;
  return bytes_.subspan(position_, limit_ - position_);
}

// Learns how many bytes of the segment are there to be looked at.
absl::Status Cursor::ExtendLimit() {
  // Who finishes a segment cuts off what was allocated behind its end: then it is shorter than it was a moment ago.
  constexpr int kMostTries = 8;
  for (int tries = 1;; ++tries) {
    auto known = KnownBytes();
    if (!known.ok()) return known.status();
    const std::int64_t limit = *known;
    if (limit <= static_cast<std::int64_t>(limit_) && !bytes_.empty()) return absl::OkStatus();
    auto view = segment_->View(static_cast<std::size_t>(limit));
    if (absl::IsAborted(view.status()) && tries < kMostTries) continue;
    if (!view.ok()) return view.status();
    bytes_ = *view;
    limit_ = static_cast<std::size_t>(limit);
    return absl::OkStatus();
  }
}

absl::StatusOr<std::int64_t> Cursor::KnownBytes() const {
  const shared::PartitionPage& page = log_->page();
  // At the end of the log the commit slots are not looked at: that would take their lines from the appender each time. If no
  // segment has come since we learned that ours is the last one, the position is one of ours: another segment's is stored after
  // the generation has moved.
  if (end_known_ && segment_end_ == std::numeric_limits<Offset>::max()) {
    const std::int64_t position = page.visible_position.load(std::memory_order_acquire);
    if (page.segment_list_generation.load(std::memory_order_relaxed) == end_generation_) return position;
  }
  const shared::CommitState state = shared::ReadCommit(page);
  if (state.segment_base == segment_->base()) return state.position;
  return segment_->ViewedSize();
}

}  // namespace leat::log
