// Syncing a log for all who wait for it: group commit, over threads and processes.
//
// Who needs bytes on the disk looks how far `flushed` is, and takes the flush lock if it is free: then it is the leader,
// syncs all that is appended by then, of whomever, publishes `flushed`, and wakes those who wait. They were syncing with
// it; who came later finds the next leader, or is it. A leader that dies leaves `flushed` where it was, and its lock is
// taken over by who waits longest for nothing: 2 ms.
//
// A sync that fails is the last one of the partition: what the kernel could not write it calls clean, and the next sync
// would succeed without it. So the first thing that happens is the flag in the page which makes the partition
// read-only for every process.
#ifndef LEAT_LOG_SYNCER_H_
#define LEAT_LOG_SYNCER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include <leat/types.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "log/log.h"
#include "log/segment.h"
#include "log/store_again.h"
#include "log/voucher.h"
#include "shared/commit_slots.h"
#include "shared/slot_lock.h"

namespace leat::log {

// Threads: safe from all threads. Lock order: the flush lock comes last; a leader takes no other.
class Syncer {
 public:
  explicit Syncer(Log& log);

  // Somebody who may come to wait for a sync, counted so that End can wait for him.
  class Call {
   public:
    explicit Call(Syncer& syncer);
    ~Call() { calls_.fetch_sub(1, std::memory_order_seq_cst); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    bool admitted() const { return admitted_; }

   private:
    std::atomic<std::int32_t>& calls_;
    bool admitted_;
  };

  // Waits until all that is appended below `offset` is on the disk, by one's own doing or another's. Within a Call.
  //   kDataLoss      a sync failed, now or before, or what was to be synced is damaged
  //   kNotFound      the topic has been deleted
  //   kUnavailable   a stopped or stuck process has been syncing for max_block; names it
  //   else           what kept a leader from syncing: nothing is lost by that, and another call may succeed
  absl::Status SyncTo(Offset offset);

  // The same for all finished segments, and then writes down in the checkpoint that they are on the disk: what recovery
  // reads after a power loss is the active one.
  absl::Status SyncSealed();
  // Calls `work` as the one who may write the checkpoint: nobody syncs meanwhile. A kDataLoss of it is a failed sync, of
  // `path`.
  absl::Status AsLeader(const std::string& path, absl::FunctionRef<absl::Status()> work);
  // How far the checkpoint goes that this process has written in here; 0 when it has written none.
  Offset checkpointed() const { return checkpointed_.load(std::memory_order_relaxed); }

  // The same for whoever is alone with the log (the exclusive folder lock), and for the sizes of its files, too.
  absl::Status SyncAlone();

  // Refuses calls from now on, and waits for those under way.
  void End();

  // Takes over the flush lock of the dead. Waits for nobody.
  void Settle();

  Voucher& voucher() { return voucher_; }

 private:
  absl::StatusOr<bool> TakeLead(std::uint32_t round, std::chrono::nanoseconds began);
  absl::Status LeadOnce();
  void GiveUpLead();
  absl::Status Lead(Offset offset);
  absl::Status LeadSealed();
  absl::Status WriteSealedCheckpoint(const shared::CommitState& state);
  absl::Status SyncLocked();
  absl::Status SyncNamesUpTo(Offset active);
  // The segments between `flushed` and `limit`, oldest first.
  absl::Status SyncSegments(const shared::CommitState& state, Offset limit, bool active_anyway = false);
  absl::Status SyncNames();
  absl::Status SyncSegment(const Segment& segment, Offset from, Offset to, bool active);
  absl::Status TimedSync(io::File& file);
  absl::StatusOr<Voucher::Descriptor> Vouching(const Segment& segment, Offset from, Offset to, bool active);
  absl::StatusOr<BatchPlace> PlaceOf(const io::File& file, Offset base, Offset offset) const;
  void Publish(Offset flushed);
  void RaiseWatermark(Offset flushed);  // in kDisk topics
  absl::Status Failed(const std::string& path, const absl::Status& why);
  absl::Status WaitForLeader(std::uint32_t round, std::chrono::nanoseconds began) const;

  Log& log_;
  const LogSettings& settings_;
  shared::PartitionPage& page_;
  Voucher voucher_;
  std::atomic<bool> ended_{false};
  std::atomic<std::int32_t> calls_{0};
  std::atomic<Offset> checkpointed_{0};

  // Where the last sync of this process ended: a place to begin from. Guarded by the flush lock.
  Offset last_base_ = -1;
  BatchPlace last_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_SYNCER_H_
