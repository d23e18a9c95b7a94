#include <leat/partition.h>

#include <array>
#include <utility>

#include "broker/backend.h"
#include "client/append.h"
#include "client/backward_reader.h"
#include "client/deadline.h"
#include "client/keys.h"
#include "client/offset_at_time.h"
#include "client/records_builder.h"
#include "client/timestamps.h"

namespace leat {
inline namespace v1 {
namespace {

absl::Status Usable(const broker::Backend* backend) {
  if (backend == nullptr) return absl::FailedPreconditionError("this Partition has been moved from");
  return backend->Usable();
}

}  // namespace

Partition::Partition(std::shared_ptr<broker::Backend> backend, std::shared_ptr<broker::PartitionBackend> partition)
    : backend_(std::move(backend)), partition_(std::move(partition)) {}

const std::string& Partition::topic() const {
  static const auto* const none = new std::string;
  return partition_ != nullptr ? partition_->topic() : *none;
}

PartitionId Partition::id() const { return partition_ != nullptr ? partition_->id() : -1; }

absl::StatusOr<Delivery> Partition::Append(BatchBuilder& batch, Durability durability) {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  if (absl::Status times = client::CheckTimestamps(*partition_, batch, backend_->clock()); !times.ok()) return times;
  if (absl::Status keys = client::CheckKeys(*partition_, batch); !keys.ok()) return keys;
  absl::StatusOr<Delivery> delivery = client::AppendBatch(*partition_, batch, durability, backend_->clock());
  if (delivery.ok()) batch.Clear();
  return delivery;
}

absl::StatusOr<Delivery> Partition::Append(std::span<const std::byte> batch, Durability durability) {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  return client::AppendForeignBatch(*partition_, batch, durability, backend_->clock());
}

ConsumerRecords Partition::Read(Offset offset, std::size_t max_bytes) {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return ConsumerRecords(std::move(usable));
  auto name = std::make_shared<const TopicPartition>(TopicPartition{partition_->topic(), partition_->id()});
  auto cursor = partition_->OpenCursor(offset);
  if (!cursor.ok()) return ConsumerRecords(cursor.status(), std::move(name));
  ConsumerRecords records;
  // A piece may hold nothing but control batches, which are no records: on to the next one.
  while (records.empty()) {
    auto batches = (*cursor)->Fetch(max_bytes);
    if (!batches.ok()) return ConsumerRecords(batches.status(), std::move(name));
    if (batches->bytes.empty()) return ConsumerRecords();
    records = ConsumerRecords();
    // Without a filter and a limit, nothing is looked at that could be malformed.
    (void)client::RecordsBuilder(records, nullptr, 0).Add(name, *batches);
  }
  return records;
}

BackwardRecords Partition::ReadBackwards(Offset before, std::size_t max_bytes) {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok())
    return client::BackwardReader::Failed(std::move(usable));
  auto name = std::make_shared<const TopicPartition>(TopicPartition{partition_->topic(), partition_->id()});
  return client::BackwardReader(*partition_, std::move(name)).Read(before, max_bytes);
}

absl::StatusOr<Offset> Partition::StartOfLast(std::int64_t count) const {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  return client::StartOfLast(*partition_, offsets->high_watermark, count);
}

absl::StatusOr<Offset> Partition::log_start() const {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  return offsets->log_start;
}

absl::StatusOr<Offset> Partition::high_watermark() const {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  return offsets->high_watermark;
}

absl::StatusOr<Offset> Partition::end() const {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  return offsets->end;
}

absl::StatusOr<std::optional<Offset>> Partition::OffsetForTime(Timestamp time) const {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> found = partition_->OffsetForTime(time);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<Offset>();
  return std::optional<Offset>((*found)->offset);
}

absl::StatusOr<std::optional<OffsetAndTimestamp>> Partition::MaxTimestamp() const {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> found = partition_->MaxTimestamp();
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<OffsetAndTimestamp>();
  return std::optional<OffsetAndTimestamp>({.offset = (*found)->offset, .timestamp = (*found)->timestamp});
}

absl::StatusOr<Offset> Partition::Trim(Offset before) {
  constexpr Offset kHighWatermark = -1;
  if (before == kHighWatermark) {
    const absl::StatusOr<Offset> watermark = high_watermark();
    if (!watermark.ok()) return watermark.status();
    before = *watermark;
  }
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  return partition_->RaiseLogStart(before);
}

absl::StatusOr<Offset> Partition::Trim(Timestamp before) {
  if (absl::Status usable = Usable(backend_.get()); !usable.ok()) return usable;
  const absl::StatusOr<Offset> place = client::OffsetAtTime(*partition_, before);
  if (!place.ok()) return place.status();
  return partition_->RaiseLogStart(*place);
}

absl::StatusOr<bool> Partition::Wait(Offset offset, std::chrono::nanoseconds timeout) const {
  absl::StatusOr<Offset> high_watermark = this->high_watermark();
  if (!high_watermark.ok()) return high_watermark.status();
  if (*high_watermark > offset) return true;
  if (timeout <= std::chrono::nanoseconds::zero()) return false;

  auto cursor = partition_->OpenCursor(offset);
  if (!cursor.ok()) return cursor.status();
  const std::unique_ptr<broker::Waiter> waiter = backend_->MakeWaiter();
  const std::array watched = {broker::Watched{partition_.get(), cursor->get()}};
  const base::Clock& clock = backend_->clock();
  const client::Deadline deadline(clock, timeout);
  for (auto left = deadline.Left(); left > std::chrono::nanoseconds::zero(); left = deadline.Left()) {
    waiter->Wait(watched, std::min(left, client::kLongestWait));
    high_watermark = this->high_watermark();
    if (!high_watermark.ok()) return high_watermark.status();
    if (*high_watermark > offset) return true;
  }
  return false;
}

}  // namespace v1
}  // namespace leat
