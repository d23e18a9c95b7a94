// Reads records: of partitions that were assigned, or of topics by name.
#ifndef LEAT_CONSUMER_H_
#define LEAT_CONSUMER_H_

#include <leat/assignor.h>
#include <leat/backward_records.h>
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
#include <optional>
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

class Consumer;

// Where to read on when there is no place to read on from: at the start, and when the log no longer has the place.
enum class OffsetReset : std::uint8_t {
  kEarliest,    // from the oldest record there is
  kLatest,      // from behind the newest record
  kNone,        // nowhere: Poll returns kOutOfRange until a Seek
  kByDuration,  // from the oldest record that is not older than auto_offset_reset_duration
};

// A consumer's place was not in the log any more, and auto_offset_reset chose another; or the committed place lay
// behind what a power cut has left of the log, and reading goes on where that ends.
struct OffsetResetEvent {
  const TopicPartition& partition;  // whose place; good during the call
  Offset from = 0;                  // the place that the log does not have
  Offset to = 0;                    // where reading goes on
  std::int64_t missed = 0;  // records between them that this consumer will not see; 0 when `to` is not above `from`
};

// A place to be committed: the next record that whoever takes the partition over is to get.
struct CommitRequest {
  TopicPartition partition;  // whose place
  Offset offset = 0;         // that record's
  // The application's own words, kept with the offset. At most 4,096 bytes (Kafka's offset.metadata.max.bytes).
  std::string metadata = {};
};

// A place that was committed.
struct CommittedOffset {
  Offset offset = 0;  // of the next record to be read
  // Of the partition when it was committed: tells whether the log has lost records since, in a power cut.
  LeaderEpoch leader_epoch = -1;
  std::string metadata = {};  // the application's words
  Timestamp time{};           // when

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

// How much of a partition there is to be read behind a place.
struct ConsumerLag {
  std::int64_t records = 0;           // by their offsets: where compaction left gaps there are fewer
  std::int64_t bytes = 0;             // of whole batches, the one of the place among them
  std::chrono::milliseconds time{0};  // the age of the oldest of these records, by its timestamp; 0 without records
};

// Told of partitions that come and go. Called within Poll, Subscribe, Assign, Unsubscribe or Close, on the thread that
// called it. It gets the consumer, which may not be moved from, and of which it may call Commit, Committed, Position,
// Seek, Pause, assignment and the like; what changes the subscription or polls is refused there.
using RebalanceCallback = std::function<void(Consumer& consumer, const std::vector<TopicPartition>& partitions)>;

// How a Consumer reads, as whose member, and from where.
struct ConsumerOptions {
  // The group whose members divide the partitions of their topics among themselves, in whatever threads and processes
  // they are, and that remembers how far it has come (Kafka's group.id). Any bytes; 200 at most once all but
  // [a-zA-Z0-9._-] are percent-encoded. Empty: this consumer reads everything by itself, as the only member of a group
  // would that nobody ever hears of, and remembers nothing.
  std::string group_id = {};

  // Names this member across its restarts (Kafka's group.instance.id): when it comes back within session_timeout it
  // gets its partitions back, and nobody has had them meanwhile. So its partitions wait as long when it does not come
  // back. A second member of that name fences the first. Empty: none.
  std::string group_instance_id = {};

  // How partitions are divided (Kafka's partition.assignment.strategy); all members of a group bring the same, else
  // Subscribe is kFailedPrecondition. `assignor` is asked instead when it is set.
  Assigning assigning = Assigning::kSticky;
  Assignor assignor = nullptr;

