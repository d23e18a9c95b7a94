#include "client/append.h"

#include <fmt/format.h>
#include <leat/compression.h>

#include <string>
#include <string_view>
#include <vector>

#include "client/keys.h"
#include "client/timestamps.h"
#include "record/compress.h"
#include "record/expand.h"
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

absl::Status CheckStoredSize(const broker::PartitionBackend& partition, std::size_t size, std::string_view what) {
  const auto limit = static_cast<std::size_t>(partition.topic_options().max_message_bytes);
  if (size <= limit) [[likely]]
    return absl::OkStatus();
  return Refused(partition, absl::InvalidArgumentError(fmt::format(
                                "{}: a batch of {} bytes{} is larger than the topic's max_message_bytes of {}; "
                                "send less at once, or raise it (Broker::AlterTopic)",
                                NameOf(partition), size, what, limit)));
}

// So that nothing is written that no reader takes.
absl::Status CheckExpansion(const broker::PartitionBackend& partition, std::size_t size,
                            std::size_t compressed_size) {
  const std::size_t records = size - batch_layout::kHeaderSize;
  const std::size_t limit = ExpandedSizeLimit(compressed_size - batch_layout::kHeaderSize);
  if (records <= limit) return absl::OkStatus();
  return Refused(partition, absl::InvalidArgumentError(fmt::format(
                                "{}: records of {} bytes that are compressed to {} are taken for a bomb when they "
                                "are read, where more than "
                                "{} bytes are not decompressed; send fewer at once",
                                NameOf(partition), records, compressed_size - batch_layout::kHeaderSize, limit)));
}

// Checks every byte, and returns the first record's timestamp delta. The smallest offset deltas, without which the log's
// offsets would have gaps, are asked for: producers write no others.
absl::StatusOr<std::int64_t> CheckForeignBatch(const broker::PartitionBackend& partition,
                                               std::span<const std::byte> batch, const base::Clock& clock) {
  if (batch.empty()) {
    return Refused(partition, absl::InvalidArgumentError(fmt::format("{}: the batch is empty", NameOf(partition))));
  }
  BatchVerdict verdict = record::ValidateBatch(batch, record::OffsetDeltas::kDense);
  BatchView readable(batch);
  std::optional<record::IdleStore<record::ByteBuffer>::Lease> expanded;
  if (verdict == BatchVerdict::kCompressed) {
    record::ByteBuffer& buffer = *expanded.emplace(record::IdleBuffers());
    buffer.Clear();
    verdict = record::ExpandBatch(BatchView(batch), record::OffsetDeltas::kDense, buffer);
    readable = BatchView(buffer.bytes());
  }
  if (verdict != BatchVerdict::kOk) return Refused(partition, record::AppendError(verdict));
  if (const std::size_t size = BatchView(batch).size_bytes(); size != batch.size()) {
    return Refused(partition, absl::InvalidArgumentError(
                                  fmt::format("{}: {} bytes follow the batch of {}; append one batch at a time",
                                              NameOf(partition), batch.size() - size, size)));
  }
  // Its base timestamp would be taken for when its tombstones may go: at once, most often.
  if (BatchView(batch).has_delete_horizon()) {
    return Refused(partition,
                   absl::InvalidArgumentError(fmt::format(
                       "{}: the batch says when its tombstones may go (bit 6 of its attributes), which is for "
                       "compaction to say; encode it without that",
                       NameOf(partition))));
  }
  if (absl::Status size = CheckStoredSize(partition, batch.size(), ""); !size.ok()) return size;
  if (absl::Status time = CheckHeaderTime(partition, readable); !time.ok()) return time;
  if (absl::Status times = CheckTimestamps(partition, readable, clock); !times.ok()) return times;
  if (absl::Status keys = CheckKeys(partition, readable); !keys.ok()) return keys;
  RecordReader first(readable);
  return first.Next() ? first.record().timestamp_delta : 0;
}

absl::StatusOr<Delivery> AppendCompressed(broker::PartitionBackend& partition, std::span<const std::byte> sealed,
                                          const Compressing& how, Durability durability, std::int64_t timestamp,
                                          Offset* unsynced_end) {
  const record::IdleStore<record::ByteBuffer>::Lease buffer(record::IdleBuffers());
  const std::span<const std::byte> batch = record::CompressBatch(sealed, how.codec, how.level, *buffer);
  partition.CountCompression(sealed.size(), batch.size());
  if (absl::Status size = CheckStoredSize(partition, batch.size(), ", compressed,"); !size.ok()) return size;
  if (absl::Status size = CheckExpansion(partition, sealed.size(), batch.size()); !size.ok()) return size;
  return Append(partition, batch, durability, timestamp, unsynced_end);
}

}  // namespace

absl::Status Refused(const broker::PartitionBackend& partition, absl::Status why) {
  partition.CountRefusal(why);
  return why;
}

std::string NameOf(const broker::PartitionBackend& partition) {
  return fmt::format("{}-{}", partition.topic(), partition.id());
}

Compressing WantedCompression::In(const TopicOptions& topic) const {
  const Compression chosen = codec.has_value() ? *codec : topic.compression.value_or(Compression::kNone);
  switch (chosen) {
    case Compression::kGzip:
      return {chosen, level.value_or(topic.compression_gzip_level)};
    case Compression::kLz4:
      return {chosen, level.value_or(topic.compression_lz4_level)};
    case Compression::kZstd:
      return {chosen, level.value_or(topic.compression_zstd_level)};
    default:
      return {chosen, 0};
  }
}

