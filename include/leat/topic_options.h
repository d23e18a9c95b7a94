// The settings of a topic, with Kafka's names and defaults where the thing is the same.
#ifndef LEAT_TOPIC_OPTIONS_H_
#define LEAT_TOPIC_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <optional>

#include <leat/types.h>

namespace leat {
inline namespace v1 {

// What becomes of a topic's old records.
enum class CleanupPolicy : std::uint8_t {
  kDelete,            // whole segments go when retention_ms or retention_bytes says so
  kCompact,           // of each key, the last value stays for ever
  kCompactAndDelete,  // both: the last value of each key, until it is old
};

// The longest time there is, for the settings whose default is to have no limit. retention_ms says it with -1, as in
// Kafka.
inline constexpr std::chrono::milliseconds kNoTimeLimit = std::chrono::milliseconds::max();

// Saved with the topic; every process that opens the folder sees the same. A field that is left as it is here takes the
// broker's default, if there is one, when the topic is made (take_defaults, below). For designated initializers:
// `{.partitions = 4, .segment_bytes = 16 << 20}`.
struct TopicOptions {
  // How many partitions: the unit of order and of parallel reading. Can be raised later (Broker::AddPartitions),
  // never lowered. More cost 4 KiB of the control file and at least 1 MiB of disk each once written to; fewer let
  // fewer consumers of a group work side by side. 1 to 65,536 in a folder altogether.
  std::int32_t partitions = 1;

  // Bytes of a segment file (Kafka's segment.bytes; its default is 1 GiB). More: fewer files, coarser retention.
  // Fewer: the opposite, and no batch may be larger. 64 KiB to 2 GiB - 1.
  std::int64_t segment_bytes = 128 << 20;

  // Largest batch that is taken, header included (Kafka's max.message.bytes). At most segment_bytes.
  std::int32_t max_message_bytes = 1048588;

  // Bytes of log between two entries of a sealed segment's indexes (Kafka's index.interval.bytes). Fewer: quicker
  // look-ups, larger index files.
  std::int32_t index_interval_bytes = 4096;

  // Whose clock stamps a record: the producer's (unless the record brings its own timestamp), or the log's when its
  // batch is sealed for appending (Kafka's message.timestamp.type).
  TimestampType timestamp_type = TimestampType::kCreateTime;

  // What an append survives when it does not ask for more: a floor. kTopicDefault stands for kProcess here. In a kDisk
  // topic consumers see a record only when it is on the disk; in a kProcess topic at once, also one that was sent with
  // kDisk. Not in memory.
  Durability durability = Durability::kProcess;

  // Syncing in the background, so that a power cut takes no more than the last `flush_ms` or the last
  // `flush_messages` records (Kafka's flush.ms and flush.messages): nobody waits for it. Less loses less and costs the
  // disk more. 0: not asked for. What is in a finished segment is synced within 30 s in any case. Not in memory.
  std::chrono::milliseconds flush_ms{0};
  std::int64_t flush_messages = 0;

  // The codec of producers that choose none themselves (Kafka's compression.type); nullopt, Kafka's "producer", leaves
  // them uncompressed. More compression takes processor time of whoever sends and reads, less takes disk. Unlike in
  // Kafka, whose broker compresses anew, batches stay as their producer wrote them.
  std::optional<Compression> compression = std::nullopt;

  // How hard each codec tries, where the topic's or the producer's choice is that codec (Kafka's compression.gzip.level,
  // .lz4.level and .zstd.level). More is smaller and slower. gzip: 1 to 9, or -1 for zlib's own choice; lz4: 1 to 17;
  // zstd: -131072 to 22.
  std::int32_t compression_gzip_level = -1;
  std::int32_t compression_lz4_level = 9;
  std::int32_t compression_zstd_level = 3;

  // What becomes of old records (Kafka's cleanup.policy).
  CleanupPolicy cleanup_policy = CleanupPolicy::kDelete;

  // How long records are kept, by their timestamps (Kafka's retention.ms, whose default is 7 days; here no default ever
  // deletes). More takes disk. -1: for ever. Whole segments go, so that records may stay up to segment_ms, or a
  // segment_bytes, longer; the active segment goes, too, when all of it is old.
  std::chrono::milliseconds retention_ms{-1};

  // How many bytes of records a partition keeps at least when older ones go (Kafka's retention.bytes). More takes disk,
  // and partitions times as much of it. -1: all.
  std::int64_t retention_bytes = -1;

  // How long a segment is written to at most, by the timestamps of its batches, before the next one is begun (Kafka's
  // segment.ms). Less lets retention and compaction get at records sooner, and makes more and smaller files. From 1 on.
  std::chrono::milliseconds segment_ms{std::chrono::hours(7 * 24)};

  // Compaction: how long a tombstone, a key with a null value, stays after the compaction that found it (Kafka's
  // delete.retention.ms). Consumers that read slower from the start may not learn that the key is gone. From 0 on.
  std::chrono::milliseconds delete_retention_ms{std::chrono::hours(24)};

  // Compaction: how long every record is sure to stay, by its timestamp, and within what time it is sure to be looked
  // at (Kafka's min.compaction.lag.ms and max.compaction.lag.ms). A longer minimum shows consumers that are no further
  // behind every value; a shorter maximum compacts more often. From 0 on, and from 1 on and no less than the minimum.
  std::chrono::milliseconds min_compaction_lag_ms{0};
  std::chrono::milliseconds max_compaction_lag_ms = kNoTimeLimit;

  // Compaction: which part of a partition must be uncompacted for it to be worth while (Kafka's
  // min.cleanable.dirty.ratio). Less saves disk, and rewrites the rest more often. 0 to 1.
  double min_cleanable_dirty_ratio = 0.5;

  // How far a record's own timestamp may lie before or after the log's clock; others are refused (Kafka's
  // message.timestamp.before.max.ms and .after.max.ms). A time far ahead holds up retention by time, and moves what is
  // looked up by time. From 0 on; of no effect with kLogAppendTime.
  std::chrono::milliseconds message_timestamp_before_max_ms = kNoTimeLimit;
  std::chrono::milliseconds message_timestamp_after_max_ms{std::chrono::hours(1)};

  // leat's own: this topic's part of the folder's budget (BrokerOptions), as a weight beside the other topics'; when
  // the budget is full, the oldest segments of those over their share go first. 1 to 1,000,000.
  std::int32_t budget_share = 1;

  // leat's own: so many bytes of this topic's newest records are never taken for the folder's budget. More protects
  // this topic; where all topics protect all that there is, a full budget fails their appends. From 0 on.
  std::int64_t budget_min_bytes = 0;

  // Whether the fields that have their value of TopicOptions{} take the broker's default when the topic is made: what
  // leat.properties and the LEAT_... variables say (docs/settings.md). false: each means what it says. Not saved.
  bool take_defaults = true;

  friend bool operator==(const TopicOptions&, const TopicOptions&) = default;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_TOPIC_OPTIONS_H_
