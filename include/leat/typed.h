// Producer and Consumer for keys and values that are types instead of bytes.
#ifndef LEAT_TYPED_H_
#define LEAT_TYPED_H_

#include <fmt/format.h>
#include <leat/consumer.h>
#include <leat/producer.h>
#include <leat/serde.h>
#include <leat/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
inline namespace v1 {

// What is to be sent: `{.key = 7, .value = user}`. Its headers are borrowed, as in ProducerRecord.
template <typename K, typename V>
struct TypedProducerRecord {
  K key = {};    // as it is to be read back
  V value = {};  // as it is to be read back
  // Each as in ProducerRecord.
  HeadersView headers = {};
  std::optional<Timestamp> timestamp = {};
  std::optional<PartitionId> partition = {};
};

// Sends K's and V's over a Producer, which others may use at the same time.
//
//   leat::TypedProducer<std::int64_t, User> users(*producer);
//   auto where = users.Send(*topic, {.key = 7, .value = ada});
//
// A null key or value is sent by std::optional or std::nullptr_t as K or V. What does not serialize is refused with
// the Serde's error, and nothing is sent.
//
// Order and contracts: Producer's. Threads: safe from all threads if the Serdes are.
// Lifetime: borrows the producer, which may not be moved or destroyed before.
template <typename K, typename V, SerdeFor<K> KeySerde = Serde<K>, SerdeFor<V> ValueSerde = Serde<V>>
class TypedProducer {
 public:
  using Record = TypedProducerRecord<K, V>;  // what it sends

  // Over that producer, with Serdes of one's own if need be.
  explicit TypedProducer(Producer& producer, KeySerde key_serde = {}, ValueSerde value_serde = {})
      : producer_(&producer), key_serde_(std::move(key_serde)), value_serde_(std::move(value_serde)) {}

  // As Producer::Send, and the Serde's errors: nothing is appended then.
  absl::StatusOr<Delivery> Send(const Topic& topic, const Record& record,
                                Durability durability = Durability::kTopicDefault) {
    return SendTo(topic, record, durability);
  }
  absl::StatusOr<Delivery> Send(const Partition& partition, const Record& record,
                                Durability durability = Durability::kTopicDefault) {
    return SendTo(partition, record, durability);
  }
  absl::StatusOr<Delivery> Send(std::string_view topic, const Record& record,
                                Durability durability = Durability::kTopicDefault) {
    return SendTo(topic, record, durability);
  }

  // As Producer::Enqueue, and the Serde's errors: nothing is taken then.
  absl::Status Enqueue(const Topic& topic, const Record& record, DeliveryCallback callback = nullptr,
                       Durability durability = Durability::kTopicDefault) {
    return EnqueueTo(topic, record, std::move(callback), durability);
  }
  absl::Status Enqueue(const Partition& partition, const Record& record, DeliveryCallback callback = nullptr,
                       Durability durability = Durability::kTopicDefault) {
    return EnqueueTo(partition, record, std::move(callback), durability);
  }
  absl::Status Enqueue(std::string_view topic, const Record& record, DeliveryCallback callback = nullptr,
                       Durability durability = Durability::kTopicDefault) {
    return EnqueueTo(topic, record, std::move(callback), durability);
  }

 private:
  template <typename Target>
  absl::StatusOr<Delivery> SendTo(const Target& target, const Record& record, Durability durability);
  template <typename Target>
  absl::Status EnqueueTo(const Target& target, const Record& record, DeliveryCallback callback,
                         Durability durability);

  // Keeps its memory from call to call; a thread has its own.
  struct Scratch {
    std::string key;
    std::string value;
  };
  absl::StatusOr<ProducerRecord> Serialize(const Record& record, Scratch& scratch) const;

  Producer* producer_;
  [[no_unique_address]] KeySerde key_serde_;
  [[no_unique_address]] ValueSerde value_serde_;
};

// What a TypedConsumer does about a record whose key or value does not deserialize.
enum class OnMalformed : std::uint8_t {
  kStop,   // Poll returns the Serde's error and stays before the record until Seek leads past it
  kYield,  // the record comes among the others, with the error in its status()
  kSkip,   // steps over it; malformed() counts
};

// A record that was read, and what its key and value mean.
//
// Lifetime: key and value of an owning type are its own; everything else is a view into the log: good for as long as
// the TypedRecords it comes from.
template <typename K, typename V>
class TypedConsumerRecord {
 public:
  // TypedConsumer makes them, of what it could read and of what it could not.
  TypedConsumerRecord(const ConsumerRecord& record, K key, V value)
      : record_(record), key_(std::move(key)), value_(std::move(value)) {}
  TypedConsumerRecord(const ConsumerRecord& record, absl::Status status)
      : record_(record), status_(std::move(status)) {}

  // OK, or why there is no key() and value(): kInvalidArgument names topic, partition and offset (OnMalformed::kYield
  // only).
  const absl::Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }

  // Only when ok(): std::bad_optional_access otherwise.
  const K& key() const& { return key_.value(); }
  const V& value() const& { return value_.value(); }
  K&& key() && { return std::move(key_).value(); }
  V&& value() && { return std::move(value_).value(); }

  // The bytes, headers, and all else.
  const ConsumerRecord& record() const { return record_; }
  std::string_view topic() const { return record_.topic(); }
  PartitionId partition() const { return record_.partition(); }
  Offset offset() const { return record_.offset(); }
  Timestamp timestamp() const { return record_.timestamp(); }
  RecordHeaders headers() const { return record_.headers(); }

 private:
  ConsumerRecord record_;
  absl::Status status_;
  std::optional<K> key_;
  std::optional<V> value_;
};

