// Reads records: of partitions that were assigned, or of topics by name.
#ifndef LEAT_CONSUMER_H_
#define LEAT_CONSUMER_H_

#include <leat/broker.h>
#include <leat/consumer_records.h>
#include <leat/partition.h>
#include <leat/record.h>
#include <leat/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace broker {
class Backend;
}  // namespace broker
namespace client {
class ConsumerState;
}  // namespace client
inline namespace v1 {

// Where to read on when there is no place to read on from: at the start, and when the log no longer has the place.
enum class OffsetReset : std::uint8_t {
  kEarliest,  // from the oldest record there is
  kLatest,    // from behind the newest record
  kNone,      // nowhere: Poll returns kOutOfRange until a Seek
};

// A consumer's place was not in the log any more, and auto_offset_reset chose another.
struct OffsetResetEvent {
  const TopicPartition& partition;
  Offset from = 0;          // the place that the log does not have
  Offset to = 0;            // where reading goes on
  std::int64_t missed = 0;  // records between them that this consumer will not see; 0 when `to` is not above `from`
};

struct ConsumerOptions {
  // Where reading starts, and where it goes on when retention has been faster than this consumer (Kafka's
  // auto.offset.reset). kLatest means behind what was there when Assign or Subscribe returned.
  OffsetReset auto_offset_reset = OffsetReset::kLatest;

  // Records that one Poll returns at most (Kafka's max.poll.records, there 500); 0 for as many as the sizes below
  // allow. A limit costs a second look at each record, and gives the loop around Poll its turn more often.
  std::int32_t max_poll_records = 0;

  // Bytes of batches that one Poll gathers from all partitions, and from one, at most (Kafka's fetch.max.bytes and
  // max.partition.fetch.bytes); a batch that is larger comes alone. They are shown in place, so that more of them
  // cost no memory; but they are verified before the first is returned, and fewer of them are still in the
  // processor's cache when they are read. A busy partition leaves the less to others the nearer the two are.
  std::size_t fetch_max_bytes = 1 << 20;
  std::size_t max_partition_fetch_bytes = 1 << 20;

  // Records for which it returns false are stepped over. Called once per record within Poll, on the thread that
  // polls; Poll goes on until something passes, or the time is up. Key, value, headers and all else may be looked at.
  std::function<bool(const ConsumerRecord&)> filter = nullptr;

  // Told when auto_offset_reset was applied to a place that had been read from or sought. Called within Poll, on the
  // thread that polls; it may not call the consumer. Consumer::missed() counts with or without it.
  std::function<void(const OffsetResetEvent&)> on_offset_reset = nullptr;
};

// A Consumer reads partitions side by side and remembers its place in each.
//
//   auto consumer = leat::Consumer::Open(*broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
//   if (!consumer.ok()) return consumer.status();
//   if (auto s = consumer->Subscribe({"registered_user"}); !s.ok()) return s;
//   while (running) {
//     leat::ConsumerRecords records = consumer->Poll(100ms);
//     if (!records.status().ok()) return records.status();
//     for (const leat::ConsumerRecord& r : records) fmt::print("{} = {}\n", r.key(), r.value());
//   }
//
// Which partitions: either Assign, which names them once and for all, or Subscribe, which follows topics: partitions
// that are added, topics that are made later, deleted, or deleted and made again. The one replaces the other.
//
// Order: a partition's records come in the order of their offsets, each once. Between partitions there is no order;
// they take turns, and none that has records waits for more than one round of the others.
//
// Threads: one at a time, whichever; a call while another is under way is refused with kFailedPrecondition and does
// nothing. Only Wake may be called from all threads, at any time. Lifetime: moves, does not copy. Keeps the broker's
// folder open in this process; what Poll returned outlives it. What was moved from refuses every call with
// kFailedPrecondition.
class Consumer {
 public:
  // Waits for nothing.
  //   kInvalidArgument     an option is out of its range; says which
  //   kFailedPrecondition  the broker has been closed, or was opened before a fork
  static absl::StatusOr<Consumer> Open(const Broker& broker, ConsumerOptions options = {});

  Consumer(Consumer&&) noexcept;
  Consumer& operator=(Consumer&&) noexcept;
  ~Consumer();

  // Reads exactly these partitions from now on, each from where auto_offset_reset says, or, if it was assigned
  // before, from its place. By name, it is the topic's incarnation of today: once that is deleted, Poll returns
  // kNotFound until it is assigned anew. When it fails, the assignment stays as it was. An empty list: as
  // Unsubscribe.
  //   kNotFound     there is no such topic
  //   kOutOfRange   the topic has no such partition; says how many it has
  //   kInvalidArgument  a partition is named twice, or is of another broker
  absl::Status Assign(const std::vector<TopicPartition>& partitions);
  absl::Status Assign(const std::vector<Partition>& partitions);

  // Reads all partitions of these topics from now on; partitions that it had before keep their place. A topic need
  // not exist yet. What is there now is read from where auto_offset_reset says; a topic that is made, or a partition
  // that is added, later is read from its beginning, so that nothing is missed in the time until it is noticed:
  // within a Poll's next look, at most 100 ms. When a topic is deleted, the next Poll that has nothing else to return
  // says so once, with kNotFound; when it is there again, it is read from its beginning.
  //   kInvalidArgument   a name is not one that a topic can have; no names
  absl::Status Subscribe(const std::vector<std::string>& topics);

  // The same for all topics whose whole name matches the regular expression (ECMAScript's, as std::regex reads it).
  // It is matched only when the list of topics has changed.
  //   kInvalidArgument   malformed
  absl::Status SubscribePattern(std::string_view pattern);

  // Reads nothing any more and forgets its places.
  absl::Status Unsubscribe();

  // What is being read now, sorted; what Pause stopped included.
  absl::StatusOr<std::vector<TopicPartition>> assignment() const;

  // Returns records, as soon as there are some, or an error, or, when `timeout` is over or Wake was called, nothing.
  // A timeout of 0 or less only looks. The place of a partition moves behind what was returned.
  //
  // An error of one partition neither hides the records of others nor is hidden by them: it comes without records,
  // and Polls that return records of other partitions come between two errors. It comes back again and again until
  // its cause is gone, Seek has led past it, or the partition is not assigned any more;
  // ConsumerRecords::failed_partition() tells which. The status:
  //   kOutOfRange          auto_offset_reset is kNone, and the log does not have the place, or there was no Seek yet
  //   kDataLoss            damage at the place; names file and byte; Seek leads past it
  //   kNotFound            the topic has been deleted, or deleted and made again (once for a subscription, see there)
  //   kUnimplemented       a compressed batch: a later version reads it
  //   kFailedPrecondition  nothing is assigned or subscribed; another thread is in this consumer; the broker has been
  //                        closed, or was opened before a fork
  ConsumerRecords Poll(std::chrono::nanoseconds timeout);

  // Makes the Poll that is waiting, or else the next one, return at once, empty and with an OK status. Wakes are not
  // counted: several before a Poll are one. Threads: safe from all threads; not from a signal handler.
  void Wake();

  // Where the next record of that partition will be taken from. kNotFound when the partition is not being read.
  //   kOutOfRange   auto_offset_reset is kNone and there was no Seek yet
  absl::StatusOr<Offset> Position(const TopicPartition& partition) const;

  // Moves the place. Seek does not look whether the log has the offset: the next Poll does, and applies
  // auto_offset_reset if not. SeekToTime goes to the first record, in log order, whose timestamp is at or after
  // `time`, and behind the newest record when there is none. Without a partition: of all that are being read. All:
  // kNotFound when the partition is not being read or its topic has been deleted; kInvalidArgument when the offset is
  // negative.
  absl::Status Seek(const TopicPartition& partition, Offset offset);
  absl::Status SeekToBegin(const TopicPartition& partition);
  absl::Status SeekToBegin();
  absl::Status SeekToEnd(const TopicPartition& partition);
  absl::Status SeekToEnd();
  absl::Status SeekToTime(const TopicPartition& partition, Timestamp time);
  absl::Status SeekToTime(Timestamp time);

  // Poll leaves a paused partition alone, its errors too; its place stays. Pausing twice is pausing once. kNotFound
  // when the partition is not being read.
  absl::Status Pause(const TopicPartition& partition);
  absl::Status Resume(const TopicPartition& partition);

  // The oldest offset that can be read, and the one behind the newest record that can, now. kNotFound when the
  // partition is not being read or its topic has been deleted.
  absl::StatusOr<Offset> BeginOffset(const TopicPartition& partition) const;
  absl::StatusOr<Offset> EndOffset(const TopicPartition& partition) const;

  // How many records auto_offset_reset has stepped over so far, of all partitions.
  std::int64_t missed() const;

 private:
  friend class client::ConsumerState;
  explicit Consumer(std::unique_ptr<client::ConsumerState> state);

  std::unique_ptr<client::ConsumerState> state_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_CONSUMER_H_
