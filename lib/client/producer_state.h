// What is behind a Producer: how records find their partition and go there one at a time. The accumulator sends those
// that were enqueued.
#ifndef LEAT_CLIENT_PRODUCER_STATE_H_
#define LEAT_CLIENT_PRODUCER_STATE_H_

#include <leat/producer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "client/accumulator.h"
#include "client/append.h"
#include "client/builder_cache.h"
#include "client/partition_chooser.h"
#include "client/topic_cache.h"

namespace leat::client {

// Threads: safe from all threads. Contracts: Producer's functions of these names.
class ProducerState : public std::enable_shared_from_this<ProducerState> {
 public:
  // A Producer over any backend.
  static absl::StatusOr<Producer> Open(std::shared_ptr<broker::Backend> backend, ProducerOptions options);

  ProducerState(std::shared_ptr<broker::Backend> backend, ProducerOptions options);
  ~ProducerState();

  absl::Status Usable() const {
    absl::Status open = CheckOpen();
    return open.ok() ? backend_->Usable() : open;
  }
  // Of Usable, what the backend does not tell by itself when it is asked for something.
  absl::Status CheckOpen() const {
    if (closed_.load(std::memory_order_relaxed)) [[unlikely]]
      return absl::FailedPreconditionError("the producer has been closed");
    return absl::OkStatus();
  }
  const broker::Backend& backend() const { return *backend_; }

  // The topic of that name as it is now.
  absl::StatusOr<std::shared_ptr<const broker::TopicBackend>> FindTopic(std::string_view name) {
    return topics_.Find(*backend_, name);
  }

  absl::StatusOr<Delivery> Send(const broker::TopicBackend& topic, const ProducerRecord& record,
                                Durability durability);
  absl::StatusOr<Delivery> Send(broker::PartitionBackend& partition, const ProducerRecord& record,
                                Durability durability);
  std::vector<BatchDelivery> Send(const broker::TopicBackend& topic, std::span<const ProducerRecord> records,
                                  Durability durability);
  absl::StatusOr<Delivery> Send(broker::PartitionBackend& partition, std::span<const ProducerRecord> records,
                                Durability durability);

  absl::Status Enqueue(const broker::TopicBackend& topic, const ProducerRecord& record, DeliveryCallback callback,
                       Durability durability);
  absl::Status Enqueue(const std::shared_ptr<broker::PartitionBackend>& partition, const ProducerRecord& record,
                       DeliveryCallback callback, Durability durability);

  absl::StatusOr<leat::Claim> Claim(const broker::TopicBackend& topic, std::size_t value_size,
                                    const ProducerRecord& record);
  absl::StatusOr<leat::Claim> Claim(const std::shared_ptr<broker::PartitionBackend>& partition,
                                    std::size_t value_size, const ProducerRecord& record);

  absl::Status Flush();
  absl::Status Close(std::chrono::nanoseconds timeout);
  // For the last handle's destructor: as Close, but also from a callback, and without an answer.
  void Drop();
  std::int64_t dropped() const { return accumulator_->dropped(); }

 private:
  friend class ClaimState;

  absl::StatusOr<Delivery> SendOne(broker::PartitionBackend& partition, const ProducerRecord& record,
                                   Durability durability);

  const std::shared_ptr<broker::Backend> backend_;
  const base::Clock& clock_;  // the backend's
  const WantedCompression compression_;
  PartitionChooser chooser_;
  BuilderCache builders_;
  TopicCache topics_;
  // Shared with the sending thread, which may have an append to finish when all else is gone.
  const std::shared_ptr<Accumulator> accumulator_;
  std::atomic<bool> closed_{false};
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_PRODUCER_STATE_H_
