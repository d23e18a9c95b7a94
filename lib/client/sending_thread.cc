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

}  // namespace

void Accumulator::Run() {
  sender_id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  std::vector<broker::PartitionBackend*> due;
  const base::MutexLock lock(mutex_);
  for (;;) {
    const std::chrono::nanoseconds next = CollectDue(due);
    if (!due.empty()) {
      for (broker::PartitionBackend* partition : due) SendFront(partition);
    } else if (closing_ && queues_.empty()) {
      return;
    } else {
      Sleep(next);
    }
  }
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

// Of its front batch.
std::chrono::nanoseconds Accumulator::DueTime(const Queue& queue) const {
  const PendingBatch& front = *queue.batches.front();
  const bool lingers = !front.full && queue.batches.size() == 1 && front.sequence > flushed_sequence_ && !closing_ &&
                       waiting_for_room_ == 0;
  return std::max(front.not_before, lingers ? front.begun + options_.linger : std::chrono::nanoseconds::zero());
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

void Accumulator::SendFront(broker::PartitionBackend* partition) {
  // A Close may have taken it meanwhile.
  const auto found = queues_.find(partition);
  if (found == queues_.end()) return;
  Queue& queue = *found->second;
  PendingBatch& batch = *queue.batches.front();
  queue.sending = true;
  mutex_.Unlock();
  absl::StatusOr<Delivery> delivery = AppendBatch(*partition, batch.builder, batch.durability, backend_->clock());
  mutex_.Lock();
  if (!delivery.ok() && TryAgainLater(batch, delivery)) {
    queue.sending = false;
    return;
  }
  // Before the callbacks, so that they find room for what they enqueue.
  buffered_ -= batch.builder.size();
  if (waiting_for_room_ > 0) room_.NotifyAll();
  mutex_.Unlock();
  batch.Tell(delivery);
  mutex_.Lock();
  if (!delivery.ok() && first_error_.ok()) first_error_ = delivery.status();
  Recycle(std::move(queue.batches.front()));
  queue.batches.pop_front();
  queue.sending = false;
  if (queue.batches.empty()) queues_.erase(partition);
  acknowledged_.NotifyAll();
}

// Whether the batch stays at the front of its queue for another try. If it had its time, says so in `delivery`.
bool Accumulator::TryAgainLater(PendingBatch& batch, absl::StatusOr<Delivery>& delivery) {
  if (!IsRetriable(delivery.status()) || aborting_) return false;
  const std::chrono::nanoseconds now = backend_->clock().Monotonic();
  if (now - batch.begun < options_.delivery_timeout) {
    batch.not_before = now + options_.retry_backoff;
    return true;
  }
  const auto reason = delivery.status().message();
  delivery = absl::Status(delivery.status().code(), fmt::format("given up after {} ms (delivery_timeout): {}",
                                                                options_.delivery_timeout.count(),
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
  spare_.push_back(std::move(batch));
}

}  // namespace leat::client