// What TypedConsumer::Poll returns: deserialized records, or an error; never both. See ConsumerRecords.
template <typename K, typename V>
class [[nodiscard]] TypedRecords {
 public:
  using value_type = TypedConsumerRecord<K, V>;
  using const_iterator = typename std::vector<value_type>::const_iterator;
  using iterator = const_iterator;

  // TypedConsumer makes them: of an error, of one that is about a partition, and of records and the bytes behind them.
  explicit TypedRecords(absl::Status status) : status_(std::move(status)) {}
  TypedRecords(absl::Status status, std::optional<TopicPartition> failed)
      : status_(std::move(status)), failed_(std::move(failed)) {}
  TypedRecords(ConsumerRecords bytes, std::vector<value_type> records)
      : bytes_(std::move(bytes)), records_(std::move(records)) {}

  TypedRecords(TypedRecords&&) noexcept = default;
  TypedRecords& operator=(TypedRecords&&) noexcept = default;

  // The records in their order. Not of a temporary, which would be gone before the iterator is used.
  const_iterator begin() const& { return records_.begin(); }
  const_iterator end() const& { return records_.end(); }
  const_iterator begin() const&& = delete;
  const_iterator end() const&& = delete;
  // Whether there is no record, and how many there are.
  bool empty() const { return records_.empty(); }
  std::size_t size() const { return records_.size(); }

  // Why there are no records, OK if nothing is wrong, and which partition that is about: as of ConsumerRecords.
  const absl::Status& status() const { return status_; }
  const TopicPartition* failed_partition() const { return failed_.has_value() ? &*failed_ : nullptr; }

 private:
  ConsumerRecords bytes_;
  std::vector<value_type> records_;
  absl::Status status_;
  std::optional<TopicPartition> failed_;
};

// Reads K's and V's over a Consumer.
//
//   leat::TypedConsumer<std::int64_t, User> users(*consumer);
//   for (const auto& r : users.Poll(100ms)) fmt::print("{}: {}\n", r.key(), r.value().name);
//
// Order and contracts: Consumer's, on which everything else is called. Threads: one at a time.
// Lifetime: borrows the consumer, which may not be moved or destroyed before.
template <typename K, typename V, SerdeFor<K> KeySerde = Serde<K>, SerdeFor<V> ValueSerde = Serde<V>>
class TypedConsumer {
 public:
  using Records = TypedRecords<K, V>;  // what a Poll returns

  // Over that consumer, with Serdes of one's own if need be.
  explicit TypedConsumer(Consumer& consumer, OnMalformed on_malformed = OnMalformed::kStop, KeySerde key_serde = {},
                         ValueSerde value_serde = {})
      : consumer_(&consumer),
        on_malformed_(on_malformed),
        key_serde_(std::move(key_serde)),
        value_serde_(std::move(value_serde)) {}

  // As Consumer::Poll; empty before the time is up, too, when all that came was skipped. Under OnMalformed::kStop
  // also
  //   kInvalidArgument   the record at the partition's place does not deserialize: names topic, partition, offset,
  //                      key or value, and the Serde's reason. Records before it come first. Seek one further leads past it
  Records Poll(std::chrono::nanoseconds timeout);

  // Records that did not deserialize so far, and were yielded or skipped.
  std::int64_t malformed() const { return malformed_; }

 private:
  using Item = TypedConsumerRecord<K, V>;
  Item Deserialize(const ConsumerRecord& record) const;
  static absl::Status Malformed(const ConsumerRecord& record, std::string_view part, const absl::Status& why);

  // Sets the place back to a record that does not deserialize; the records behind it in its partition are left for
  // later.
  absl::Status StopAt(const Item& item);

  Consumer* consumer_;
  OnMalformed on_malformed_;
  std::int64_t malformed_ = 0;
  // To be returned by the Poll after the one that returned what came before the malformed record.
  absl::Status pending_;
  TopicPartition pending_partition_;
  Offset pending_offset_ = 0;
  [[no_unique_address]] KeySerde key_serde_;
  [[no_unique_address]] ValueSerde value_serde_;
};

