// Appending a batch. The order of the steps, and why a process may die between any two of them:
//
//   1  take the append lock        its next owner is told if we die
//   2  copy the batch behind the commit position        nobody reads there
//   3  publish the next commit slot                     now it is in the log; before, it never was
//   4  raise the high watermark                         now readers see it; who takes the lock over repeats this step
//   5  unlock, a full fence
//   6  ring who sleeps                                  sleepers look by themselves after 250 ms at most
//
// In a kDisk topic steps 4 and 6 are the flush leader's (syncer.h), when the batch is on the disk.
#include <array>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "base/check.h"
#include "base/wrapping.h"
#include "fmt/format.h"
#include "log/age.h"
#include "log/appender.h"
#include "log/page.h"
#include "log/segment_files.h"
#include "log/syncer.h"
#include "record/validate.h"
#include "shared/counters.h"
#include "shared/doorbell.h"

namespace leat::log {
namespace {

// Base offset, length and leader epoch: the part of a batch that the log writes, and that its CRC leaves out.
constexpr std::size_t kHeadSize = 16;

std::array<std::byte, kHeadSize> HeadFor(std::span<const std::byte> batch, Offset base_offset, LeaderEpoch epoch) {
  std::array<std::byte, kHeadSize> head;
  std::memcpy(head.data(), batch.data(), kHeadSize);
  PatchBatch(head, base_offset, epoch);
  return head;
}

// What they say is nothing to an appender.
constexpr std::uint32_t kReadersFlags = shared::kFlagGaps | shared::kFlagReplacing;

// Kafka's relative offsets, in indexes, have 31 bits.
bool RelativeOffsetFits(const shared::CommitState& state, std::int32_t last_offset_delta) {
  const std::int64_t relative = base::WrappingSubtract(state.next_offset, state.segment_base);
  return static_cast<std::uint64_t>(relative) <=
         static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max() - last_offset_delta);
}

// Two looks at a clock cost as much as an append, so only some are timed: two neighbours of 2,048, so that of two processes that
// take turns each has its share.
bool IsTimedAfter(std::int64_t batches) { return (batches & 2046) == 0; }

}  // namespace

