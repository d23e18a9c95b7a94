// Writes records.
#ifndef LEAT_PRODUCER_H_
#define LEAT_PRODUCER_H_

#include <leat/broker.h>
#include <leat/delivery.h>
#include <leat/partition.h>
#include <leat/partitioner.h>
#include <leat/record.h>
#include <leat/topic.h>
#include <leat/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace client {
class ClaimState;
class ProducerState;
}  // namespace client
inline namespace v1 {

// What Enqueue does when the records that wait to be sent fill buffer_memory.
enum class BackPressure : std::uint8_t {
  kBlock,  // waits for room, at most max_block; then kResourceExhausted
  kFail,   // kResourceExhausted at once
  kDrop,   // drops the new record: Enqueue is OK, the record's callback gets kResourceExhausted, dropped() counts it
};

// How a Producer chooses partitions, and how Enqueue gathers and tries.
struct ProducerOptions {
  // Which partition a record goes to when it does not say.
  Partitioning partitioning = Partitioning::kKey;

  // Asked instead of `partitioning` when set.
  Partitioner partitioner = nullptr;

  // How long Enqueue lets a batch wait for more records (Kafka's linger.ms). More: fewer, larger batches, each of
  // which costs the log once. Less: records are visible sooner. A full batch does not wait. 0: sent as soon as the
  // sending thread gets to it.
  std::chrono::milliseconds linger{5};

  // Bytes at which a batch of Enqueue is full (Kafka's batch.size), and after which a sticky partition changes. More
  // costs this much memory for each partition that is being written to.
  std::size_t batch_size = 16 * 1024;

  // How batches are compressed (Kafka's compression.type), and how hard the codec tries: as TopicOptions'
  // compression_gzip_level, _lz4_level and _zstd_level, in their ranges. Not set: as the topic's settings say; a codec
  // without a level takes the topic's level of that codec. A batch is compressed by the thread that appends it (Send's
  // caller, Enqueue's sending thread), and stays as it is in the log. More records in a batch compress better: Enqueue
  // gathers up to batch_size, which counts what they are before.
  std::optional<Compression> compression = {};
  std::optional<std::int32_t> compression_level = {};

  // Bytes of enqueued records that are not sent yet, all partitions together, at most (Kafka's buffer.memory); and
  // what happens beyond. A record that is larger by itself is taken when nothing else waits.
  std::size_t buffer_memory = 32 * 1024 * 1024;
  BackPressure back_pressure = BackPressure::kBlock;

  // How long Enqueue waits under kBlock (Kafka's max.block.ms).
  std::chrono::milliseconds max_block{60'000};

  // How long, from Enqueue on, a record is tried for when the log refuses it for now (a full disk, a partition that a
  // stopped process holds), and how long between two tries (Kafka's delivery.timeout.ms and retry.backoff.ms). Later
  // records of the partition wait behind it.
  std::chrono::milliseconds delivery_timeout{120'000};
  std::chrono::milliseconds retry_backoff{100};
};

// Told what became of an enqueued record, exactly once; may be null.
using DeliveryCallback = absl::AnyInvocable<void(const absl::StatusOr<Delivery>&)>;

// A record's place in the log's next batch, for its value to be written there instead of being copied
// (Producer::Claim).
//
// Threads: one at a time. Lifetime: moves, does not copy; without a Commit its destruction gives the place up, and
// nothing is written. It may outlive its Producer, and Commit is then refused.
class Claim {
 public:
  Claim(Claim&&) noexcept;
  Claim& operator=(Claim&&) noexcept;
  ~Claim();

  // Where to write the value: as many bytes as were asked for, of unspecified content. Empty after Commit.
  std::span<std::byte> value() const;
  PartitionId partition() const;

  // Appends the record with what stands in value() now. Contract and errors as Producer::Send. Once:
  // kFailedPrecondition from then on, and when it was moved from.
  absl::StatusOr<Delivery> Commit(Durability durability = Durability::kTopicDefault);

 private:
  friend class client::ClaimState;
  explicit Claim(std::unique_ptr<client::ClaimState> state);

  std::unique_ptr<client::ClaimState> state_;
};

// A Producer appends records to topics: Send appends now and returns where the records landed; Enqueue gathers
// records into larger batches and appends them from a thread of its own.
//
//   auto producer = leat::Producer::Open(*broker);
//   if (!producer.ok()) return producer.status();
//   auto where = producer->Send(*users, {.key = "ada", .value = R"({"name":"Ada"})"});
//   if (!where.ok()) return where.status();
//   fmt::print("{}@{}\n", where->partition, where->offset);
//
// Which partition: the one that the record names; else the one that `partitioner` or `partitioning` chooses.
//
// Order: of one partition, records sent by one thread have the order of its Sends, and records enqueued by one thread
// that of its Enqueues. A Send does not wait for what was enqueued before it: Flush does. Threads: safe from all
// threads; they share one Producer without waiting for each other, but for the partition's lock. Lifetime: moves,
// does not copy; no other thread may be in it then. Keeps the broker's folder open in this process. What was moved
// from refuses every call with kFailedPrecondition.
class Producer {
 public:
  // Waits for nothing and starts no thread: the first Enqueue does.
  //   kInvalidArgument     an option is out of its range; says which
  //   kPermissionDenied    the broker was opened read-only
  //   kFailedPrecondition  the broker has been closed, or was opened before a fork
  static absl::StatusOr<Producer> Open(const Broker& broker, ProducerOptions options = {});

  Producer(Producer&&) noexcept;
  Producer& operator=(Producer&&) noexcept;
  // Close with a second's patience, if nobody closed it before.
  ~Producer();

  // Appends one record and returns where it landed. When this returns, every consumer of the folder can see it, and
  // it survives the death of this process; `durability` asks for more.
  //
  // Copies the bytes behind `record` before it returns. Waits only for the partition's lock and, under kDisk, for the
  // sync. Certainly not appended:
  //   kInvalidArgument     larger than the topic's max_message_bytes (both sizes are told; of what is compressed, it is
  //                        the compressed size that counts); the partitioner's answer is no partition; the record
  //                        names another partition than the one given; its timestamp is further from the clock than
  //                        the topic allows (message.timestamp.after.max.ms: an hour ahead, if nothing else is said);
  //                        kDisk in an in-memory broker
  //   kOutOfRange          the record names a partition that the topic does not have; says how many it has
  //   kNotFound            the topic has been deleted, or, by name, there is none
  //   kResourceExhausted   the disk or the folder's budget is full; nothing before this record is lost
  //   kUnavailable         another process has held the partition for longer than the broker's max_block; names it
  //   kPermissionDenied    the broker is read-only
  //   kFailedPrecondition  the producer or the broker has been closed, or the broker was opened before a fork
  // Appended or not, nobody knows (AppendIsUncertain() says so):
  //   kDataLoss            the sync failed; the partition is read-only from here on
  absl::StatusOr<Delivery> Send(const Topic& topic, const ProducerRecord& record,
                                Durability durability = Durability::kTopicDefault);
  absl::StatusOr<Delivery> Send(const Partition& partition, const ProducerRecord& record,
                                Durability durability = Durability::kTopicDefault);
  // By name: costs a look-up, and follows a topic that is deleted and made again or gets more partitions.
  absl::StatusOr<Delivery> Send(std::string_view topic, const ProducerRecord& record,
                                Durability durability = Durability::kTopicDefault);

  // Appends many records: those of each partition as one batch, which lands wholly or not at all, without gaps, in
  // their order. One result per partition, in the order in which `records` first names them; none hides another: look
  // at each. Nothing is done for an empty list. What cannot be given a partition is a result of its own, with
  // partition -1 (kNotFound, kInvalidArgument), or the number that does not exist (kOutOfRange). Else as Send of one.
  std::vector<BatchDelivery> Send(const Topic& topic, std::span<const ProducerRecord> records,
                                  Durability durability = Durability::kTopicDefault);
  std::vector<BatchDelivery> Send(const Topic& topic, std::initializer_list<ProducerRecord> records,
                                  Durability durability = Durability::kTopicDefault);
  std::vector<BatchDelivery> Send(std::string_view topic, std::span<const ProducerRecord> records,
                                  Durability durability = Durability::kTopicDefault);
  std::vector<BatchDelivery> Send(std::string_view topic, std::initializer_list<ProducerRecord> records,
                                  Durability durability = Durability::kTopicDefault);
  // All in one batch; where its first record landed. kInvalidArgument when there are none.
  absl::StatusOr<Delivery> Send(const Partition& partition, std::span<const ProducerRecord> records,
                                Durability durability = Durability::kTopicDefault);
  absl::StatusOr<Delivery> Send(const Partition& partition, std::initializer_list<ProducerRecord> records,
                                Durability durability = Durability::kTopicDefault);

  // Takes a record to be sent with others of its partition: after `linger`, when they fill `batch_size`, or at Flush
  // or Close, whatever comes first. What the log refuses for now (IsRetriable()) is tried again until
  // delivery_timeout. A batch has the greatest durability that one of its records asks for.
  //
  // Copies the bytes behind `record` before it returns. Waits only under BackPressure::kBlock. Until its callback
  // says that it landed, the record is in this process's memory only.
  //
  // When this returns OK, `callback` is called exactly once; when not, never, and the record was not taken. It is
  // called on the producer's sending thread, in the order of the records of a partition, and no lock is held: it may
  // call the producer, but not Flush or Close, which refuse it; in it, kBlock is kFail. It holds up all that is sent
  // behind it. It may not throw. Exceptions: a dropped record's callback comes on the calling thread before Enqueue
  // returns, and those of Close on the thread that closes. The callback gets what Send would have returned, but
  // delivery.timestamp and offset of its own record, and
  //   kAborted             closed before it was sent: certainly not appended
  //   kResourceExhausted   dropped for lack of room: certainly not appended
  // Enqueue returns
  //   kResourceExhausted   there is no room: see back_pressure
  //   and of Send's errors those that are known at once: kInvalidArgument, kOutOfRange, kFailedPrecondition,
  //   kNotFound by name
  absl::Status Enqueue(const Topic& topic, const ProducerRecord& record, DeliveryCallback callback = nullptr,
                       Durability durability = Durability::kTopicDefault);
  absl::Status Enqueue(const Partition& partition, const ProducerRecord& record, DeliveryCallback callback = nullptr,
                       Durability durability = Durability::kTopicDefault);
  absl::Status Enqueue(std::string_view topic, const ProducerRecord& record, DeliveryCallback callback = nullptr,
                       Durability durability = Durability::kTopicDefault);

  // Sends what was enqueued before, without linger, and waits until it is acknowledged or has failed and all its
  // callbacks have returned. Returns the first error of a record that was enqueued since the last Flush, OK if all
  // have landed.
  //   kFailedPrecondition  called from a callback; the producer has been closed; the broker was opened before a fork
  absl::Status Flush();

  // Hands out a place for a value of `value_size` bytes inside the batch that will be appended; see Claim. The
  // partition is chosen now, by `key` and `partition` of the record as in Send; its value must be null, its other
  // fields are copied. Errors as Send's, which tell before anything is written.
  absl::StatusOr<leat::Claim> Claim(const Topic& topic, std::size_t value_size, const ProducerRecord& record = {});
  absl::StatusOr<leat::Claim> Claim(const Partition& partition, std::size_t value_size,
                                    const ProducerRecord& record = {});

  // Sends what was enqueued, as Flush does, for at most `timeout`, and refuses everything from then on. What is not
  // sent by then gets its callback with kAborted before this returns. Calling it again does nothing.
  //   kDeadlineExceeded    records were aborted (says how many), or one is still being appended: its callback comes
  //                        when that ends, on the sending thread, which goes on without this object
  //   kFailedPrecondition  called from a callback
  absl::Status Close(std::chrono::nanoseconds timeout = std::chrono::seconds(30));

  // Records that Enqueue has dropped so far, under BackPressure::kDrop.
  std::int64_t dropped() const;

 private:
  friend class client::ProducerState;
  explicit Producer(std::shared_ptr<client::ProducerState> state);

  std::shared_ptr<client::ProducerState> state_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_PRODUCER_H_
