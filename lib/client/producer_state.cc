#include "client/producer_state.h"

#include <fmt/format.h>

#include <utility>

#include "client/append.h"
#include "client/claim_state.h"

namespace leat::client {
namespace {

absl::Status CheckOptions(const ProducerOptions& options) {
  const auto check = [](std::string_view name, std::int64_t value, std::int64_t least) {
    if (value >= least) return absl::OkStatus();
    return absl::InvalidArgumentError(fmt::format("{} is {}; it is {} or more", name, value, least));
  };
  constexpr std::size_t kMostBytes = 1 << 30;
  if (options.batch_size == 0 || options.batch_size > kMostBytes) {
    return absl::InvalidArgumentError(fmt::format("batch_size is {}; it is 1 to {}", options.batch_size, kMostBytes));
  }
  for (const absl::Status& checked :
       {check("linger", options.linger.count(), 0), check("max_block", options.max_block.count(), 0),
        check("delivery_timeout", options.delivery_timeout.count(), 0),
        check("retry_backoff", options.retry_backoff.count(), 0),
        CheckCompression({options.compression, options.compression_level})}) {
    if (!checked.ok()) return checked;
  }
  return absl::OkStatus();
}

// What is sent to a given partition may not ask for another one.
absl::Status CheckSamePartition(const broker::PartitionBackend& partition, const ProducerRecord& record) {
  if (!record.partition.has_value() || *record.partition == partition.id()) [[likely]]
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("a record that names partition {} was given to {}", *record.partition, NameOf(partition)));
}

}  // namespace

absl::StatusOr<Producer> ProducerState::Open(std::shared_ptr<broker::Backend> backend, ProducerOptions options) {
  if (absl::Status checked = CheckOptions(options); !checked.ok()) return checked;
  if (absl::Status usable = backend->Usable(); !usable.ok()) return usable;
  if (backend->read_only()) {
    return absl::PermissionDeniedError(
        fmt::format("{} was opened read-only: nothing can be sent", backend->folder()));
  }
  return Producer(std::make_shared<ProducerState>(std::move(backend), std::move(options)));
}

ProducerState::ProducerState(std::shared_ptr<broker::Backend> backend, ProducerOptions options)
    : backend_(std::move(backend)),
      clock_(backend_->clock()),
      compression_{options.compression, options.compression_level},
      chooser_(options.partitioning, options.partitioner, options.batch_size, backend_->random().Next()),
      accumulator_(std::make_shared<Accumulator>(backend_, options)) {}

ProducerState::~ProducerState() = default;

absl::StatusOr<Delivery> ProducerState::Send(const broker::TopicBackend& topic, const ProducerRecord& record,
                                             Durability durability) {
  const absl::StatusOr<PartitionId> chosen = chooser_.Choose(topic, record);
  if (!chosen.ok()) [[unlikely]]
    return chosen.status();
  return SendOne(*topic.partitions[static_cast<std::size_t>(*chosen)], record, durability);
}

absl::StatusOr<Delivery> ProducerState::Send(broker::PartitionBackend& partition, const ProducerRecord& record,
                                             Durability durability) {
  if (absl::Status same = CheckSamePartition(partition, record); !same.ok()) [[unlikely]]
    return same;
  return SendOne(partition, record, durability);
}

absl::StatusOr<Delivery> ProducerState::SendOne(broker::PartitionBackend& partition, const ProducerRecord& record,
                                                Durability durability) {
  BuilderCache::Lease builder = builders_.Take();
  const std::int64_t timestamp = TimestampOf(record, clock_);
  if (absl::Status added = AddRecord(partition, record, timestamp, clock_, *builder, compression_); !added.ok())
      [[unlikely]]
    return added;
  return AppendBatch(partition, *builder, durability, clock_, compression_);
}

absl::StatusOr<Delivery> ProducerState::Send(broker::PartitionBackend& partition,
                                             std::span<const ProducerRecord> records, Durability durability) {
  BuilderCache::Lease builder = builders_.Take();
  const std::int64_t now = clock_.WallMillisCoarse();
  for (const ProducerRecord& record : records) {
    if (absl::Status same = CheckSamePartition(partition, record); !same.ok()) [[unlikely]]
      return same;
    const std::int64_t timestamp = record.timestamp.has_value() ? record.timestamp->time_since_epoch().count() : now;
    if (absl::Status added = AddRecord(partition, record, timestamp, clock_, *builder, compression_); !added.ok())
        [[unlikely]]
      return added;
  }
  return AppendBatch(partition, *builder, durability, clock_, compression_);
}

absl::Status ProducerState::Enqueue(const broker::TopicBackend& topic, const ProducerRecord& record,
                                    DeliveryCallback callback, Durability durability) {
  const absl::StatusOr<PartitionId> chosen = chooser_.Choose(topic, record);
  if (!chosen.ok()) return chosen.status();
  return accumulator_->Enqueue(topic.partitions[static_cast<std::size_t>(*chosen)], record, std::move(callback),
                               durability);
}

absl::Status ProducerState::Enqueue(const std::shared_ptr<broker::PartitionBackend>& partition,
                                    const ProducerRecord& record, DeliveryCallback callback, Durability durability) {
  if (absl::Status same = CheckSamePartition(*partition, record); !same.ok()) return same;
  return accumulator_->Enqueue(partition, record, std::move(callback), durability);
}

absl::StatusOr<leat::Claim> ProducerState::Claim(const broker::TopicBackend& topic, std::size_t value_size,
                                                 const ProducerRecord& record) {
  const absl::StatusOr<PartitionId> chosen = chooser_.Choose(topic, record);
  if (!chosen.ok()) return chosen.status();
  return ClaimState::Make(shared_from_this(), topic.partitions[static_cast<std::size_t>(*chosen)], value_size,
                          record);
}

absl::StatusOr<leat::Claim> ProducerState::Claim(const std::shared_ptr<broker::PartitionBackend>& partition,
                                                 std::size_t value_size, const ProducerRecord& record) {
  if (absl::Status same = CheckSamePartition(*partition, record); !same.ok()) return same;
  return ClaimState::Make(shared_from_this(), partition, value_size, record);
}

absl::Status ProducerState::Flush() { return accumulator_->Flush(); }

absl::Status ProducerState::Close(std::chrono::nanoseconds timeout) {
  absl::Status closed = accumulator_->Close(timeout);
  // A refused Close closes nothing.
  if (!absl::IsFailedPrecondition(closed)) closed_.store(true, std::memory_order_relaxed);
  return closed;
}

void ProducerState::Drop() {
  closed_.store(true, std::memory_order_relaxed);
  accumulator_->Drop();
}

}  // namespace leat::client