// Implementation only from here on.

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
absl::StatusOr<ProducerRecord> TypedProducer<K, V, KS, VS>::Serialize(const Record& record, Scratch& scratch) const {
  const absl::StatusOr<BytesView> key = key_serde_.Serialize(record.key, scratch.key);
  if (!key.ok()) return key.status();
  const absl::StatusOr<BytesView> value = value_serde_.Serialize(record.value, scratch.value);
  if (!value.ok()) return value.status();
  return ProducerRecord{.key = *key,
                        .value = *value,
                        .headers = record.headers,
                        .timestamp = record.timestamp,
                        .partition = record.partition};
}

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
template <typename Target>
absl::StatusOr<Delivery> TypedProducer<K, V, KS, VS>::SendTo(const Target& target, const Record& record,
                                                             Durability durability) {
  thread_local Scratch scratch;
  const absl::StatusOr<ProducerRecord> bytes = Serialize(record, scratch);
  if (!bytes.ok()) return bytes.status();
  return producer_->Send(target, *bytes, durability);
}

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
template <typename Target>
absl::Status TypedProducer<K, V, KS, VS>::EnqueueTo(const Target& target, const Record& record,
                                                    DeliveryCallback callback, Durability durability) {
  thread_local Scratch scratch;
  const absl::StatusOr<ProducerRecord> bytes = Serialize(record, scratch);
  if (!bytes.ok()) return bytes.status();
  return producer_->Enqueue(target, *bytes, std::move(callback), durability);
}

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
absl::Status TypedConsumer<K, V, KS, VS>::Malformed(const ConsumerRecord& record, std::string_view part,
                                                    const absl::Status& why) {
  const auto reason = why.message();
  return absl::InvalidArgumentError(fmt::format("{}-{}@{}: the {} does not deserialize: {}", record.topic(),
                                                record.partition(), record.offset(), part,
                                                std::string_view(reason.data(), reason.size())));
}

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
auto TypedConsumer<K, V, KS, VS>::Deserialize(const ConsumerRecord& record) const -> Item {
  absl::StatusOr<K> key = key_serde_.Deserialize(record.key());
  if (!key.ok()) return Item(record, Malformed(record, "key", key.status()));
  absl::StatusOr<V> value = value_serde_.Deserialize(record.value());
  if (!value.ok()) return Item(record, Malformed(record, "value", value.status()));
  return Item(record, *std::move(key), *std::move(value));
}

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
absl::Status TypedConsumer<K, V, KS, VS>::StopAt(const Item& item) {
  TopicPartition partition{std::string(item.topic()), item.partition()};
  if (absl::Status sought = consumer_->Seek(partition, item.offset()); !sought.ok()) return sought;
  if (pending_.ok()) {
    pending_ = item.status();
    pending_partition_ = std::move(partition);
    pending_offset_ = item.offset();
  }
  return absl::OkStatus();
}

template <typename K, typename V, SerdeFor<K> KS, SerdeFor<V> VS>
auto TypedConsumer<K, V, KS, VS>::Poll(std::chrono::nanoseconds timeout) -> Records {
  if (!pending_.ok()) {
    absl::Status status = std::exchange(pending_, absl::OkStatus());
    // Unless somebody has sought another place, or assigned something else.
    const absl::StatusOr<Offset> place = consumer_->Position(pending_partition_);
    if (place.ok() && *place == pending_offset_) return Records(std::move(status), pending_partition_);
  }
  ConsumerRecords bytes = consumer_->Poll(timeout);
  if (absl::Status status = bytes.status(); !status.ok()) {
    std::optional<TopicPartition> failed;
    if (bytes.failed_partition() != nullptr) failed = *bytes.failed_partition();
    return Records(std::move(status), std::move(failed));
  }
  std::vector<Item> items;
  // The partition whose other records are to be left for later.
  std::optional<TopicPartition> stopped;
  for (const ConsumerRecord& record : bytes) {
    if (stopped.has_value() && stopped->partition == record.partition() && stopped->topic == record.topic()) continue;
    Item item = Deserialize(record);
    if (item.ok() || on_malformed_ == OnMalformed::kYield) {
      if (!item.ok()) ++malformed_;
      items.push_back(std::move(item));
    } else if (on_malformed_ == OnMalformed::kSkip) {
      ++malformed_;
    } else {
      if (absl::Status status = StopAt(item); !status.ok()) return Records(std::move(status));
      stopped = TopicPartition{std::string(record.topic()), record.partition()};
    }
  }
  if (absl::Status status = bytes.status(); !status.ok()) return Records(std::move(status));
  if (items.empty() && !pending_.ok()) return Poll(timeout);
  return Records(std::move(bytes), std::move(items));
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_TYPED_H_
