#include "client/accumulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/never_destroy.h"
#include "base/process.h"
#include "client/append.h"
#include "client/deadline.h"

namespace leat::client {
namespace {

absl::Status Closed() { return absl::FailedPreconditionError("the producer has been closed"); }

absl::Status FromCallback(std::string_view what) {
  return absl::FailedPreconditionError(
      fmt::format("{} was called from a delivery callback, and would wait for that callback to return", what));
}

// For what the durability of a batch is the greatest of its records': kTopicDefault is the least, since it asks for
// nothing.
bool AsksForMore(Durability a, Durability b) { return static_cast<int>(a) > static_cast<int>(b); }

}  // namespace

Accumulator::Accumulator(std::shared_ptr<broker::Backend> backend, const ProducerOptions& options)
    : backend_(std::move(backend)),
      options_(options),
      compression_{options.compression, options.compression_level},
      pid_(base::CurrentPid()),
      syncs_([this] {
        const base::MutexLock lock(mutex_);
        synced_ = true;
        WakeSender(std::chrono::nanoseconds::zero());
      }) {}

absl::Status Accumulator::Enqueue(const std::shared_ptr<broker::PartitionBackend>& partition,
                                  const ProducerRecord& record, DeliveryCallback callback, Durability durability) {
  const std::size_t bound = BatchBuilder::EncodedSizeBound(record.key, record.value.size(), record.headers);
  absl::Status room;
  {
    const base::MutexLock lock(mutex_);
    if (closing_) return Closed();
    if (absl::Status started = StartThread(); !started.ok()) return started;
    room = WaitForRoom(bound);
    if (room.ok()) return Add(partition, record, callback, durability, bound);
  }
  if (options_.back_pressure != BackPressure::kDrop || !absl::IsResourceExhausted(room)) return room;
  dropped_.fetch_add(1, std::memory_order_relaxed);
  if (callback) callback(room);
  return absl::OkStatus();
}

absl::Status Accumulator::StartThread() {
  if (thread_.joinable()) return absl::OkStatus();
  absl::StatusOr<base::Thread> thread =
      base::Thread::Start("leat-linger", [self = shared_from_this()] { self->Run(); });
  if (!thread.ok()) return thread.status();
  thread_ = *std::move(thread);
  return absl::OkStatus();
}

bool Accumulator::HasRoom(std::size_t bytes) const {
  return buffered_ == 0 || (bytes <= options_.buffer_memory && buffered_ <= options_.buffer_memory - bytes);
}

absl::Status Accumulator::WaitForRoom(std::size_t bytes) {
  if (HasRoom(bytes)) return absl::OkStatus();
  const bool may_block = options_.back_pressure == BackPressure::kBlock && !OnSendingThread();
  const Deadline deadline(backend_->clock(), may_block ? options_.max_block : std::chrono::milliseconds(0));
  ++waiting_for_room_;
  WakeSender(std::chrono::nanoseconds::zero());
  while (may_block && !closing_ && !HasRoom(bytes)) {
    const std::chrono::nanoseconds left = deadline.Left();
    if (left <= std::chrono::nanoseconds::zero()) break;
    room_.WaitFor(mutex_, std::min(left, kLongestWait));
  }
  --waiting_for_room_;
  if (closing_) return Closed();
  if (HasRoom(bytes)) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} bytes of enqueued records wait to be sent, and buffer_memory is {}: send less, or look at why the log "
      "does not take them (the callbacks tell)",
      buffered_, options_.buffer_memory));
}

absl::Status Accumulator::Add(const std::shared_ptr<broker::PartitionBackend>& partition,
                              const ProducerRecord& record, DeliveryCallback& callback, Durability durability,
                              std::size_t bound) {
  Queue& queue = QueueOf(partition.get());
  PendingBatch& batch = BatchFor(queue, partition, bound);
  const std::size_t size_before = batch.builder.empty() ? 0 : batch.builder.size();
  const std::int64_t timestamp = TimestampOf(record, backend_->clock());
  if (absl::Status added = AddRecord(*partition, record, timestamp, backend_->clock(), batch.builder, compression_);
      !added.ok()) {
    if (batch.builder.empty()) queue.batches.pop_back();
    if (queue.batches.empty()) EraseQueue(partition.get());
    return added;
  }
  buffered_ += batch.builder.size() - size_before;
  if (AsksForMore(durability, batch.durability)) batch.durability = durability;
  if (callback) batch.awaited.push_back({batch.builder.count() - 1, timestamp, std::move(callback)});
  if (batch.builder.size() >= options_.batch_size) batch.full = true;
  WakeSender(batch.full ? std::chrono::nanoseconds::zero() : batch.begun + options_.linger);
  return absl::OkStatus();
}

// One record after the other for the same partition is what costs most: the last queue is remembered.
Accumulator::Queue& Accumulator::QueueOf(broker::PartitionBackend* partition) {
  if (partition == last_partition_) return *last_queue_;
  std::unique_ptr<Queue>& place = queues_[partition];
  if (place == nullptr) place = std::make_unique<Queue>();
  last_partition_ = partition;
  last_queue_ = place.get();
  return *place;
}

void Accumulator::EraseQueue(broker::PartitionBackend* partition) {
  if (partition == last_partition_) last_partition_ = nullptr;
  queues_.erase(partition);
}

