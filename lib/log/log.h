// One partition's log, open in this process: the list of its segments, and the way to the files that append, roll,
// read and keep house.
#ifndef LEAT_LOG_LOG_H_
#define LEAT_LOG_LOG_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <leat/types.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "log/segment.h"
#include "log/segment_times.h"
#include "log/settings.h"
#include "shared/commit_slots.h"
#include "shared/layout.h"

namespace leat::log {

class Appender;
class Housekeeping;
class Retiring;
class Syncer;

// Whether a call waits for a lock that somebody has, or is kUnavailable then: who has an append or a size lock of any log
// does not wait.
enum class Waiting : std::uint8_t { kForLocks, kNever };

// What a topic keeps: see TopicOptions.
struct RetentionLimits {
  std::optional<std::int64_t> ms = {};
  std::optional<std::int64_t> bytes = {};
};

// Invariants: log start <= high watermark <= end; flushed <= end. The high watermark is the end in kProcess topics, and
// `flushed` in kDisk topics.
//
// Threads: safe from all threads. Lifetime: cursors and housekeeping hold it by shared_ptr; what its settings point
// to (control file, locker, clock, owner) outlives it.
class Log : public std::enable_shared_from_this<Log> {
 public:
  // The page must be `ready`: filled by recovery or by FillNewPage. Touches no file.
  static std::shared_ptr<Log> Open(LogSettings settings);
  ~Log();

  const LogSettings& settings() const { return settings_; }
  shared::PartitionPage& page() const { return *settings_.page; }
  std::string Name() const;  // "topic-3", as its folder is called

  Offset log_start() const { return page().log_start.load(std::memory_order_acquire); }
  Offset high_watermark() const { return page().high_watermark.load(std::memory_order_acquire); }
  Offset end() const;
  // What is below it is on the disk.
  Offset flushed() const { return page().flushed.load(std::memory_order_acquire); }
  // Whether the topic is kDisk.
  bool IsToDisk() const { return (page().flags.load(std::memory_order_relaxed) & shared::kFlagDisk) != 0; }

  // Whether offsets may be missing between records: compaction has taken some out, or a Kafka's, or a repair.
  bool AllowsGaps() const {
    return settings_.allow_gaps || (page().flags.load(std::memory_order_acquire) & shared::kFlagGaps) != 0;
  }

  // Whether the topic is gone: deleted, or its page has been given to another topic since this log was opened. (That happens
  // only when nobody but readers who take no lock has the folder open, and those are who must notice.)
  bool Deleted() const {
    if (page().flags.load(std::memory_order_relaxed) & shared::kFlagDeleted) [[unlikely]]
      return true;
    return settings_.locker == nullptr && !PageIsOurs();
  }

  // kNotFound when the topic is deleted, kDataLoss when the partition is damaged or a sync failed: what an append
  // says.
  absl::Status Writable() const;

  // Appends a sealed batch whole. See broker::PartitionBackend::Append.
  struct Appended {
    Offset base_offset;
    LeaderEpoch leader_epoch;
    bool to_disk;  // the topic is kDisk
  };
  absl::StatusOr<Appended> Append(std::span<const std::byte> batch, Durability durability = Durability::kProcess);

  // Append in two halves. The first returns what is acknowledged only when the batch is synced, if it was asked to be, or
  // the topic is kDisk; the second waits until all below `end` is. Its errors are those that Append has for a batch that
  // is in the log.
  absl::StatusOr<Appended> AppendUnsynced(std::span<const std::byte> batch);
  absl::Status AwaitSync(Offset end);

  // Waits until all that is below the end now is on the disk (sync.cc). Errors as Syncer::SyncTo, and
  // kFailedPrecondition when it has been closed.
  absl::Status Sync();

  // The same for finished segments only; then the checkpoint says so.
  absl::Status SyncSealed();
  bool HasUnsyncedSegments() const;
  // Files of this process that are open because they are not all on the disk: the active segment's is one of them.
  std::size_t UnsyncedDescriptors() const;

  // Makes the topic kDisk, or not any more, for all processes. When it returns OK, what readers have seen of a kDisk
  // topic is on the disk.
  absl::Status SetToDisk(bool to_disk);

