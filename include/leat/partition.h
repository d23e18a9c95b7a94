// One partition of a topic, and the direct road to its log.
#ifndef LEAT_PARTITION_H_
#define LEAT_PARTITION_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <leat/backward_records.h>
#include <leat/batch.h>
#include <leat/consumer_records.h>
#include <leat/delivery.h>
#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace broker {
class Backend;
class PartitionBackend;
}  // namespace broker
inline namespace v1 {

// A record's place in its partition, and its time.
struct OffsetAndTimestamp {
  Offset offset = 0;      // its place
  Timestamp timestamp{};  // in milliseconds

  friend bool operator==(const OffsetAndTimestamp&, const OffsetAndTimestamp&) = default;
};

// A resolved handle of one partition: what Producer and Consumer are built on, for those who batch or read by
// themselves.
//
// Order: offsets count from 0, one a record, without gaps; every reader sees the same order. log_start() <=
// high_watermark() <= end(); readers see what is below the high watermark.
// Threads: safe from all threads. Lifetime: copies share; keeps the broker's folder open in this process.
class Partition {
 public:
  // The name of its topic, and its number there.
  const std::string& topic() const;
  PartitionId id() const;

  // Seals `batch`, compresses it as the topic's settings say, appends it as one, and empties it for reuse. Contract and
  // errors as Producer::Send; kInvalidArgument when it is empty.
  absl::StatusOr<Delivery> Append(BatchBuilder& batch, Durability durability = Durability::kTopicDefault);

  // Appends one encoded RecordBatch v2 (Kafka's bytes, from a file or a wire). It is checked whole first, also when it is
  // compressed: kInvalidArgument names what is wrong. It stays as it is, compressed or not, whatever the topic's
  // settings; base offset and leader epoch are the log's to fill in, in a topic with log-append time the timestamps too.
  absl::StatusOr<Delivery> Append(std::span<const std::byte> batch,
                                  Durability durability = Durability::kTopicDefault);

  // The records from `offset` on, as far as there are any now, up to about `max_bytes` (whole batches, at least one;
  // compressed ones count as what they are when decompressed).
  // An empty result with an OK status: `offset` is the high watermark. Never waits. The status:
  //   kOutOfRange   below log_start() or above high_watermark()
  //   kDataLoss     damage at `offset`, or a batch that expands too much (leat/compression.h); names file and byte
  //   kNotFound     the topic has been deleted
  // Each call looks the place up anew; who reads on and on uses a Consumer.
  [[nodiscard]] ConsumerRecords Read(Offset offset, std::size_t max_bytes = 1 << 20);

  // The nearest records before `before`, the newest first: of about `max_bytes` of the log (whole batches, at least one; of
  // the first of them, the records before `before`). An empty result with an OK status: there are none. Never waits. Each call
  // reads forwards from the nearest place that an index knows, so it walks over a few KiB more than it returns. The status:
  //   kOutOfRange   `before` is above high_watermark(), or negative
  //   kDataLoss     damage in the batch before `before`; names file and byte. A lower `before` leads past it
  //   kNotFound     the topic has been deleted
  BackwardRecords ReadBackwards(Offset before, std::size_t max_bytes = 1 << 20);

  // Where to Read from to get the last `count` records there are now, or all if there are fewer. After compaction, that is
  // further back than `count` offsets. Reads all of these records. Errors as ReadBackwards.
  absl::StatusOr<Offset> StartOfLast(std::int64_t count) const;

  // The oldest offset that can be read; the offset below which all can be read; one past the last record appended.
  absl::StatusOr<Offset> log_start() const;
  absl::StatusOr<Offset> high_watermark() const;
  absl::StatusOr<Offset> end() const;

  // The first record whose timestamp is at or after `time`: its offset, nullopt when there is none.
  absl::StatusOr<std::optional<Offset>> OffsetForTime(Timestamp time) const;

  // The record with the greatest timestamp (Kafka's OffsetSpec.maxTimestamp), the first one of several: not the last record
  // where create times are not in order. nullopt when there is no record.
  //   kDataLoss   damage where it has to be looked for; names file and byte
  //   kNotFound   the topic has been deleted
  // This and OffsetForTime look once, for each open partition, into the time index of every segment that may matter; from
  // then on, into one or two of them, however many there are.
  absl::StatusOr<std::optional<OffsetAndTimestamp>> MaxTimestamp() const;

  // Deletes the records before `before` (Kafka's DeleteRecords), for all processes: the log begins with exactly that offset
  // from then on, and its disk space is given back by whole segments, as far as no segment is still written to. -1 stands
  // for the high watermark. Returns where the log begins now: further on, if it did so already; it never goes back. When it
  // returns, that is so after a power loss, too, whatever the topic's durability. Records that are in somebody's hands stay
  // readable until dropped; a consumer that was not so far is told what it missed. Waits for one sync.
  //   kOutOfRange          above the high watermark, or below -1; nothing is deleted
  //   kFailedPrecondition  the topic is only compacted, so it keeps every key's last value
  //   kNotFound            the topic has been deleted
  //   kDataLoss            the partition is read-only: damaged, or a sync failed, now or before
  //   kResourceExhausted   the disk has no room for a few bytes; nothing is deleted
  //   kPermissionDenied    the broker is read-only
  //   kUnavailable         a stopped or stuck process has been at it for max_block; names it
  // After other errors, and kDataLoss, the records may be gone or not.
  absl::StatusOr<Offset> Trim(Offset before);
  // The same up to the first record whose timestamp is at or after `before`; all there are when there is none.
  absl::StatusOr<Offset> Trim(Timestamp before);

  // Waits until the high watermark is above `offset`, at most `timeout`; whether it is.
  absl::StatusOr<bool> Wait(Offset offset, std::chrono::nanoseconds timeout) const;

 private:
  friend class Topic;
  friend class Producer;
  friend class Consumer;
  friend class Replay;
  Partition(std::shared_ptr<broker::Backend> backend, std::shared_ptr<broker::PartitionBackend> partition);

  std::shared_ptr<broker::Backend> backend_;
  std::shared_ptr<broker::PartitionBackend> partition_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_PARTITION_H_
