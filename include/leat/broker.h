// An open folder of topics: where everything starts.
#ifndef LEAT_BROKER_H_
#define LEAT_BROKER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/compaction.h>
#include <leat/topic.h>
#include <leat/topic_options.h>
#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace broker {
class LocalBackend;
}  // namespace broker
inline namespace v1 {

struct MetricsSnapshot;

// The version of these headers. Broker::Open passes it to the library, which refuses what it cannot serve.
struct HeaderVersion {
  // Another major version is refused; so is a greater minor one than the library's.
  std::int32_t major = 0;
  std::int32_t minor = 1;
};

// How far the recovery of a folder has come, for a progress line.
struct RecoveryProgress {
  std::int32_t partitions_done = 0;  // of them
  std::int32_t partitions = 0;       // that have to be looked at
  std::int64_t bytes_scanned = 0;    // of their logs
};

// What a recovery did to a partition beside reading it. What it cut off the end of the log had not been synced.
struct RecoveredPartition {
  TopicPartition partition;             // of which one
  std::int64_t cut_bytes = 0;           // kept in the folder's salvage/
  std::int32_t cut_segments = 0;        // whole ones among them
  std::vector<std::string> notes = {};  // what was done and why, with the names of files: a sentence each
};

// What Broker::Open is to do with a folder.
enum class OpenMode : std::uint8_t {
  kCreate,    // made if it is not there
  kExisting,  // kNotFound if it is not there
  kReadOnly,  // must be there; nothing is written, no lock is taken: also in a folder one may only read, also in a
              // live one. Where nobody has the folder open it shows what the files hold at the first look-up of a
              // topic, and nothing that is appended later: open again for that
};

// A field that is left as it is here takes its default from the first that has it: the environment variable LEAT_...
// (LEAT_MAX_BLOCK_MS), `properties_file`, the file leat.properties in the folder. So do the fields of TopicOptions when
// a topic is made. docs/settings.md has their names, and how they are written.
struct BrokerOptions {
  // Whether the folder may be made, and may be written.
  OpenMode mode = OpenMode::kCreate;

  // A file in the syntax of Kafka's server.properties with defaults for this broker and for the topics it makes; "" is
  // none. Read once, by Open. The folder's own leat.properties, which all processes share, comes behind it.
  std::string properties_file = {};

  // How long Open waits for another process that is recovering, creating or closing the folder. Longer suits large
  // folders after a power loss; then kFailedPrecondition names the processes that hold it.
  std::chrono::milliseconds open_timeout{30'000};

  // How long any call waits for a lock that a stopped or stuck process holds; then kUnavailable names the process.
  std::chrono::milliseconds max_block{60'000};

  // How long what a consumer group has committed is remembered when the group has no members any more, from the last
  // one's end on (Kafka's offsets.retention.minutes); 0 is for ever. Each process goes by its own.
  std::chrono::milliseconds offsets_retention{std::chrono::hours(7 * 24)};

  // A budget: bytes that the segments of all topics may take together, what is allocated ahead of writers among it; 0 is
  // without limit. When more are needed, the oldest segments go of topics that have more than their share
  // (TopicOptions::budget_share), then of others; budget_min_bytes of a topic, its active segments, and topics that are
  // only compacted stay. When nothing may go, an append is kResourceExhausted. More keeps more; several segments a
  // partition are useful, since only whole ones can go. Each process goes by its own: one without is not refused, and is
  // made room for by those with one.
  std::int64_t size_limit = 0;

  // Bytes that shall stay free on the disk, whatever else is on it: below that, segments go as by `size_limit`, and appends
  // that need more room are kResourceExhausted when none may; 0 asks for none. More leaves the machine room to breathe.
  std::int64_t free_space_min = 0;

  // How often somebody looks for records that are to go by retention_ms and retention_bytes, and for active segments that
  // are to end by segment_ms (Kafka's log.retention.check.interval.ms). One process at a time does it for all; whoever
  // has the folder open takes its turn. Less frees space sooner, and looks at every topic as often. From 1 on.
  std::chrono::milliseconds retention_check_interval{300'000};

  // Whether this process counts what it does (leat/metrics.h). Counting costs about 1 % of an append of one small record;
  // without it the metrics say nothing of what this process has done.
  bool metrics = true;

  // How often somebody looks for compacted topics that want compacting (Kafka's log.cleaner.backoff.ms): one process at a
  // time, on a thread of its own that is started with the first compacted topic. Less compacts sooner after there is
  // reason to, and looks at these topics as often. From 1 on.
  std::chrono::milliseconds compaction_check_interval{15'000};

  // Bytes of memory that a compaction may take to remember keys and their newest offsets, at 32 a key (Kafka's
  // log.cleaner.dedupe.buffer.size): it takes what the keys need, and this at most. Where they are more, they are done
  // bit by bit, each time reading all that was compacted before. More needs fewer rounds. From 4 KiB on.
  std::int64_t compaction_memory = 128 << 20;

  // Called on the opening thread while a folder is recovered after a reboot or in a copy.
  std::function<void(const RecoveryProgress&)> on_recovery = nullptr;
  // Called on the opening thread for each partition that a recovery did not leave as it was found. Without one it is
  // counted in the metrics (leat_folder_recovery_cut_bytes), and no more is said.
  std::function<void(const RecoveredPartition&)> on_recovered = nullptr;
};

// Broker::InMemory's.
struct InMemoryOptions {
  // Bytes of segments that all topics together may take; 0 is without limit, else 256 KiB at least. When it is
  // reached, the oldest segments that no ConsumerRecords holds are dropped; when there is none, an append is
  // kResourceExhausted. Only whole segments can go, so a topic's segment_bytes is made at most a quarter of it (64
  // KiB at least), and its max_message_bytes no more than that; a limit of four segments a partition, or more, is
  // useful.
  std::int64_t size_limit = 0;

  // As in BrokerOptions.
  std::chrono::milliseconds max_block{60'000};
  bool metrics = true;
};

// A partition as it is at one moment.
struct PartitionDescription {
  PartitionId id = 0;            // its number
  Offset log_start = 0;          // the oldest offset that can be read
  Offset high_watermark = 0;     // below it all can be read
  Offset end = 0;                // one past the last record appended
  Offset flushed = 0;            // the records below it are on the disk
  LeaderEpoch leader_epoch = 0;  // of what is appended now
  std::int64_t size_bytes = 0;   // of all its records
  std::int32_t segments = 0;     // files of records, the active one among them
  absl::Status status;           // not OK: the partition is damaged or read-only, and why
};

// A topic as it is at one moment.
struct TopicDescription {
  std::string name;                                   // its name
  std::string id;                                     // Kafka's topic id: 22 characters
  TopicOptions options;                               // its settings
  std::vector<PartitionDescription> partitions = {};  // by number
};

// What AlterTopic is to change; what is not set stays.
struct TopicChanges {
  // Each is what the field of its name is in TopicOptions.
  std::optional<std::int64_t> segment_bytes = {};
  std::optional<std::int32_t> max_message_bytes = {};
  std::optional<std::int32_t> index_interval_bytes = {};
  std::optional<TimestampType> timestamp_type = {};
  std::optional<Durability> durability = {};
  std::optional<std::chrono::milliseconds> flush_ms = {};
  std::optional<std::int64_t> flush_messages = {};
  std::optional<std::optional<Compression>> compression = {};  // an empty inner one: as the producer says
  std::optional<std::int32_t> compression_gzip_level = {};
  std::optional<std::int32_t> compression_lz4_level = {};
  std::optional<std::int32_t> compression_zstd_level = {};
  std::optional<CleanupPolicy> cleanup_policy = {};
  std::optional<std::chrono::milliseconds> retention_ms = {};
  std::optional<std::int64_t> retention_bytes = {};
  std::optional<std::chrono::milliseconds> segment_ms = {};
  std::optional<std::chrono::milliseconds> delete_retention_ms = {};
  std::optional<std::chrono::milliseconds> min_compaction_lag_ms = {};
  std::optional<std::chrono::milliseconds> max_compaction_lag_ms = {};
  std::optional<double> min_cleanable_dirty_ratio = {};
  std::optional<std::chrono::milliseconds> message_timestamp_before_max_ms = {};
  std::optional<std::chrono::milliseconds> message_timestamp_after_max_ms = {};
  std::optional<std::int32_t> budget_share = {};
  std::optional<std::int64_t> budget_min_bytes = {};
};

// A Broker is an open folder. It makes, finds and deletes topics; Producer and Consumer are opened on it. Any number
// of threads and of processes may open the same folder: there is no server, and one that dies blocks nobody.
//
//   auto broker = leat::Broker::Open("data");
//   if (!broker.ok()) return broker.status();
//   auto users = broker->EnsureTopic("registered_user", {.partitions = 2});
//
// Threads: safe from all threads.
// Lifetime: a handle; copies share. The folder stays open until the last Broker, Topic, Partition, Producer, Consumer
// of it is gone, or until Close. A Broker inherited through fork() refuses everything: open again in the child.
class Broker {
 public:
  // Opens the folder, making it (but not the folder above it) if `options.mode` says so. Waits for another process
  // only while that one recovers, makes or closes the folder. After a crash of processes this takes microseconds a
  // partition; after one of the machine, and in a copy, what was not synced is scanned, on all processors at once.
  //
  // A Kafka broker's log directory may be opened, too, when no Kafka runs on it: each of its topics becomes one of
  // the folder's, with its records and its id, and default settings.
  //   kNotFound            not there (kExisting, kReadOnly), or the folder above it is not; or properties_file
  //   kPermissionDenied    the folder or a file of it may not be written; kReadOnly may do
  //   kFailedPrecondition  held by other processes for longer than open_timeout (named); another format version
  //                        (which); a file system that cannot carry it (its name); a folder with something else in
  //                        it (what)
  //   kInvalidArgument     an option is out of its range; a line of properties_file or of leat.properties, or a
  //                        LEAT_... variable, is no setting (names it, and what was perhaps meant)
  //   kDataLoss            leat.meta or a topic's file is damaged; names the file
  //   kResourceExhausted   the disk is full, too many files are open, 1,024 processes have it open
  static absl::StatusOr<Broker> Open(std::string folder, BrokerOptions options = {}, HeaderVersion headers = {});

  // The same over anonymous memory: nothing is kept, no other process sees it, Durability::kDisk is kInvalidArgument.
  static absl::StatusOr<Broker> InMemory(InMemoryOptions options = {}, HeaderVersion headers = {});

  // The topic of that name, made with `options`, and with the broker's defaults where these are as in TopicOptions{},
  // if there is none. An existing one is taken as it is, whatever its
  // options. Names are Kafka's: 1 to 249 of [a-zA-Z0-9._-], not "." or "..", and no two that differ in '.' and '_'
  // only.
  //   kInvalidArgument     the name or an option is out of its range; says which, and the range
  //   kResourceExhausted   the disk is full, or the folder has 65,536 partitions
  //   kPermissionDenied    the broker is read-only and the topic is not there
  absl::StatusOr<Topic> EnsureTopic(std::string_view name, TopicOptions options = {});

  // Makes a topic; kAlreadyExists when there is one. Otherwise as EnsureTopic.
  absl::StatusOr<Topic> CreateTopic(std::string_view name, TopicOptions options = {});

  // kNotFound when there is none.
  absl::StatusOr<Topic> FindTopic(std::string_view name) const;

  // Deletes a topic with all its records. Other processes' appends and reads of it end with kNotFound; records that
  // are in somebody's hands stay readable until dropped. Its disk space is free when the last reader let go. An
  // append that had its partition before is waited for, max_block at most.
  //   kNotFound      there is none
  //   kUnavailable   a stopped process is in the middle of changing the list of topics (its name); nothing is deleted
  // After any other error the topic is gone, and what is left of its files goes with the next change of a topic.
  absl::Status DeleteTopic(std::string_view name);

  // The names of all topics, sorted.
  absl::StatusOr<std::vector<std::string>> ListTopics() const;
  // A topic's settings, and of each partition where it begins and ends and how it is. kNotFound when there is none.
  absl::StatusOr<TopicDescription> DescribeTopic(std::string_view name) const;

  // Changes settings of a topic, for all processes, each when it comes to it:
  //   durability                for everybody when this returns; raising it syncs what is there first, and fails as Flush does
  //   retention_ms, retention_bytes, segment_ms
  //                             at the next look, whoever found the topic when: in this process within a second or two if the
  //                             topic has a retention, else within retention_check_interval. That active segments end by
  //                             the times of their records, each process learns at its own look.
  //   budget_share, budget_min_bytes
  //                             when room is next needed
  //   cleanup_policy            for what goes and what is compacted, at the next looks: those of retention, then those of
  //                             compaction_check_interval; so do delete_retention_ms, min_cleanable_dirty_ratio and the
  //                             compaction lags. Records without a key are refused through handles found later.
  //   max_message_bytes, compression and its levels, timestamp_type, message_timestamp_before_max_ms and _after_max_ms
  //                             through handles found later; those found before go on with what was. A batch may still be no
  //                             larger than the segments (segment_bytes) with which the process opened the partition.
  //   segment_bytes, index_interval_bytes, flush_ms, flush_messages
  //                             in processes that open the partition from then on. One that opened it when it had no
  //                             retention_bytes looks every retention_check_interval, and not also after each segment.
  absl::Status AlterTopic(std::string_view name, const TopicChanges& changes);

  // Raises the partition count to `count`; kInvalidArgument when that is not more than now. Keys may go to other
  // partitions from then on.
  absl::StatusOr<Topic> AddPartitions(std::string_view name, PartitionId count);

  // Returns when all that was appended to the folder's topics before the call, by any process, is on the disk. Waits
  // for the syncs. The first error, after trying all partitions:
  //   kDataLoss            a sync failed, now or before: that partition is read-only from there on; names it
  //   kUnavailable         a stopped or stuck process has been syncing for max_block; names it
  //   kResourceExhausted   too many files are open
  //   kInvalidArgument     the broker is in memory
  //   kPermissionDenied    the broker is read-only
  absl::Status Flush();

  // Compacts a topic now, on this thread: of each key the last value stays, and tombstones that are older than
  // delete_retention_ms go. In the background that is done whenever min_cleanable_dirty_ratio or max_compaction_lag_ms give
  // reason to; this does not ask for one. Appends and reads go on meanwhile. Waits for a compaction in the background of this
  // process to give way, for syncs, and for another process that compacts the same partition, max_block at most.
  //   kNotFound            there is no such topic, or no such partition
  //   kFailedPrecondition  its cleanup_policy is delete: alter that first
  //   kPermissionDenied    the broker is read-only
  // What was in the way in a partition is its own status: kDataLoss for damage (named), kResourceExhausted where a segment
  // could not be written anew for want of room, kCancelled when on_progress wanted it, kUnavailable when another process was in
  // the way for max_block.
  absl::StatusOr<CompactionReport> CompactTopic(std::string_view name, const CompactionRequest& request = {});

  // What TopicOptions{} stands for when a topic is made here. With take_defaults = false, so that what is then set in
  // it means what it says. Read by Open; TopicOptions{} in memory.
  TopicOptions TopicDefaults() const;

  // What this folder's processes have counted so far, and how large things are: leat/metrics.h, which see for what it
  // costs. Waits for nobody.
  absl::StatusOr<MetricsSnapshot> Metrics() const;

  // The path that it was opened by.
  const std::string& folder() const;
  // Whether it was opened with OpenMode::kReadOnly.
  bool read_only() const;

  // Closes the folder for this process: every handle of it refuses from now on with kFailedPrecondition; appends that
  // are under way are waited for. The last process to close seals and syncs everything (its errors are this call's):
  // the folder then holds exactly what Kafka's own tools read, and opens without a scan after a reboot, too. Called
  // by the last handle's destructor if nobody else does; then errors are lost. Calling it again does nothing.
  absl::Status Close();

 private:
  friend class Producer;
  friend class Consumer;
  friend class ConsumerGroup;
  friend class Replay;
  friend class SimulatedMachine;
  explicit Broker(std::shared_ptr<broker::LocalBackend> backend);
  absl::Status Usable() const;

  std::shared_ptr<broker::LocalBackend> backend_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_BROKER_H_
