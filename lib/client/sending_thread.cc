// The part of the accumulator that runs on its thread.
#include <leat/status.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "client/accumulator.h"
#include "client/append.h"
#include "client/deadline.h"

namespace leat::client {
namespace {

constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();

// While there is more to send, a sync waits until there is so much for it.
constexpr std::size_t kWorthSyncing = std::size_t{4} << 20;

}  // namespace

void Accumulator::Run() {
  sender_id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  std::vector<broker::PartitionBackend*> due;
  const base::MutexLock lock(mutex_);
  for (;;) {
    if (synced_) TellSynced();
    const std::chrono::nanoseconds next = CollectDue(due);
    if (unsynced_ > 0 && (due.empty() || unsynced_ >= std::min(kWorthSyncing, options_.buffer_memory / 4)))
      SyncSent();
    if (!due.empty()) {
      for (broker::PartitionBackend* partition : due) SendNext(partition);
    } else if (closing_ && queues_.empty()) {
      break;
    } else if (!synced_) {
      Sleep(next);
    }
  }
  mutex_.Unlock();
  syncs_.End();
  mutex_.Lock();
}

std::chrono::nanoseconds Accumulator::CollectDue(std::vector<broker::PartitionBackend*>& due) {
  due.clear();
  const std::chrono::nanoseconds now = backend_->clock().Monotonic();
  std::chrono::nanoseconds next = kNever;
  for (const auto& [partition, queue] : queues_) {
    const std::chrono::nanoseconds time = DueTime(*queue);
    if (time <= now) {
      due.push_back(partition);
    } else {
      next = std::min(next, time);
    }
  }
  return next;
}

// Of the batch that is to be sent next.
std::chrono::nanoseconds Accumulator::DueTime(const Queue& queue) const {
  if (queue.waiting() == 0) return kNever;
  const PendingBatch& next = queue.next();
  const bool lingers =
      !next.full && queue.waiting() == 1 && next.sequence > flushed_sequence_ && !closing_ && waiting_for_room_ == 0;
  return std::max(next.not_before, lingers ? next.begun + options_.linger : std::chrono::nanoseconds::zero());
}

void Accumulator::Sleep(std::chrono::nanoseconds until) {
  sleeping_until_ = until;
  while (sleeping_until_ != std::chrono::nanoseconds::zero()) {
    if (until == kNever) {
      work_.Wait(mutex_);
      continue;
    }
    const std::chrono::nanoseconds left = until - backend_->clock().Monotonic();
    if (left <= std::chrono::nanoseconds::zero()) break;
    work_.WaitFor(mutex_, std::min(left, kLongestWait));
  }
  sleeping_until_ = std::chrono::nanoseconds::zero();
}

void Accumulator::SendNext(broker::PartitionBackend* partition) {
  // A Close may have taken it meanwhile.
  const auto found = queues_.find(partition);
  if (found == queues_.end() || found->second->waiting() == 0) return;
  Queue& queue = *found->second;
  PendingBatch& batch = queue.next();
  ++queue.in_hand;
  mutex_.Unlock();
  batch.delivery =
      AppendBatch(*partition, batch.builder, batch.durability, backend_->clock(), compression_, &batch.unsynced_end);
  mutex_.Lock();
  if (!batch.delivery.ok() && TryAgainLater(batch)) {
    --queue.in_hand;
    return;
  }
  // What is behind one that waits for the disk is told after it.
  if (batch.unsynced_end == 0 && queue.in_hand == 1) return Acknowledge(partition, 1);
  if (queue.in_hand == queue.asked_for + 1) to_sync_.push_back(partition);
  unsynced_ += batch.builder.size();
}

void Accumulator::SyncSent() {
  unsynced_ = 0;
  for (broker::PartitionBackend* partition : std::exchange(to_sync_, {})) SyncSent(partition);
}

void Accumulator::SyncSent(broker::PartitionBackend* partition) {
  Queue& queue = *queues_.find(partition)->second;
  SyncThread::Wanted wanted{.partition = partition, .batches = queue.in_hand - queue.asked_for, .end = 0};
  for (std::size_t i = queue.asked_for; i < queue.in_hand; ++i) {
    wanted.end = std::max(wanted.end, queue.batches[i]->unsynced_end);
  }
  queue.asked_for = queue.in_hand;
  if (syncs_.Ask(wanted)) return;
  mutex_.Unlock();
  const absl::Status status = partition->AwaitSync(wanted.end);
  mutex_.Lock();
  TellSynced({.partition = partition, .batches = wanted.batches, .status = status});
}

void Accumulator::TellSynced() {
  synced_ = false;
  for (const SyncThread::Done& done : syncs_.TakeDone()) TellSynced(done);
}

void Accumulator::TellSynced(const SyncThread::Done& done) {
  const Queue& queue = *queues_.find(done.partition)->second;
  for (std::size_t i = 0; i < done.batches && !done.status.ok(); ++i) {
    if (queue.batches[i]->unsynced_end > 0) queue.batches[i]->delivery = done.status;
  }
  Acknowledge(done.partition, done.batches);
}

void Accumulator::Acknowledge(broker::PartitionBackend* partition, std::size_t count) {
  Queue& queue = *queues_.find(partition)->second;
  for (; count > 0; --count) {
    PendingBatch& batch = *queue.batches.front();
    // Before the callbacks, so that they find room for what they enqueue.
    buffered_ -= batch.builder.size();
    if (waiting_for_room_ > 0) room_.NotifyAll();
    mutex_.Unlock();
    batch.Tell(batch.delivery);
    mutex_.Lock();
    if (!batch.delivery.ok() && first_error_.ok()) first_error_ = batch.delivery.status();
    Recycle(std::move(queue.batches.front()));
    queue.batches.pop_front();
    --queue.in_hand;
    queue.asked_for -= std::min<std::size_t>(queue.asked_for, 1);
  }
  if (queue.batches.empty()) EraseQueue(partition);
  acknowledged_.NotifyAll();
}

// Whether the batch stays the next of its queue for another try. If it had its time, says so in its delivery.
bool Accumulator::TryAgainLater(PendingBatch& batch) {
  if (!IsRetriable(batch.delivery.status()) || aborting_) return false;
  const std::chrono::nanoseconds now = backend_->clock().Monotonic();
  if (now - batch.begun < options_.delivery_timeout) {
    batch.not_before = now + options_.retry_backoff;
    return true;
  }
  const auto reason = batch.delivery.status().message();
  batch.delivery =
      absl::Status(batch.delivery.status().code(),
                   fmt::format("given up after {} ms (delivery_timeout): {}", options_.delivery_timeout.count(),
                               std::string_view(reason.data(), reason.size())));
  return false;
}

void Accumulator::Recycle(std::unique_ptr<PendingBatch> batch) {
  constexpr std::size_t kMostSpare = 16;
  if (spare_.size() >= kMostSpare || batch->builder.size() > 2 * options_.batch_size) return;
  batch->partition.reset();
  batch->builder.Clear();
  batch->durability = Durability::kTopicDefault;
  batch->not_before = {};
  batch->full = false;
  batch->unsynced_end = 0;
  spare_.push_back(std::move(batch));
}

}  // namespace leat::client
