// Beginning a new segment, and mending after an owner of the append lock died.
//
// A roll, under the append lock: have a file ready under a name of our own, rename it to the next offset, say in the
// page whose space `allocated` is, publish a commit slot with the new segment at position 0, and move the
// segment-list generation. Who dies before the rename has done nothing. After it there is a file whose base offset is
// the next offset: whoever mends finds it and goes on from there, so no batch ever lands in the old segment behind an
// offset that the new one claims.
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/appender.h"
#include "log/housekeeping.h"
#include "log/page.h"
#include "log/segment_files.h"
#include "shared/counters.h"

namespace leat::log {

absl::StatusOr<shared::CommitState> Appender::Roll(const shared::CommitState& state) {
  const std::string path = io::JoinPath(settings_.folder, SegmentFileName(state.next_offset, kLogSuffix));
  PreparedSegment prepared = log_.housekeeping_->TakePrepared();
  if (prepared.writer == nullptr) {
    // The housekeeper is late, or there is none: do what it does, in the first step's size.
    auto made = log_.housekeeping_->MakeSegment(NextSize(0));
    if (!made.ok()) return made.status();
    prepared = std::move(*made);
  }
  if (auto s = settings_.files->Rename(prepared.path, path); !s.ok()) {
    log_.housekeeping_->Discard(prepared);
    return s;
  }
  const FinishedSegment finished{.writer = writer_base_ == state.segment_base ? writer_ : nullptr,
                                 .base = state.segment_base,
                                 .position = state.position};
  auto begun = BeginSegment(state, std::move(prepared.writer), prepared.size);
  if (!begun.ok()) {
    // The file has its name, so the roll is finished by whoever has the lock next, before anything else.
    page_.flags.fetch_or(shared::kFlagUnmended, std::memory_order_relaxed);
    return begun.status();
  }
  log_.housekeeping_->Finished(finished);
  return begun;
}

absl::StatusOr<shared::CommitState> Appender::BeginSegment(const shared::CommitState& state,
                                                           std::shared_ptr<SegmentWriter> writer, std::int64_t size) {
  const Offset base = state.next_offset;
  auto taken = settings_.locker->Lock(page_.size_lock, size_lock_name_);
  if (!taken.ok()) return taken.status();
  page_.allocated_segment.store(base, std::memory_order_relaxed);
  page_.allocated.store(size, std::memory_order_relaxed);
  settings_.locker->Unlock(page_.size_lock);

  const shared::CommitState next{.segment_base = base,
                                 .position = 0,
                                 .next_offset = base,
                                 .appended_batches = state.appended_batches,
                                 .appended_records = state.appended_records,
                                 .appended_bytes = state.appended_bytes};
  shared::PublishCommit(page_, next);
  if (settings_.counts) shared::AddAlone(page_.counters.rolls);
  // Before any high watermark beyond `base`: a reader that sees that one sees that its list is old.
  page_.segment_list_generation.fetch_add(1, std::memory_order_release);
  SetWriter(std::move(writer), base);
  allocated_ = size;
  next_index_position_ = 0;
  PokeAt(0);  // the old segment wants sealing, and the next but one preparing
  return next;
}

// Under the append lock, which a dead process had: everything that is derived from the commit slot is derived again.
absl::Status Appender::Mend() {
  if ((page_.flags.load(std::memory_order_relaxed) & shared::kFlagUnmended) == 0) return absl::OkStatus();
  SetWriter(nullptr, -1);
  shared::CommitState state = shared::ReadCommit(page_);
  // Readers list again whatever the dead one had not told them yet. First: the position may be that of a segment they have not
  // heard of, and they would take it for one of the segment before.
  page_.segment_list_generation.fetch_add(1, std::memory_order_release);
  page_.visible_position.store(state.position, std::memory_order_release);
  if (!log_.IsToDisk()) RaiseWatermark(page_, state.next_offset);

  // It may have died while it moved entries.
  page_.index.segment_base.store(-1, std::memory_order_relaxed);
  page_.index.count.store(0, std::memory_order_release);

  const std::string half_rolled = io::JoinPath(settings_.folder, SegmentFileName(state.next_offset, kLogSuffix));
  const bool deleted = (page_.flags.load(std::memory_order_relaxed) & shared::kFlagDeleted) != 0;
  if (!deleted && state.next_offset != state.segment_base) {
    auto file = settings_.files->Open(half_rolled, io::OpenMode::kReadWrite);
    if (file.ok()) {
      auto info = (*file)->Info();
      if (!info.ok()) return info.status();
      auto writer = OverFile(std::move(*file));
      if (!writer.ok()) return writer.status();
      auto begun = BeginSegment(state, std::move(*writer), info->size);
      if (!begun.ok()) return begun.status();
    } else if (!absl::IsNotFound(file.status())) {
      return file.status();
    }
  }
  if (!deleted) {
    auto taken = settings_.locker->Lock(page_.size_lock, size_lock_name_);
    if (!taken.ok()) return taken.status();
    page_.allocated_segment.store(shared::ReadCommit(page_).segment_base, std::memory_order_relaxed);
    const absl::Status mended = MendSizeLocked();
    settings_.locker->Unlock(page_.size_lock);
    if (!mended.ok()) return mended;
  }
  page_.flags.fetch_and(~static_cast<std::uint32_t>(shared::kFlagUnmended), std::memory_order_relaxed);
  return absl::OkStatus();
}

}  // namespace leat::log
