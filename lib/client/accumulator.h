// Gathers enqueued records into batches, a queue of them for each partition, and sends them from a thread of its own.
#ifndef LEAT_CLIENT_ACCUMULATOR_H_
#define LEAT_CLIENT_ACCUMULATOR_H_

#include <leat/batch.h>
#include <leat/producer.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "broker/backend.h"
#include "client/append.h"
#include "client/pending_batch.h"
#include "client/sync_thread.h"

namespace leat::client {

// One lock guards all of it; nothing is appended and no callback called under it. Contracts: Producer's functions of
// the same names.
//
// Threads: safe from all threads. Lifetime: shared by the producer and the sending thread, which may outlive it by an
// append; Close or Drop comes before the last reference of the producer's is given up.
class Accumulator : public std::enable_shared_from_this<Accumulator> {
 public:
  Accumulator(std::shared_ptr<broker::Backend> backend, const ProducerOptions& options);

  absl::Status Enqueue(const std::shared_ptr<broker::PartitionBackend>& partition, const ProducerRecord& record,
                       DeliveryCallback callback, Durability durability);
  absl::Status Flush();
  absl::Status Close(std::chrono::nanoseconds timeout);
  // Ends it without an answer: also from a callback, and in a forked child, where it is nobody's any more.
  void Drop();

  std::int64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  // The batches of one partition, oldest first. It exists while there are some.
  struct Queue {
    std::deque<std::unique_ptr<PendingBatch>> batches;
    // So many at the front are in the sending thread's hands, and nobody else touches them: the last of them may be on its
    // way into the log, those before it wait for the disk. Of the first `asked_for` the sync thread knows.
    std::size_t in_hand = 0;
    std::size_t asked_for = 0;

    std::size_t waiting() const { return batches.size() - in_hand; }
    PendingBatch& next() const { return *batches[in_hand]; }
  };

  // Gathering.
  absl::Status StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WaitForRoom(std::size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(std::size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Add(const std::shared_ptr<broker::PartitionBackend>& partition, const ProducerRecord& record,
                   DeliveryCallback& callback, Durability durability, std::size_t bound)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Queue& QueueOf(broker::PartitionBackend* partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EraseQueue(broker::PartitionBackend* partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PendingBatch& BatchFor(Queue& queue, const std::shared_ptr<broker::PartitionBackend>& partition, std::size_t bound)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<PendingBatch> NewBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeSender(std::chrono::nanoseconds due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool OnSendingThread() const;

  // Ending.
  bool AcknowledgedUpTo(std::uint64_t sequence) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::unique_ptr<PendingBatch>> TakeUnsent() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::int64_t Abort(std::vector<std::unique_ptr<PendingBatch>> unsent);
  bool InForkedChild() const;
  void ForgetInForkedChild();

  // Sending: on the thread.
  void Run();
  // Puts those whose front batch is due into `due`, and returns when the next one will be.
  std::chrono::nanoseconds CollectDue(std::vector<broker::PartitionBackend*>& due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::chrono::nanoseconds DueTime(const Queue& queue) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Sleep(std::chrono::nanoseconds until) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendNext(broker::PartitionBackend* partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TryAgainLater(PendingBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has the sync thread wait until what was sent is on the disk.
  void SyncSent() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SyncSent(broker::PartitionBackend* partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellSynced() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellSynced(const SyncThread::Done& done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells the first `count`, which are in hand.
  void Acknowledge(broker::PartitionBackend* partition, std::size_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Recycle(std::unique_ptr<PendingBatch> batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<broker::Backend> backend_;
  const ProducerOptions options_;
  const WantedCompression compression_;
  const std::int32_t pid_;
  std::atomic<std::int64_t> dropped_{0};
  std::atomic<std::thread::id> sender_id_{};

  base::Mutex mutex_;
  base::CondVar work_;          // for the sending thread
  base::CondVar room_;          // for those who wait in Enqueue
  base::CondVar acknowledged_;  // for those who wait in Flush and Close

  base::Thread thread_ ABSL_GUARDED_BY(mutex_);
  SyncThread syncs_;  // the sending thread's
  absl::flat_hash_map<broker::PartitionBackend*, std::unique_ptr<Queue>> queues_ ABSL_GUARDED_BY(mutex_);
  const broker::PartitionBackend* last_partition_ ABSL_GUARDED_BY(mutex_) = nullptr;  // whose queue last_queue_ is
  Queue* last_queue_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::vector<std::unique_ptr<PendingBatch>> spare_ ABSL_GUARDED_BY(mutex_);
  std::size_t buffered_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes of batches that are not acknowledged yet
  // Of those that are in the log and wait for the disk, the ones that the sync thread has not been asked for yet.
  std::size_t unsynced_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<broker::PartitionBackend*> to_sync_ ABSL_GUARDED_BY(mutex_);  // where those are
  bool synced_ ABSL_GUARDED_BY(mutex_) = false;                             // the sync thread has something to tell
  std::int64_t waiting_for_room_ ABSL_GUARDED_BY(mutex_) = 0;   // threads; while there are some, nothing lingers
  std::uint64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;     // batches are numbered as they are begun
  std::uint64_t flushed_sequence_ ABSL_GUARDED_BY(mutex_) = 0;  // batches up to it neither linger nor grow
  std::chrono::nanoseconds sleeping_until_ ABSL_GUARDED_BY(mutex_){};  // zero: the sending thread is awake
  absl::Status first_error_ ABSL_GUARDED_BY(mutex_);                   // since the last Flush
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;                       // nothing more is taken
  bool aborting_ ABSL_GUARDED_BY(mutex_) = false;                      // nothing is tried again
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_ACCUMULATOR_H_