  // Refuses appends and syncs from now on, and waits for those that are under way in this process: when it returns,
  // none of its threads touches a lock word of the page in its name, but one that came too late and gives it back at
  // once.
  void EndAppends();

  // The segment that holds `offset` (or would hold it next); kOutOfRange below the first.
  absl::StatusOr<std::shared_ptr<Segment>> FindSegment(Offset offset);
  // The segments there are now, oldest first.
  absl::StatusOr<std::vector<std::shared_ptr<Segment>>> Segments();
  // One past the last offset that `segment` may hold, if a later one follows; else nullopt: it is the active one. kAborted
  // when it is not one of the log's any more, because another has taken its place: find that one.
  absl::StatusOr<std::optional<Offset>> SegmentEnd(const Segment& segment);

  // A segment, and how late its records may be.
  struct TimedSegment {
    std::shared_ptr<Segment> segment;
    std::optional<Offset> end;  // one past the last offset that it may hold; none: it is the active one
    std::int64_t greatest;      // none of its records is later; SegmentTimes::kUnknown until that has been learned
  };
  // The first segment, from the one that holds `from` on, that may have a record of `timestamp` or later. What was learned
  // of the others is not asked for again: O(log n).
  absl::StatusOr<std::optional<TimedSegment>> SegmentSince(Offset from, std::int64_t timestamp)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of the finished segments that end at or before `end`, the one that may have the latest record; the first of several.
  absl::StatusOr<std::optional<TimedSegment>> LatestSegment(Offset end) ABSL_LOCKS_EXCLUDED(mutex_);
  // No record of `timed`, if it is a finished one, is later than `greatest`.
  void LearnGreatest(const TimedSegment& timed, std::int64_t greatest) ABSL_LOCKS_EXCLUDED(mutex_);

  // What has been learned of segments is asked for anew.
  void ForgetSegments() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes over and mends each lock word of the page whose owner is dead. Waits for nobody.
  absl::Status Settle();

  // Bytes of all batches below the end.
  absl::StatusOr<std::int64_t> SizeBytes() { return SizeBytesFrom(0); }
  // Of the segment that holds `offset`, all of it, and those behind it.
  absl::StatusOr<std::int64_t> SizeBytesFrom(Offset offset);
  // As SizeBytes, and exact also where a segment has just been finished: until it is sealed, its file is as long as what was
  // allocated. For who removes what is too much.
  absl::StatusOr<std::int64_t> StoredBytes();

  // The housekeeper's round: grows and touches ahead of the writer, prepares the next segment, seals finished ones.
  // Takes the append lock never. On the housekeeper's thread only.
  absl::Status Housekeep();

  // Cuts the active segment to its end, writes its indexes, syncs everything, and returns; the folder's exclusive lock
  // is held, so nobody else has the log. (Close of the last process, before its checkpoint is written.) What this
  // object has appended it vouches for, also after ReleaseWriter; the rest is stored again.
  absl::Status SealForClose();

  // Gives back what this process holds ready for appends (writer, prepared segment): on close by any process but the
  // last.
  void ReleaseWriter();

  // From now on the log begins at `to`, for all processes and for good: also after a power loss, if it returns OK.
  // Segments that are all below that are removed; those that somebody reads stay readable. Returns where the log begins
  // now: further on, if it did so already.
  //   kOutOfRange        `to` is above the high watermark, or below 0
  //   kNotFound          the topic has been deleted
  //   kDataLoss          the partition is read-only (Writable), or what was to be written could not be
  //   kUnavailable       a stopped or stuck process is at it; or anybody is, for who does not wait
  //   kResourceExhausted the disk has no room for the few bytes of a checkpoint; nothing has been changed
  absl::StatusOr<Offset> RaiseLogStart(Offset to, Waiting waiting = Waiting::kForLocks);
  // The same for who does it to have the room: the error is also that of a file that could not be removed, named. What went
  // before has to go first, so that a file that stays costs one call's records, and not those of each one after it.
  absl::StatusOr<Offset> Retire(Offset to, Waiting waiting);