absl::Status CheckCompression(const WantedCompression& wanted) {
  if (!wanted.level.has_value()) return absl::OkStatus();
  const auto check = [&](std::string_view codec, std::int32_t first, std::int32_t last, std::int32_t also) {
    if ((*wanted.level >= first && *wanted.level <= last) || *wanted.level == also) return absl::OkStatus();
    return absl::InvalidArgumentError(
        fmt::format("compression_level is {}; for {} it is {} to {}", *wanted.level, codec, first, last));
  };
  switch (wanted.codec.value_or(Compression::kNone)) {
    case Compression::kGzip:
      return check("gzip", 1, 9, -1);
    case Compression::kLz4:
      return check("lz4", 1, 17, 9);
    case Compression::kZstd:
      return check("zstd", -131072, 22, 3);
    default:
      return absl::InvalidArgumentError(
          "compression_level is set; it needs a compression that has levels, set beside it");
  }
}

absl::Status CheckBatchSize(const broker::PartitionBackend& partition, std::size_t size,
                            const WantedCompression& wanted) {
  if (size <= static_cast<std::size_t>(partition.topic_options().max_message_bytes)) [[likely]]
    return absl::OkStatus();
  if (wanted.In(partition.topic_options()).codec == Codec::kNone) return CheckStoredSize(partition, size, "");
  const auto largest = static_cast<std::size_t>(partition.topic_options().max_message_bytes);
  const std::size_t limit = batch_layout::kHeaderSize + ExpandedSizeLimit(largest);
  if (size <= limit) return absl::OkStatus();
  return Refused(partition, absl::InvalidArgumentError(fmt::format(
                                "{}: a batch of {} bytes is larger than any that can be compressed to the topic's "
                                "max_message_bytes of {} and still be "
                                "read ({}); send less at once, or raise it (Broker::AlterTopic)",
                                NameOf(partition), size, largest, limit)));
}

absl::Status RecordTooLarge(const broker::PartitionBackend& partition, std::size_t key_size, std::size_t value_size) {
  return Refused(
      partition,
      absl::InvalidArgumentError(fmt::format(
          "{}: a record with a key of {} bytes and a value of {} is larger than a batch may be (2 GiB); the topic's "
          "max_message_bytes is {}",
          NameOf(partition), key_size, value_size, partition.topic_options().max_message_bytes)));
}

absl::Status AddRecord(const broker::PartitionBackend& partition, const ProducerRecord& record,
                       std::int64_t timestamp, const base::Clock& clock, BatchBuilder& builder,
                       const WantedCompression& wanted) {
  if (absl::Status time = CheckTimestamp(partition, record, clock); !time.ok()) [[unlikely]]
    return time;
  if (absl::Status key = CheckKey(partition, record.key); !key.ok()) [[unlikely]]
    return key;
  if (!builder.Append(record.key, record.value, record.headers, timestamp)) [[unlikely]] {
    return RecordTooLarge(partition, record.key.size(), record.value.size());
  }
  const auto limit = static_cast<std::size_t>(partition.topic_options().max_message_bytes);
  if (builder.size() <= limit) [[likely]]
    return absl::OkStatus();
  absl::Status status = CheckBatchSize(partition, builder.size(), wanted);
  if (!status.ok()) builder.Undo();
  return status;
}

absl::StatusOr<Delivery> AppendBatch(broker::PartitionBackend& partition, BatchBuilder& builder,
                                     Durability durability, const base::Clock& clock, const WantedCompression& wanted,
                                     Offset* unsynced_end) {
  if (builder.empty()) return absl::InvalidArgumentError(fmt::format("{}: no records to append", NameOf(partition)));
  if (builder.size() > static_cast<std::size_t>(partition.topic_options().max_message_bytes)) [[unlikely]] {
    if (absl::Status size = CheckBatchSize(partition, builder.size(), wanted); !size.ok()) return size;
  }
  const std::optional<std::int64_t> append_timestamp = AppendTimestamp(partition, clock);
  const std::span<const std::byte> batch = builder.Seal({.append_timestamp = append_timestamp});
  const std::int64_t timestamp = append_timestamp.value_or(builder.base_timestamp());
  if (const Compressing how = wanted.In(partition.topic_options()); how.codec != Codec::kNone) [[unlikely]]
    return AppendCompressed(partition, batch, how, durability, timestamp, unsynced_end);
  return Append(partition, batch, durability, timestamp, unsynced_end);
}

absl::StatusOr<Delivery> AppendForeignBatch(broker::PartitionBackend& partition, std::span<const std::byte> batch,
                                            Durability durability, const base::Clock& clock) {
  const absl::StatusOr<std::int64_t> first_delta = CheckForeignBatch(partition, batch, clock);
  if (!first_delta.ok()) return first_delta.status();
  const std::optional<std::int64_t> append_timestamp = AppendTimestamp(partition, clock);
  if (append_timestamp.has_value()) {
    std::vector<std::byte> stamped(batch.begin(), batch.end());
    StampAppendTime(stamped, *append_timestamp);
    return Append(partition, stamped, durability, *append_timestamp);
  }
  return Append(partition, batch, durability, BatchView(batch).base_timestamp() + *first_delta);
}

}  // namespace leat::client
