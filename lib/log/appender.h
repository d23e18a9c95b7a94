// The writing side of a log in this process: append, roll, and what mends both after an owner of the lock died.
#ifndef LEAT_LOG_APPENDER_H_
#define LEAT_LOG_APPENDER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include <leat/batch.h>
#include <leat/types.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "log/log.h"
#include "log/segment_writer.h"
#include "shared/commit_slots.h"

namespace leat::log {

// What the housekeeper needs to know of the writer at work.
struct ActiveWriter {
  std::shared_ptr<SegmentWriter> writer;
  Offset base = 0;
};

// Lock order: append lock, then size lock, then mutex_. Members are guarded by the page's append lock, which all
// threads of all processes share, unless said otherwise.
class Appender {
 public:
  explicit Appender(Log& log);

  // Who waits for the disk when the topic is kDisk: this does, or the caller will.
  enum class Syncing : std::uint8_t { kAwaited, kCallers };
  absl::StatusOr<Log::Appended> Append(std::span<const std::byte> batch, Syncing syncing);
  // Contract: Log::EndAppends.
  void End();

  // Takes over and mends the locks of the dead, if there are any. Waits for nobody.
  absl::Status Settle();

  // Closes the writer; the next append opens it again.
  absl::Status Release();

  // Opens the active segment, if it is not, so that this process may vouch for what is appended from now on.
  absl::Status OpenToVouch();

  // From now on (or not any more) readers see only what is on the disk. Returns the end.
  absl::StatusOr<Offset> SetToDisk(bool to_disk);

  // Begins a new segment if the active one has records, and `due` says so of it. Whether it did.
  absl::StatusOr<bool> RollIf(absl::FunctionRef<bool(const shared::CommitState&)> due);

  // For the housekeeper, without the append lock.
  ActiveWriter active() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Appends reaching this byte of the active segment poke the housekeeper, once.
  void PokeAt(std::int64_t position) { poke_at_.store(position, std::memory_order_relaxed); }

  // The writer for a segment's file, of the kind that its file system asks for. Any thread.
  absl::StatusOr<std::shared_ptr<SegmentWriter>> OverFile(std::unique_ptr<io::File> file) const;

  // space.cc: room on the disk, under the size lock.

  // Makes the segment's file at least `needed` bytes long, and up to `wanted` if the disk has that much, if it is
  // still the active one; returns how long it is. Any thread; with the append lock or without.
  absl::StatusOr<std::int64_t> Grow(SegmentWriter& writer, Offset base, std::int64_t needed, std::int64_t wanted);
  // Whether the segment at `base` is the one that may grow.
  absl::StatusOr<bool> IsActive(Offset base);
  // The file's first step, and what follows.
  static std::int64_t NextSize(std::int64_t size);

 private:
  class Holding;  // the append lock, held

  absl::StatusOr<Log::Appended> AppendNow(std::span<const std::byte> batch, Syncing syncing);
  absl::StatusOr<shared::Taken> TakeLock();
  absl::Status CheckPossible(const shared::CommitState& state) const;
  bool IsTooOldFor(const shared::CommitState& state, std::int64_t timestamp);
  void NoteFirstTimestamp(std::int64_t timestamp);
  absl::Status TakeAndAppend(std::span<const std::byte> batch, Log::Appended& appended);
  absl::Status AppendWhenThereIsRoom(std::span<const std::byte> batch, Log::Appended& appended, absl::Status refused);
  absl::Status AppendLocked(std::span<const std::byte> batch, Log::Appended& appended);
  absl::Status OpenWriter(Offset base);
  void SetWriter(std::shared_ptr<SegmentWriter> writer, Offset base) ABSL_LOCKS_EXCLUDED(mutex_);

  // roll.cc
  absl::StatusOr<shared::CommitState> Roll(const shared::CommitState& state);
  absl::StatusOr<shared::CommitState> BeginSegment(const shared::CommitState& state,
                                                   std::shared_ptr<SegmentWriter> writer, std::int64_t size);
  absl::Status Mend();
  absl::Status MendSizeLocked();

  // sparse_index.cc
  void IndexBatch(const shared::CommitState& before);

  Log& log_;
  const LogSettings& settings_;
  shared::PartitionPage& page_;
  const bool counts_;
  const std::string append_lock_name_;
  const std::string size_lock_name_;

  std::int64_t allocated_ = 0;            // of the active segment, as far as this process has seen it grow
  std::int64_t next_index_position_ = 0;  // from here on a batch may get an entry in the sparse index
  std::atomic<std::int64_t> poke_at_;

  // Batches of later timestamps than this may belong into a new segment (segment.ms).
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();
  std::int64_t roll_at_ = kUnknown;

  std::atomic<bool> ended_{false};
  std::atomic<bool> timed_{false};        // the next append of this process is
  std::atomic<std::int32_t> waiting_{0};  // threads that wait for the append lock

  // Changed under the append lock and mutex_; read with either.
  std::shared_ptr<SegmentWriter> writer_;
  Offset writer_base_ = -1;
  mutable base::Mutex mutex_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_APPENDER_H_