  // How long a member with a group_instance_id may be away (Kafka's session.timeout.ms). A process that dies is noticed
  // at once, whatever stands here: other members' partitions need not wait for this.
  std::chrono::milliseconds session_timeout{45'000};

  // Who does not call Poll for so long loses its partitions to others (Kafka's max.poll.interval.ms). More: records
  // may take longer to process; less: a member that hangs holds up its partitions for less.
  std::chrono::milliseconds max_poll_interval{300'000};

  // Whether Poll commits by itself what earlier Polls have returned, every auto_commit_interval; so do Close,
  // Unsubscribe, and whatever takes a partition away (Kafka's enable.auto.commit and auto.commit.interval.ms). Records
  // count as done when Poll is called again: who hands them on to other threads commits by himself. Nothing is
  // committed without a group_id, or by a destructor.
  bool enable_auto_commit = true;
  std::chrono::milliseconds auto_commit_interval{5'000};

  // Told what this member may read from now on (it may Seek there), and what it may not any more.
  //
  // on_revoked comes before anybody else gets the partitions, and may Commit. on_lost comes instead when it is too late
  // for that: this member was taken for dead, others may be reading them already, and a Commit is kAborted. Without an
  // on_lost, on_revoked is called for both.
  RebalanceCallback on_assigned = nullptr;
  RebalanceCallback on_revoked = nullptr;
  RebalanceCallback on_lost = nullptr;

  // Where reading starts when the group has committed nothing, and where it goes on when retention has been faster than
  // this consumer (Kafka's auto.offset.reset). kLatest means behind what was there when Assign or Subscribe returned;
  // in a group, when the partition was given to its first member: that place is committed at once, so that nobody who
  // takes over skips what has come since.
  OffsetReset auto_offset_reset = OffsetReset::kLatest;

  // For kByDuration (Kafka's auto.offset.reset=by_duration:...).
  std::chrono::milliseconds auto_offset_reset_duration{0};

  // Records that one Poll returns at most (Kafka's max.poll.records, there 500); 0 for as many as the sizes below
  // allow. A limit costs a second look at each record, and gives the loop around Poll its turn more often.
  std::int32_t max_poll_records = 0;

  // Bytes of batches that one Poll gathers from all partitions, and from one, at most (Kafka's fetch.max.bytes and
  // max.partition.fetch.bytes); a batch that is larger comes alone. They are shown in place, so that more of them
  // cost no memory; but they are verified before the first is returned, and fewer of them are still in the
  // processor's cache when they are read. A busy partition leaves the less to others the nearer the two are. Compressed
  // batches are decompressed into memory, and count as what they are then; the last may go beyond.
  std::size_t fetch_max_bytes = 1 << 20;
  std::size_t max_partition_fetch_bytes = 1 << 20;

  // Records for which it returns false are stepped over. Called once per record within Poll, on the thread that
  // polls; Poll goes on until something passes, or the time is up. Key, value, headers and all else may be looked at.
  std::function<bool(const ConsumerRecord&)> filter = nullptr;

  // Told when auto_offset_reset was applied to a place that had been read from, sought or committed, and when a
  // committed place was set back after a power cut. Called within Poll, Subscribe or Assign, on the thread that called
  // it; it may not call the consumer. Consumer::missed() counts with or without it.
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
// In a group (ConsumerOptions::group_id) Subscribe makes this consumer a member: it reads the share of the partitions
// that it is given, from where the group has committed, and hands partitions over within Poll when members come, go,
// die or hang. Who is alive by the rules never shares a partition with another. So between two members a record comes
// again only when the first died, or was taken for dead, or did not commit. Assign divides nothing; it only begins
// where the group has committed, and may commit while the group has no members.
//
//   auto consumer = leat::Consumer::Open(*broker, {.group_id = "mailer", .enable_auto_commit = false});
//   if (!consumer.ok()) return consumer.status();
//   if (auto s = consumer->Subscribe({"registered_user"}); !s.ok()) return s;
//   while (running) {
//     leat::ConsumerRecords records = consumer->Poll(100ms);
//     if (!records.status().ok()) return records.status();
//     for (const leat::ConsumerRecord& r : records) Mail(r.value());
//     if (auto s = consumer->Commit(); !s.ok() && !absl::IsAborted(s)) return s;  // aborted: somebody else took over
//   }
//   return consumer->Close();
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
  // Leaves its group as Close does, but commits nothing and calls nobody.
  ~Consumer();

  // Reads exactly these partitions from now on, each from where auto_offset_reset says, or, if it was assigned
  // before, from its place; with a group_id, from where the group has committed; a member leaves its group. By name, it is the topic's incarnation
  // of today: once that is deleted, Poll returns kNotFound until it is assigned anew. When it fails, the assignment
  // stays as it was. An empty list: as Unsubscribe.
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
  //
  // With a group_id: joins the group, or, as a member, changes what it subscribes to. What it is given it may have when
  // this returns, if nobody has to give it up first; else a Poll brings it.
  //   kInvalidArgument     a name is not one that a topic can have; no names
  //   kFailedPrecondition  the group's members divide in another way; names it
  //   kPermissionDenied    a group_id, and the broker was opened read-only
  //   kResourceExhausted   the group has 1,024 members, or the disk is full
  //   kDataLoss            the group's file is damaged; names it
  //   kUnavailable         another process has held the group for longer than max_block; the message names it
  absl::Status Subscribe(const std::vector<std::string>& topics);

  // The same for all topics whose whole name matches the regular expression (ECMAScript's, as std::regex reads it).
  // It is matched only when the list of topics has changed.
  //   kInvalidArgument   malformed
  absl::Status SubscribePattern(std::string_view pattern);

  // Reads nothing any more and forgets its places. A member leaves its group, as by Close.
  absl::Status Unsubscribe();

  // Ends it: under enable_auto_commit commits what Poll has returned, tells on_revoked, and leaves the group; others
  // have the partitions within 100 ms. A member with a group_instance_id keeps its place in the group for
  // session_timeout. Refuses every call afterwards with kFailedPrecondition; calling it again does nothing. Returns the
  // commit's error, and has left all the same.
  absl::Status Close();

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
  //   kDataLoss            damage at the place, or a batch that would take more memory, decompressed, than
  //                        leat/compression.h allows for; names file and byte; Seek leads past it
  //   kNotFound            the topic has been deleted, or deleted and made again (once for a subscription, see there)
  //   kUnimplemented       a message format, or a codec, that is none of Kafka 4's; Seek leads past it
  //   kFailedPrecondition  nothing is assigned or subscribed; another thread is in this consumer; the broker has been
  //                        closed, or was opened before a fork
  // In a group also what Subscribe lists, and
  //   kAborted             another process has joined with this group_instance_id; Subscribe again takes it back
  // Who was taken for dead and comes back (on_lost) rejoins here by itself, and reads on from what is committed. It may
  // take longer than `timeout` then, and when it commits by itself: as long as another holds the group, max_block at
  // most.
  ConsumerRecords Poll(std::chrono::nanoseconds timeout);

  // Returns the nearest records before the place of a partition, the newest first, and moves the place before them: Polls of this
  // kind, one after the other, read the log backwards, and Poll then reads forwards again from there. The partitions that are
  // read take turns, one of them each time; paused ones are left out. Never waits. max_poll_records, filter and
  // max_partition_fetch_bytes hold as in Poll, except that without a limit a piece of the log is returned whole. Empty with
  // an OK status: all have come to their log's start.
  //   kOutOfRange          the place is above the high watermark, or there is none yet (auto_offset_reset is kNone)
  //   kDataLoss, kNotFound, kFailedPrecondition as Poll; BackwardRecords::partition() tells which
  //   kFailedPrecondition  also with a group_id: what a group commits goes forwards
  BackwardRecords PollBackwards();

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

  // Moves the place to where the last `count` records begin that the partition has now, or to the log's start if there are
  // fewer. Reads them, because compaction may have left gaps between offsets. Without a partition: of each one that is being
  // read. Errors as the Seeks above, and Partition::StartOfLast's.
  absl::Status SeekToLast(const TopicPartition& partition, std::int64_t count);
  absl::Status SeekToLast(std::int64_t count);

  // Poll leaves a paused partition alone, its errors too; its place stays. Pausing twice is pausing once. kNotFound
  // when the partition is not being read.
  absl::Status Pause(const TopicPartition& partition);
  absl::Status Resume(const TopicPartition& partition);

  // The oldest offset that can be read, and the one behind the newest record that can, now. kNotFound when the
  // partition is not being read or its topic has been deleted.
  absl::StatusOr<Offset> BeginOffset(const TopicPartition& partition) const;
  absl::StatusOr<Offset> EndOffset(const TopicPartition& partition) const;

  // Commits, of each partition that is being read, the place behind what Poll has returned. Visible to everybody when
  // it returns; survives the death of this process, and under kDisk a power cut. Waits only for the group's lock and,
  // under kDisk, for the sync. All or, on an error, none.
  //   kAborted             this member was taken for dead, and others may read the partitions: what was done since the
  //                        last commit will be done again by them. The next Poll rejoins
  //   kFailedPrecondition  no group_id; not a member, while the group has members
  //   kInvalidArgument     kDisk of a broker in memory; metadata is too long
  //   kPermissionDenied    the broker was opened read-only
  //   kResourceExhausted   the disk is full
  //   kUnavailable         another process has held the group for longer than max_block; the message names it
  //   kDataLoss            the sync failed; the group's file is damaged
  absl::Status Commit(Durability durability = Durability::kTopicDefault);

  // Commits these places instead, backwards, too. A member may commit for partitions that it has been given, only.
  //   kNotFound   no such topic or partition, or not one that this consumer reads
  // and as above.
  absl::Status Commit(const std::vector<CommitRequest>& places, Durability durability = Durability::kTopicDefault);

  // What the group has committed last for that partition, by whomever; nullopt when nothing. Also of partitions that
  // this consumer does not read. kNotFound when there is no such topic or partition; kFailedPrecondition without a
  // group_id.
  absl::StatusOr<std::optional<CommittedOffset>> Committed(const TopicPartition& partition) const;

  // How much there is behind the place of a partition that is being read: of one, or of all together (the oldest's
  // time). ConsumerGroup::Describe tells it of other members and groups, behind what they have committed.
  absl::StatusOr<ConsumerLag> Lag(const TopicPartition& partition) const;
  absl::StatusOr<ConsumerLag> Lag() const;

  // Which member this is of its group: a name that is made up by each Subscribe; empty when it is none.
  std::string member_id() const;

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