  // retention.cc: removes what `limits` do not keep, by Kafka's rules: whole segments below the high watermark, the oldest
  // first. `now` is the wall clock's, in ms. The active segment is finished first if all in it is too old, and `waiting`
  // allows it. Returns the bytes that were removed. Errors as Retire.
  absl::StatusOr<std::int64_t> Retain(const RetentionLimits& limits, std::int64_t now,
                                      Waiting waiting = Waiting::kForLocks);

  // Begins a new segment if the active one has records, and `age` or more has gone by at `now` (wall clock, ms) since its
  // first one came. Whether it did.
  absl::StatusOr<bool> RollOlderThan(std::int64_t age, std::int64_t now);
  // The same if all its records are older than `age` by their own times, so that it can go, too.
  absl::StatusOr<bool> RollExpired(std::int64_t age, std::int64_t now);
  // The same whenever it came, if the youngest record is `age` old.
  absl::StatusOr<bool> FinishActive(std::int64_t age, std::int64_t now);
  // From which difference of timestamps on an append begins a new segment (segment.ms).
  void SetSegmentMs(std::int64_t segment_ms) { segment_ms_.store(segment_ms, std::memory_order_relaxed); }
  std::int64_t segment_ms() const { return segment_ms_.load(std::memory_order_relaxed); }

  // A segment that could go.
  struct Retirable {
    Offset end = 0;                   // raise the log's start to here, and it goes
    std::int64_t size = 0;            // bytes that gives back
    std::int64_t max_timestamp = -1;  // of its records
  };
  // The oldest whose removal gives its bytes back: finished, below the high watermark, and, where memory is what it takes,
  // held by nobody in this process. nullopt when there is none. `size` is that of all segments up to it.
  absl::StatusOr<std::optional<Retirable>> OldestRetirable() ABSL_LOCKS_EXCLUDED(mutex_);
  // In memory: whether there was something removed earlier that nobody holds any more; then its bytes are given back.
  bool GiveBackUnpinned() ABSL_LOCKS_EXCLUDED(mutex_);
  // Lets go of what this process has open or mapped of removed segments. (The housekeeper's, now and then.)
  void ForgetRetired() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Appender;
  friend class Compaction;
  friend class Housekeeping;
  friend class Retiring;
  friend class Syncer;  // the six are one object in six files
  explicit Log(LogSettings settings);

  absl::StatusOr<Appended> AppendToDisk(std::span<const std::byte> batch);
  absl::Status Unconfirmed(Offset end, const absl::Status& synced) const;
  absl::Status CheckMayBegin(Offset at) const;
  absl::StatusOr<std::int64_t> StoredBytesOf(const Segment& segment, Offset end) const;
  absl::StatusOr<bool> RollToSeal(absl::FunctionRef<bool(const shared::CommitState&)> due);
  absl::StatusOr<bool> RollWhen(absl::FunctionRef<bool(const shared::CommitState&)> due);
  bool PageIsOurs() const;
  absl::Status RefreshIfStale() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveOutRetired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RefreshTimes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<TimedSegment> Timed(const std::optional<SegmentTimes::Bound>& bound) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::shared_ptr<Segment>>::const_iterator SegmentAt(Offset base) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const LogSettings settings_;
  std::array<std::byte, 16> topic_id_;  // of the page, when it was opened
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<Retiring> retiring_;
  std::atomic<std::int64_t> segment_ms_;

  // Held from asking how large a finished segment's file is to giving back what it loses. Before mutex_.
  base::Mutex cutting_;

  mutable base::Mutex mutex_;
  std::vector<std::shared_ptr<Segment>> segments_ ABSL_GUARDED_BY(mutex_);  // by base offset
  std::uint32_t listed_generation_ ABSL_GUARDED_BY(mutex_) = 0;
  bool listed_ ABSL_GUARDED_BY(mutex_) = false;
  // Of these segments, and of some before them that have been retired since.
  SegmentTimes times_ ABSL_GUARDED_BY(mutex_);
  bool times_are_of_list_ ABSL_GUARDED_BY(mutex_) = false;

  struct Dropped {
    std::shared_ptr<Segment> segment;
    std::int64_t size;  // bytes that count as taken
  };
  std::vector<Dropped> dropped_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::log

#endif  // LEAT_LOG_LOG_H_
