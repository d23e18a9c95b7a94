#include "log/syncer.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <leat/batch.h>
#include "fmt/format.h"
#include "io/futex.h"
#include "log/checkpoint.h"
#include "log/page.h"
#include "log/segment_files.h"
#include "shared/counters.h"
#include "shared/doorbell.h"

namespace leat::log {
namespace {

// A leader's death is found out after this long at most.
constexpr std::chrono::milliseconds kProbeInterval{2};

std::string_view Message(const absl::Status& status) { return {status.message().data(), status.message().size()}; }

}  // namespace

Syncer::Syncer(Log& log) : log_(log), settings_(log.settings()), page_(log.page()) {}

// Counted first, looked at then; End does it the other way round.
Syncer::Call::Call(Syncer& syncer) : calls_(syncer.calls_) {
  calls_.fetch_add(1, std::memory_order_seq_cst);
  admitted_ = !syncer.ended_.load(std::memory_order_seq_cst);
}

void Syncer::End() {
  ended_.store(true, std::memory_order_seq_cst);
  while (calls_.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
}

void Syncer::Settle() {
  const shared::Locker& locker = *settings_.locker;
  if (!locker.TryLock(page_.flush_lock).has_value()) return;
  // It may have died between the two.
  RaiseWatermark(page_.flushed.load(std::memory_order_relaxed));
  locker.Unlock(page_.flush_lock);
}

absl::Status Syncer::SyncTo(Offset offset) {
  const auto began = settings_.locker->clock().Monotonic();
  bool waited = false;
  for (;;) {
    // Before the look at what it tells of: a round that ends after it ends the sleep below.
    const std::uint32_t round = page_.flush_rounds.load(std::memory_order_acquire);
    if (page_.flushed.load(std::memory_order_acquire) >= offset) {
      if (settings_.counts) shared::Add(page_.counters.sync_wait, settings_.locker->clock().Monotonic() - began);
      return absl::OkStatus();
    }
    if (auto s = log_.Writable(); !s.ok()) return s;
    const auto leads = TakeLead(round, began);
    if (!leads.ok()) return leads.status();
    if (!*leads) {
      waited = true;
      continue;
    }
    // Those whom the last round has acknowledged are about to append again: they may share this one.
    if (waited) std::this_thread::yield();
    const absl::Status led = Lead(offset);
    GiveUpLead();
    if (!led.ok()) return led;
  }
}

absl::Status Syncer::SyncSealed() {
  if (auto s = LeadOnce(); !s.ok()) return s;
  const absl::Status led = LeadSealed();
  GiveUpLead();
  return led;
}

absl::Status Syncer::AsLeader(const std::string& path, absl::FunctionRef<absl::Status()> work) {
  if (auto s = LeadOnce(); !s.ok()) return s;
  absl::Status done = log_.Writable();
  if (done.ok()) done = work();
  if (absl::IsDataLoss(done) && log_.Writable().ok()) done = Failed(path, done);
  GiveUpLead();
  return done;
}

// Waits for the lead, however many rounds of others that takes.
absl::Status Syncer::LeadOnce() {
  const auto began = settings_.locker->clock().Monotonic();
  for (;;) {
    const std::uint32_t round = page_.flush_rounds.load(std::memory_order_acquire);
    const auto leads = TakeLead(round, began);
    if (!leads.ok()) return leads.status();
    if (*leads) return absl::OkStatus();
  }
}

// Takes the flush lock, or waits for who has it for as long as a round takes, or until it may be dead.
absl::StatusOr<bool> Syncer::TakeLead(std::uint32_t round, std::chrono::nanoseconds began) {
  if (settings_.locker->TryLock(page_.flush_lock).has_value()) return true;
  if (auto s = WaitForLeader(round, began); !s.ok()) return s;
  return false;
}

absl::Status Syncer::WaitForLeader(std::uint32_t round, std::chrono::nanoseconds began) const {
  io::FutexWait(page_.flush_rounds, round, kProbeInterval);
  const shared::Locker& locker = *settings_.locker;
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(locker.clock().Monotonic() - began);
  const std::uint32_t owner = page_.flush_lock.load(std::memory_order_relaxed) & ~shared::kWaitersBit;
  if (waited < locker.max_block() || owner == 0) return absl::OkStatus();
  return absl::UnavailableError(fmt::format(
      "{} has been synced by {} for {} ms; continue or end that process, look at the disk, or wait longer "
      "(max_block)",
      log_.Name(),
      owner == locker.self() ? std::string("another thread of this process") : locker.liveness().Describe(owner),
      waited.count()));
}

void Syncer::GiveUpLead() {
  settings_.locker->Unlock(page_.flush_lock);
  // After the unlock: who is woken finds the lock free. Who dies between the two leaves sleepers that look by
  // themselves.
  page_.flush_rounds.fetch_add(1, std::memory_order_seq_cst);
  io::FutexWake(page_.flush_rounds, std::numeric_limits<int>::max());
  if (log_.IsToDisk()) shared::RingSleepers(*settings_.control, page_);
}

absl::Status Syncer::Lead(Offset offset) {
  // Another may have been here since we looked, and a leader that died may have raised the one and not the other.
  const Offset flushed = page_.flushed.load(std::memory_order_acquire);
  RaiseWatermark(flushed);
  if (flushed >= offset) return absl::OkStatus();
  if (auto s = log_.Writable(); !s.ok()) return s;
  const shared::CommitState state = shared::ReadCommit(page_);
  if (auto s = SyncNamesUpTo(state.segment_base); !s.ok()) return s;
  if (auto s = SyncSegments(state, state.next_offset); !s.ok()) return s;
  last_base_ = state.segment_base;
  last_ = {.position = state.position, .offset = state.next_offset};
  return absl::OkStatus();
}

absl::Status Syncer::LeadSealed() {
  RaiseWatermark(page_.flushed.load(std::memory_order_acquire));
  if (auto s = log_.Writable(); !s.ok()) return s;
  const shared::CommitState state = shared::ReadCommit(page_);
  if (auto s = SyncNamesUpTo(state.segment_base); !s.ok()) return s;
  if (auto s = SyncSegments(state, state.segment_base); !s.ok()) return s;
  return WriteSealedCheckpoint(state);
}

absl::Status Syncer::WriteSealedCheckpoint(const shared::CommitState& state) {
  const auto file = OpenCheckpoint(*settings_.files, settings_.folder, settings_.like);
  if (!file.ok()) return file.status();
  if (log_.Deleted()) return log_.Writable();
  const auto known = ReadCheckpoint(**file);
  if (!known.ok()) return known.status();
  if (!known->newest.has_value() || known->newest->end < state.segment_base) {
    const absl::Status written =
        WriteCheckpoint(**file, {.log_start = page_.log_start.load(std::memory_order_acquire),
                                 .end = state.segment_base,
                                 .segment_base = state.segment_base,
                                 .epoch = page_.leader_epoch.load(std::memory_order_acquire),
                                 .allow_gaps = settings_.allow_gaps});
    if (!written.ok()) return absl::IsDataLoss(written) ? Failed((*file)->path(), written) : written;
  }
  checkpointed_.store(state.segment_base, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status Syncer::SyncAlone() {
  const shared::CommitState state = shared::ReadCommit(page_);
  if (auto s = SyncNames(); !s.ok()) return s;
  if (auto s = SyncSegments(state, state.next_offset, true); !s.ok()) return s;
  RaiseWatermark(page_.flushed.load(std::memory_order_relaxed));
  return absl::OkStatus();
}

absl::Status Syncer::SyncNamesUpTo(Offset active) {
  if (page_.named.load(std::memory_order_relaxed) >= active) return absl::OkStatus();
  if (auto s = SyncNames(); !s.ok()) return s;
  page_.named.store(active, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status Syncer::SyncSegments(const shared::CommitState& state, Offset limit, bool active_anyway) {
  const Offset flushed = page_.flushed.load(std::memory_order_relaxed);
  const auto segments = log_.Segments();
  if (!segments.ok()) return segments.status();
  // What stands at our path now may be the next topic's of that name.
  if (log_.Deleted()) return log_.Writable();
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const Segment& segment = *(*segments)[i];
    const bool active = segment.base() == state.segment_base;
    if (segment.base() > state.segment_base || (segment.base() >= limit && !(active && active_anyway))) break;
    const Offset end =
        i + 1 < segments->size() ? std::min((*segments)[i + 1]->base(), state.next_offset) : state.next_offset;
    if (end <= flushed && !(active && active_anyway)) continue;
    const absl::Status synced = SyncSegment(segment, std::max(segment.base(), flushed), end, active);
    // Removed meanwhile: nobody needs it on the disk any more.
    const bool retired = absl::IsNotFound(synced) && end <= log_.log_start() && !log_.Deleted();
    if (!synced.ok() && !retired) return synced;
    Publish(end);
  }
  return absl::OkStatus();
}

// A segment's bytes are worth nothing without its name.
absl::Status Syncer::SyncNames() {
  const absl::Status synced = settings_.files->SyncDirectory(settings_.folder);
  // It could not be opened, now or by us, which says nothing of the disk.
  if (synced.ok() || absl::IsResourceExhausted(synced) || absl::IsPermissionDenied(synced)) return synced;
  return log_.Deleted() ? log_.Writable() : Failed(settings_.folder, synced);
}

absl::Status Syncer::SyncSegment(const Segment& segment, Offset from, Offset to, bool active) {
  const auto descriptor = Vouching(segment, from, to, active);
  const absl::Status synced = descriptor.ok() ? TimedSync(*descriptor->file) : descriptor.status();
  // What was in the way of trying says nothing of the disk.
  if (synced.ok() || (!descriptor.ok() && !absl::IsDataLoss(synced))) return synced;
  return Failed(segment.Path(kLogSuffix), synced);
}

absl::Status Syncer::TimedSync(io::File& file) {
  if (!settings_.counts) return file.Sync();
  const base::Clock& clock = settings_.locker->clock();
  const auto began = clock.Monotonic();
  const absl::Status synced = file.Sync();
  shared::Add(page_.counters.fsync, clock.Monotonic() - began);
  return synced;
}

// A descriptor that vouches for [from, to) of the segment.
absl::StatusOr<Voucher::Descriptor> Syncer::Vouching(const Segment& segment, Offset from, Offset to, bool active) {
  const auto known = voucher_.Of(segment.base());
  if (known.has_value() && known->since <= from) return *known;
  Voucher::Descriptor descriptor{.file = known.has_value() ? known->file : nullptr, .since = from};
  if (!known.has_value()) {
    auto opened = settings_.files->Open(segment.Path(kLogSuffix), io::OpenMode::kReadWrite);
    if (!opened.ok()) return opened.status();
    if (log_.Deleted()) return log_.Writable();
    descriptor.file = *std::move(opened);
  }
  const Offset stored = known.has_value() ? std::min(known->since, to) : to;
  if (from < stored) {
    const auto begin = PlaceOf(*descriptor.file, segment.base(), from);
    if (!begin.ok()) return begin.status();
    const BytesToStore bytes{.begin = *begin, .from = from, .to = stored, .allow_gaps = settings_.allow_gaps};
    if (auto s = StoreAgain(*descriptor.file, bytes); !s.ok()) return s;
  }
  // Of the active segment, somebody may have been storing the next batch when we opened it without the append lock.
  if (known.has_value() || !active) voucher_.Opened(segment.base(), descriptor);
  return descriptor;
}

// A batch's place that is not behind `offset`, the nearer the better: where we were last, or what the sparse index knows.
absl::StatusOr<BatchPlace> Syncer::PlaceOf(const io::File& file, Offset base, Offset offset) const {
  BatchPlace best{.position = 0, .offset = base};
  if (last_base_ == base && last_.offset <= offset) best = last_;
  const shared::SparseIndex& index = page_.index;
  if (index.segment_base.load(std::memory_order_acquire) != base) return best;
  const std::uint32_t count = std::min(index.count.load(std::memory_order_acquire), shared::kSparseEntries);
  for (std::uint32_t i = 0; i < count; ++i) {
    const BatchPlace entry{.position = index.entries[i].position.load(std::memory_order_relaxed),
                           .offset = base + index.entries[i].relative_offset.load(std::memory_order_relaxed)};
    if (entry.offset > offset || entry.offset <= best.offset) continue;
    // It may be torn: others write it meanwhile.
    std::byte header[batch_layout::kHeaderSize];
    const auto read = file.ReadAt(entry.position, header);
    if (!read.ok()) return read.status();
    if (*read == sizeof header && BatchView(header).magic() == batch_layout::kMagicV2 &&
        BatchView(header).base_offset() == entry.offset) {
      best = entry;
    }
  }
  return best;
}

void Syncer::Publish(Offset flushed) {
  if (flushed > page_.flushed.load(std::memory_order_relaxed)) {
    page_.flushed.store(flushed, std::memory_order_release);  // pairs with the acquire in SyncTo
    if (settings_.counts) shared::AddAlone(page_.counters.syncs);
    RaiseWatermark(flushed);
  }
  voucher_.Flushed(std::max(flushed, log_.log_start()));
}

// In other topics the appenders do it (append.cc).
void Syncer::RaiseWatermark(Offset flushed) {
  if ((page_.flags.load(std::memory_order_acquire) & shared::kFlagDisk) != 0) log::RaiseWatermark(page_, flushed);
}

absl::Status Syncer::Failed(const std::string& path, const absl::Status& why) {
  page_.flags.fetch_or(shared::kFlagSyncFailed, std::memory_order_seq_cst);
  if (settings_.counts) shared::AddAlone(page_.counters.sync_errors);
  return absl::DataLossError(
      fmt::format("{}: could not be synced ({}), so what reached the disk is unknown; the partition is read-only for "
                  "every process: "
                  "copy what can be read and check the disk",
                  path, Message(why)));
}

}  // namespace leat::log