// The append lock while it is held; given back on destruction, after which sleepers are rung.
class Appender::Holding {
 public:
  // After the dead, whoever has the lock next mends; the flag outlives us if we fail to: then the next owner tries.
  Holding(Appender& appender, shared::Taken taken) : appender_(appender) {
    if (taken == shared::Taken::kFromTheDead) {
      appender_.page_.flags.fetch_or(shared::kFlagUnmended, std::memory_order_relaxed);
      if (appender_.counts_) shared::AddAlone(appender_.page_.counters.takeovers);
    }
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() { appender_.settings_.locker->Unlock(appender_.page_.append_lock); }

 private:
  Appender& appender_;
};

Appender::Appender(Log& log)
    : log_(log),
      settings_(log.settings()),
      page_(log.page()),
      counts_(log.settings().counts),
      append_lock_name_("the append lock of " + log.Name()),
      size_lock_name_("the size lock of " + log.Name()),
      poke_at_(NextSize(0) / 2) {}

// Into Append: a call more is felt by who appends one small record after the other.
[[gnu::always_inline]] inline absl::Status Appender::TakeAndAppend(std::span<const std::byte> batch,
                                                                   Log::Appended& appended) {
  const auto taken = TakeLock();
  if (!taken.ok()) return taken.status();
  Holding holding(*this, *taken);
  return AppendLocked(batch, appended);
}

[[gnu::always_inline]] inline absl::StatusOr<Log::Appended> Appender::AppendNow(std::span<const std::byte> batch,
                                                                                Syncing syncing) {
  if (const BatchVerdict verdict = CheckBatchHeader(batch); verdict != BatchVerdict::kOk) {
    return record::AppendError(verdict);
  }
  const BatchView view(batch);
  if (view.size_bytes() != batch.size() || view.last_offset_delta() < 0)
    return record::AppendError(BatchVerdict::kBadCount);
  const auto size = static_cast<std::int64_t>(batch.size());
  if (size > settings_.max_message_bytes || size > settings_.segment_bytes) {
    return absl::InvalidArgumentError(
        fmt::format("a batch of {} bytes is larger than {} takes (max_message_bytes = {}, segment_bytes = {}); send "
                    "smaller records, or fewer at once",
                    size, log_.Name(), settings_.max_message_bytes, settings_.segment_bytes));
  }

  Log::Appended appended;
  absl::Status done = TakeAndAppend(batch, appended);
  if (absl::IsResourceExhausted(done)) [[unlikely]]
    done = AppendWhenThereIsRoom(batch, appended, std::move(done));
  if (!done.ok()) return done;
  if (appended.to_disk) [[unlikely]] {
    // Made kDisk while we were at it, if our caller does not know.
    if (syncing == Syncing::kCallers) return appended;
    if (auto s = log_.AwaitSync(appended.base_offset + view.last_offset_delta() + 1); !s.ok()) return s;
  }
  shared::RingSleepers(*settings_.control, page_);
  return appended;
}

absl::StatusOr<Log::Appended> Appender::Append(std::span<const std::byte> batch, Syncing syncing) {
  if (!timed_.load(std::memory_order_relaxed)) [[likely]]
    return AppendNow(batch, syncing);
  timed_.store(false, std::memory_order_relaxed);
  const auto began = settings_.clock->Monotonic();
  auto appended = AppendNow(batch, syncing);
  if (appended.ok()) shared::Add(page_.counters.append, settings_.clock->Monotonic() - began);
  return appended;
}

// Each new try is one after somebody was waited for; a disk that is full and stays so is asked about once.
absl::Status Appender::AppendWhenThereIsRoom(std::span<const std::byte> batch, Log::Appended& appended,
                                             absl::Status refused) {
  constexpr int kMostTries = 100;
  for (int tries = 0; tries < kMostTries && absl::IsResourceExhausted(refused); ++tries) {
    if (settings_.owner == nullptr || !settings_.owner->AwaitRoom(log_)) break;
    refused = TakeAndAppend(batch, appended);
  }
  return refused;
}

// Who takes the lock looks at ended_ afterwards, and End looks who has the lock after it has set ended_: so either End
// waits for an append, or that sees that it came too late. Those who wait for the lock are counted, because they ask the
// file LOCK who lives, and a close gives that away.
absl::StatusOr<shared::Taken> Appender::TakeLock() {
  const shared::Locker& locker = *settings_.locker;
  if (locker.TakeIfFree(page_.append_lock)) [[likely]] {
    if (!ended_.load(std::memory_order_seq_cst)) [[likely]]
      return shared::Taken::kFree;
    locker.GiveBackLate(page_.append_lock);
  } else {
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    const bool ended = ended_.load(std::memory_order_seq_cst);
    absl::StatusOr<shared::Taken> taken;
    if (!ended) taken = locker.Lock(page_.append_lock, append_lock_name_);
    if (taken.ok() && counts_) shared::AddAlone(page_.counters.lock_waits);
    waiting_.fetch_sub(1, std::memory_order_seq_cst);
    if (!ended) return taken;
  }
  return absl::FailedPreconditionError("the log has been closed");
}

void Appender::End() {
  ended_.store(true, std::memory_order_seq_cst);
  // In this order: who has waited has the lock before it is not counted any more.
  while (waiting_.load(std::memory_order_seq_cst) != 0 || settings_.locker->IsOwn(page_.append_lock)) {
    std::this_thread::yield();
  }
}

absl::Status Appender::AppendLocked(std::span<const std::byte> batch, Log::Appended& appended) {
  bool to_disk = false;
  if ((page_.flags.load(std::memory_order_relaxed) & ~kReadersFlags) != 0) [[unlikely]] {
    if (auto s = Mend(); !s.ok()) return s;
    if (auto s = log_.Writable(); !s.ok()) return s;
    to_disk = log_.IsToDisk();
  }
  shared::CommitState state = shared::ReadCommit(page_);
  const BatchView view(batch);
  const auto size = static_cast<std::int64_t>(batch.size());

  // Without signs: what is below 0, by somebody's hand in the shared memory, must not be stored to either.
  if ((static_cast<std::uint64_t>(state.position) > static_cast<std::uint64_t>(settings_.segment_bytes - size) ||
       !RelativeOffsetFits(state, view.last_offset_delta()) ||
       (view.max_timestamp() > roll_at_ && IsTooOldFor(state, view.max_timestamp()))) &&
      state.position != 0) [[unlikely]] {
    if (auto s = CheckPossible(state); !s.ok()) return s;
    auto rolled = Roll(state);
    if (!rolled.ok()) return rolled.status();
    state = *rolled;
  }
  if (writer_ == nullptr || writer_base_ != state.segment_base) [[unlikely]] {
    if (auto s = OpenWriter(state.segment_base); !s.ok()) return s;
  }
  if (state.position + size > allocated_) [[unlikely]] {
    const std::int64_t needed = state.position + size;
    auto grown = Grow(*writer_, writer_base_, needed, std::max(needed, NextSize(allocated_)));
    if (!grown.ok()) return grown.status();
    allocated_ = *grown;
  }

  const LeaderEpoch epoch = page_.leader_epoch.load(std::memory_order_relaxed);
  const auto head = HeadFor(batch, state.next_offset, epoch);
  if (auto s = writer_->Write(state.position, head, batch.subspan(kHeadSize)); !s.ok()) return s;

  if (state.position >= next_index_position_) [[unlikely]]
    IndexBatch(state);
  if (state.position == 0) [[unlikely]] {
    state.segment_first_append = settings_.clock->WallMillisCoarse();
    NoteFirstTimestamp(view.max_timestamp());
  }
  const Offset base_offset = state.next_offset;
  state.position += size;
  state.next_offset += view.last_offset_delta() + 1;
  // Here, and not in a function: `state` stays in registers. What was in shared memory may be any number.
  if (counts_) [[likely]] {
    state.appended_batches = base::WrappingAdd(state.appended_batches, 1);
    state.appended_records = base::WrappingAdd(state.appended_records, state.next_offset - base_offset);
    state.appended_bytes = base::WrappingAdd(state.appended_bytes, size);
    if (IsTimedAfter(state.appended_batches)) [[unlikely]]
      timed_.store(true, std::memory_order_relaxed);
    if (view.codec() != Codec::kNone) [[unlikely]]
      shared::AddAlone(page_.counters.compressed_batches);
  }
  state.max_timestamp = std::max(state.max_timestamp, view.max_timestamp());
  appended = {.base_offset = base_offset, .leader_epoch = epoch, .to_disk = to_disk};
  // Before the publication: who syncs what is published raises the watermark, and the position must be seen with it.
  page_.visible_position.store(state.position, std::memory_order_release);  // pairs with the acquire in Cursor
  shared::PublishCommit(page_, state);
  if (!to_disk) [[likely]]
    page_.high_watermark.store(state.next_offset, std::memory_order_release);  // likewise

  if (state.position >= poke_at_.load(std::memory_order_relaxed)) [[unlikely]] {
    PokeAt(std::numeric_limits<std::int64_t>::max());  // until the housekeeper has been here
    if (settings_.owner != nullptr) settings_.owner->Poke(log_);
  }
  return absl::OkStatus();
}

absl::Status Appender::CheckPossible(const shared::CommitState& state) const {
  if (state.position >= 0 && state.segment_base >= 0 && state.next_offset >= state.segment_base)
    return absl::OkStatus();
  return absl::DataLossError(fmt::format(
      "{}: the shared state says that the log ends with offset {}, at byte {} of the segment {}, which cannot be: "
      "something has written into the file control; close the folder in all processes and open it again",
      log_.Name(), state.next_offset, state.position, state.segment_base));
}

// By Kafka's rule: from the first batch's timestamp to that of the batch that is to be appended. A segment that nothing is
// appended to is finished by time, too (Log::RollOlderThan).
bool Appender::IsTooOldFor(const shared::CommitState& state, std::int64_t timestamp) {
  if (state.position == 0) return false;
  std::byte header[batch_layout::kHeaderSize];
  const auto file = settings_.files->Open(
      io::JoinPath(settings_.folder, SegmentFileName(state.segment_base, kLogSuffix)), io::OpenMode::kRead);
  const auto read = file.ok() ? (*file)->ReadAt(0, header) : file.status();
  if (!read.ok() || *read < sizeof header) return false;
  NoteFirstTimestamp(BatchView(header).max_timestamp());
  return timestamp > roll_at_;
}

void Appender::NoteFirstTimestamp(std::int64_t timestamp) {
  roll_at_ = timestamp < 0 ? std::numeric_limits<std::int64_t>::max() : Later(timestamp, log_.segment_ms());
}

absl::StatusOr<bool> Appender::RollIf(absl::FunctionRef<bool(const shared::CommitState&)> due) {
  const auto taken = TakeLock();
  if (!taken.ok()) return taken.status();
  Holding holding(*this, *taken);
  if (auto s = Mend(); !s.ok()) return s;
  if (auto s = log_.Writable(); !s.ok()) return s;
  const shared::CommitState state = shared::ReadCommit(page_);
  if (state.position == 0 || !due(state)) return false;
  if (auto rolled = Roll(state); !rolled.ok()) return rolled.status();
  return true;
}

absl::StatusOr<std::shared_ptr<SegmentWriter>> Appender::OverFile(std::unique_ptr<io::File> file) const {
  // What is synced all the time is not mapped: each sync write-protects the pages, and the next store to each faults.
  if (!settings_.mapped_writes || log_.IsToDisk()) return SegmentWriter::Pwrite(std::move(file));
  return SegmentWriter::Mapped(std::move(file), static_cast<std::size_t>(settings_.segment_bytes));
}

void Appender::SetWriter(std::shared_ptr<SegmentWriter> writer, Offset base) {
  // Under the append lock: nobody is storing what comes behind the end, so all of that is stored after the opening.
  if (writer != nullptr && settings_.needs_sync) {
    log_.syncer_->voucher().Opened(base,
                                   {.file = writer->shared_file(), .since = shared::ReadCommit(page_).next_offset});
  }
  roll_at_ = kUnknown;
  base::MutexLock lock(mutex_);
  writer_ = std::move(writer);
  writer_base_ = base;
}

absl::Status Appender::OpenWriter(Offset base) {
  // Indexes from an earlier close would not know of what is appended now.
  if (auto s = RemoveIndexes(*settings_.files, settings_.folder, base); !s.ok()) return s;
  auto file = settings_.files->Open(io::JoinPath(settings_.folder, SegmentFileName(base, kLogSuffix)),
                                    io::OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  auto writer = OverFile(std::move(*file));
  if (!writer.ok()) return writer.status();
  SetWriter(std::move(*writer), base);
  allocated_ = 0;  // Grow asks the page
  next_index_position_ = 0;
  PokeAt(NextSize(0) / 2);
  return absl::OkStatus();
}

absl::Status Appender::Release() {
  if (settings_.locker == nullptr) return absl::OkStatus();
  auto taken = settings_.locker->Lock(page_.append_lock, append_lock_name_);
  if (!taken.ok()) return taken.status();
  Holding holding(*this, *taken);
  SetWriter(nullptr, -1);
  return absl::OkStatus();
}

absl::Status Appender::Settle() {
  if (auto taken = settings_.locker->TryLock(page_.append_lock); taken.has_value()) {
    Holding holding(*this, *taken);
    if (auto s = Mend(); !s.ok()) return s;
  }
  if (auto taken = settings_.locker->TryLock(page_.size_lock); taken.has_value()) {
    absl::Status mended = absl::OkStatus();
    if (*taken == shared::Taken::kFromTheDead) mended = MendSizeLocked();
    settings_.locker->Unlock(page_.size_lock);
    if (!mended.ok()) return mended;
  }
  log_.syncer_->Settle();
  return absl::OkStatus();
}

absl::Status Appender::OpenToVouch() {
  const auto taken = TakeLock();
  if (!taken.ok()) return taken.status();
  Holding holding(*this, *taken);
  if (auto s = Mend(); !s.ok()) return s;
  if (auto s = log_.Writable(); !s.ok()) return s;
  const Offset base = shared::ReadCommit(page_).segment_base;
  return writer_ != nullptr && writer_base_ == base ? absl::OkStatus() : OpenWriter(base);
}

absl::StatusOr<Offset> Appender::SetToDisk(bool to_disk) {
  const auto taken = TakeLock();
  if (!taken.ok()) return taken.status();
  Offset end = 0;
  {
    Holding holding(*this, *taken);
    if (auto s = Mend(); !s.ok()) return s;
    end = shared::ReadCommit(page_).next_offset;
    if (to_disk) {
      page_.flags.fetch_or(shared::kFlagDisk, std::memory_order_seq_cst);
    } else {
      page_.flags.fetch_and(~static_cast<std::uint32_t>(shared::kFlagDisk), std::memory_order_seq_cst);
      RaiseWatermark(page_, end);
    }
    SetWriter(nullptr, -1);  // the next one is of the other kind
  }
  shared::RingSleepers(*settings_.control, page_);
  return end;
}

ActiveWriter Appender::active() const {
  base::MutexLock lock(mutex_);
  return {.writer = writer_, .base = writer_base_};
}

}  // namespace leat::log
