// One batch on its way from a builder into a partition: the road that Send, Claim, Enqueue and Partition::Append
// share.
#ifndef LEAT_CLIENT_APPEND_H_
#define LEAT_CLIENT_APPEND_H_

#include <leat/batch.h>
#include <leat/delivery.h>
#include <leat/record.h>
#include <leat/types.h>

#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "broker/backend.h"

namespace leat::client {

// The record's own time, or now.
inline std::int64_t TimestampOf(const ProducerRecord& record, const base::Clock& clock) {
  return record.timestamp.has_value() ? record.timestamp->time_since_epoch().count() : clock.WallMillisCoarse();
}

// How a batch on its way is compressed.
struct Compressing {
  Codec codec = Codec::kNone;
  std::int32_t level = 0;
};

// What a producer asks for; what it does not is up to the topic.
struct WantedCompression {
  std::optional<Compression> codec = {};
  std::optional<std::int32_t> level = {};

  Compressing In(const TopicOptions& topic) const;
};

// kInvalidArgument when the level is none that the codec has.
absl::Status CheckCompression(const WantedCompression& wanted);

// "topic-3", to begin an error with.
// `why`, which the partition's metrics count from here on, too.
absl::Status Refused(const broker::PartitionBackend& partition, absl::Status why);

std::string NameOf(const broker::PartitionBackend& partition);

// kInvalidArgument, with both sizes, when the partition takes no batch that is `size` bytes, header and all, before it is
// compressed. Of one that is to be compressed, only that a reader would not take it: how small it becomes is seen then.
absl::Status CheckBatchSize(const broker::PartitionBackend& partition, std::size_t size,
                            const WantedCompression& wanted = {});

// The error of a record that is larger than the format can say.
absl::Status RecordTooLarge(const broker::PartitionBackend& partition, std::size_t key_size, std::size_t value_size);

// Adds `record` to `builder` as one that goes to `partition`: kInvalidArgument when the topic refuses its time, or when it
// is too large for the partition, alone or with what is in the builder; then the builder is as before.
absl::Status AddRecord(const broker::PartitionBackend& partition, const ProducerRecord& record,
                       std::int64_t timestamp, const base::Clock& clock, BatchBuilder& builder,
                       const WantedCompression& wanted = {});

// Seals what is in `builder` as the partition's topic and the producer want it, compresses it, and appends it. The Delivery is the first record's.
// The builder keeps its records. Errors as Producer::Send. With `unsynced_end` it does not wait for the disk: if that is
// not 0 afterwards, the batch is acknowledged when PartitionBackend::AwaitSync of it has returned.
absl::StatusOr<Delivery> AppendBatch(broker::PartitionBackend& partition, BatchBuilder& builder,
                                     Durability durability, const base::Clock& clock,
                                     const WantedCompression& wanted = {}, Offset* unsynced_end = nullptr);

// The same for a batch that somebody else has encoded, after a check of every byte of it; it is appended as it is.
absl::StatusOr<Delivery> AppendForeignBatch(broker::PartitionBackend& partition, std::span<const std::byte> batch,
                                            Durability durability, const base::Clock& clock);

}  // namespace leat::client

#endif  // LEAT_CLIENT_APPEND_H_