// The last batch if there is room in it for `bound` bytes more, or else a new one.
PendingBatch& Accumulator::BatchFor(Queue& queue, const std::shared_ptr<broker::PartitionBackend>& partition,
                                    std::size_t bound) {
  if (!queue.batches.empty()) {
    PendingBatch& last = *queue.batches.back();
    const bool being_sent = queue.waiting() == 0;
    const auto limit =
        std::min(options_.batch_size, static_cast<std::size_t>(partition->topic_options().max_message_bytes));
    // One that was tried already has used up a part of its delivery_timeout.
    const bool tried = last.not_before != std::chrono::nanoseconds::zero();
    if (!being_sent && !last.full && !tried && last.sequence > flushed_sequence_) {
      if (last.builder.size() + bound <= limit) return last;
      last.full = true;
      WakeSender(std::chrono::nanoseconds::zero());
    }
  }
  queue.batches.push_back(NewBatch());
  PendingBatch& batch = *queue.batches.back();
  batch.partition = partition;
  batch.sequence = ++last_sequence_;
  batch.begun = backend_->clock().Monotonic();
  return batch;
}

std::unique_ptr<PendingBatch> Accumulator::NewBatch() {
  if (spare_.empty()) return std::make_unique<PendingBatch>(options_.batch_size);
  std::unique_ptr<PendingBatch> batch = std::move(spare_.back());
  spare_.pop_back();
  return batch;
}

// So that it sends at `due` what has to be sent then, at the latest.
void Accumulator::WakeSender(std::chrono::nanoseconds due) {
  if (sleeping_until_ <= due) return;
  sleeping_until_ = std::chrono::nanoseconds::zero();
  work_.NotifyOne();
}

bool Accumulator::OnSendingThread() const {
  return sender_id_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

absl::Status Accumulator::Flush() {
  if (OnSendingThread()) return FromCallback("Flush");
  const base::MutexLock lock(mutex_);
  if (closing_) return Closed();
  const std::uint64_t sequence = last_sequence_;
  flushed_sequence_ = sequence;
  WakeSender(std::chrono::nanoseconds::zero());
  while (!AcknowledgedUpTo(sequence)) acknowledged_.Wait(mutex_);
  return std::exchange(first_error_, absl::OkStatus());
}

bool Accumulator::AcknowledgedUpTo(std::uint64_t sequence) const {
  return std::all_of(queues_.begin(), queues_.end(),
                     [&](const auto& queue) { return queue.second->batches.front()->sequence > sequence; });
}

absl::Status Accumulator::Close(std::chrono::nanoseconds timeout) {
  if (InForkedChild()) {
    ForgetInForkedChild();
    return absl::FailedPreconditionError("the producer was opened before fork; its records are the parent's to send");
  }
  if (OnSendingThread()) return FromCallback("Close");
  std::vector<std::unique_ptr<PendingBatch>> unsent;
  base::Thread thread;
  bool ended = false;
  {
    const base::MutexLock lock(mutex_);
    if (closing_) return absl::OkStatus();
    closing_ = true;
    WakeSender(std::chrono::nanoseconds::zero());
    room_.NotifyAll();
    const Deadline deadline(backend_->clock(), timeout);
    for (auto left = deadline.Left(); !queues_.empty() && left > std::chrono::nanoseconds::zero();
         left = deadline.Left()) {
      acknowledged_.WaitFor(mutex_, std::min(left, kLongestWait));
    }
    aborting_ = true;
    unsent = TakeUnsent();
    ended = queues_.empty();
    WakeSender(std::chrono::nanoseconds::zero());
    thread = std::move(thread_);
  }
  const std::int64_t aborted = Abort(std::move(unsent));
  if (!ended) thread.Abandon();
  thread.Join();
  if (aborted == 0 && ended) return absl::OkStatus();
  return absl::DeadlineExceededError(fmt::format("{} enqueued records were not sent in time{}", aborted,
                                                 ended ? "" : ", and a batch is still being sent"));
}

void Accumulator::Drop() {
  if (!OnSendingThread() || InForkedChild()) {
    // The answer is for those who ask for it, by Close.
    (void)Close(std::chrono::seconds(1));
    return;
  }
  std::vector<std::unique_ptr<PendingBatch>> unsent;
  {
    const base::MutexLock lock(mutex_);
    closing_ = true;
    aborting_ = true;
    unsent = TakeUnsent();
    room_.NotifyAll();
    thread_.Abandon();
  }
  Abort(std::move(unsent));
}

// All but those that the sending thread has in its hands.
std::vector<std::unique_ptr<PendingBatch>> Accumulator::TakeUnsent() {
  std::vector<std::unique_ptr<PendingBatch>> unsent;
  for (auto& [partition, queue] : queues_) {
    const std::size_t kept = queue->in_hand;
    for (std::size_t i = kept; i < queue->batches.size(); ++i) unsent.push_back(std::move(queue->batches[i]));
    queue->batches.resize(kept);
  }
  last_partition_ = nullptr;
  absl::erase_if(queues_, [](const auto& queue) { return queue.second->batches.empty(); });
  if (!unsent.empty() && first_error_.ok())
    first_error_ = absl::AbortedError("the producer was closed before the records were sent");
  std::sort(unsent.begin(), unsent.end(), [](const auto& a, const auto& b) { return a->sequence < b->sequence; });
  acknowledged_.NotifyAll();
  return unsent;
}

// Tells their callbacks, and returns how many records there were.
std::int64_t Accumulator::Abort(std::vector<std::unique_ptr<PendingBatch>> unsent) {
  std::int64_t count = 0;
  for (const auto& batch : unsent) {
    count += batch->builder.count();
    batch->Tell(absl::AbortedError(fmt::format(
        "{}: the producer was closed before the record was sent; it was not appended", NameOf(*batch->partition))));
  }
  return count;
}

bool Accumulator::InForkedChild() const { return base::CurrentPid() != pid_; }

// The thread is not here, and whatever it held or waited for is held and waited for for ever: nothing of it may be
// touched, not even to destroy it.
void Accumulator::ForgetInForkedChild() { base::NeverDestroy(shared_from_this()); }

}  // namespace leat::client
