#include "client/append.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "record/validate.h"

namespace leat::client {
namespace {

// Topics with log-append time take the appender's clock for all records of a batch.
std::optional<std::int64_t> AppendTimestamp(const broker::PartitionBackend& partition, const base::Clock& clock) {
  if (partition.topic_options().timestamp_type == TimestampType::kCreateTime) [[likely]]
    return std::nullopt;
  return clock.WallMillisCoarse();
}

absl::StatusOr<Delivery> Append(broker::PartitionBackend& partition, std::span<const std::byte> batch,
                                Durability durability, std::int64_t timestamp, Offset* unsynced_end = nullptr) {
  const absl::StatusOr<broker::Appended> appended = unsynced_end == nullptr
                                                        ? partition.Append(batch, durability)
                                                        : partition.AppendUnsynced(batch, durability, unsynced_end);
  if (!appended.ok()) [[unlikely]]
    return appended.status();
  return Delivery{.partition = partition.id(),
                  .offset = appended->base_offset,
                  .timestamp = Timestamp(std::chrono::milliseconds(timestamp)),
                  .leader_epoch = appended->leader_epoch};
}

// What a log says of somebody else's batch is not said of this one: it is written by the log, as the topic wants it.
void StampAppendTime(std::span<std::byte> batch, std::int64_t timestamp) {
  const auto attributes = BatchView(batch).attributes();
  StoreBig16(batch.data() + batch_layout::kAttributes, attributes | batch_layout::kLogAppendTimeBit);
  StoreBig64(batch.data() + batch_layout::kMaxTimestamp, static_cast<std::uint64_t>(timestamp));
  StoreBig32(batch.data() + batch_layout::kCrc, Crc32c(batch.subspan(batch_layout::kCrcBegin)));
}

// The smallest offset deltas, without which the log's offsets would have gaps, are asked for: producers write no
// others.
absl::Status CheckForeignBatch(const broker::PartitionBackend& partition, std::span<const std::byte> batch) {
  if (batch.empty()) return absl::InvalidArgumentError(fmt::format("{}: the batch is empty", NameOf(partition)));
  const BatchVerdict verdict = record::ValidateBatch(batch, record::OffsetDeltas::kDense);
  if (verdict != BatchVerdict::kOk) return record::AppendError(verdict);
  if (const std::size_t size = BatchView(batch).size_bytes(); size != batch.size()) {
    return absl::InvalidArgumentError(fmt::format("{}: {} bytes follow the batch of {}; append one batch at a time",
                                                  NameOf(partition), batch.size() - size, size));
  }
  return CheckBatchSize(partition, batch.size());
}

}  // namespace

std::string NameOf(const broker::PartitionBackend& partition) {
  return fmt::format("{}-{}", partition.topic(), partition.id());
}

absl::Status CheckBatchSize(const broker::PartitionBackend& partition, std::size_t size) {
  const auto limit = static_cast<std::size_t>(partition.topic_options().max_message_bytes);
  if (size <= limit) [[likely]]
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: a batch of {} bytes is larger than the topic's max_message_bytes of {}; "
                  "send less at once, or raise it (Broker::AlterTopic)",
                  NameOf(partition), size, limit));
}

absl::Status RecordTooLarge(const broker::PartitionBackend& partition, std::size_t key_size, std::size_t value_size) {
  return absl::InvalidArgumentError(fmt::format(
      "{}: a record with a key of {} bytes and a value of {} is larger than a batch may be (2 GiB); the topic's "
      "max_message_bytes is {}",
      NameOf(partition), key_size, value_size, partition.topic_options().max_message_bytes));
}

absl::Status AddRecord(const broker::PartitionBackend& partition, const ProducerRecord& record,
                       std::int64_t timestamp, BatchBuilder& builder) {
  if (!builder.Append(record.key, record.value, record.headers, timestamp)) [[unlikely]] {
    return RecordTooLarge(partition, record.key.size(), record.value.size());
  }
  const auto limit = static_cast<std::size_t>(partition.topic_options().max_message_bytes);
  if (builder.size() <= limit) [[likely]]
    return absl::OkStatus();
  absl::Status status = CheckBatchSize(partition, builder.size());
  builder.Undo();
  return status;
}

absl::StatusOr<Delivery> AppendBatch(broker::PartitionBackend& partition, BatchBuilder& builder,
                                     Durability durability, const base::Clock& clock, Offset* unsynced_end) {
  if (builder.empty()) return absl::InvalidArgumentError(fmt::format("{}: no records to append", NameOf(partition)));
  if (absl::Status size = CheckBatchSize(partition, builder.size()); !size.ok()) return size;
  const std::optional<std::int64_t> append_timestamp = AppendTimestamp(partition, clock);
  const std::span<const std::byte> batch = builder.Seal({.append_timestamp = append_timestamp});
  return Append(partition, batch, durability, append_timestamp.value_or(builder.base_timestamp()), unsynced_end);
}

absl::StatusOr<Delivery> AppendForeignBatch(broker::PartitionBackend& partition, std::span<const std::byte> batch,
                                            Durability durability, const base::Clock& clock) {
  if (absl::Status checked = CheckForeignBatch(partition, batch); !checked.ok()) return checked;
  const std::optional<std::int64_t> append_timestamp = AppendTimestamp(partition, clock);
  if (append_timestamp.has_value()) {
    std::vector<std::byte> stamped(batch.begin(), batch.end());
    StampAppendTime(stamped, *append_timestamp);
    return Append(partition, stamped, durability, *append_timestamp);
  }
  RecordReader first{BatchView(batch)};
  const std::int64_t delta = first.Next() ? first.record().timestamp_delta : 0;
  return Append(partition, batch, durability, BatchView(batch).base_timestamp() + delta);
}

}  // namespace leat::client
