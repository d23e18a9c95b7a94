// The settings of a topic, with Kafka's names and defaults where the thing is the same.
#ifndef LEAT_TOPIC_OPTIONS_H_
#define LEAT_TOPIC_OPTIONS_H_

#include <chrono>
#include <cstdint>

#include <leat/types.h>

namespace leat {
inline namespace v1 {

// Saved with the topic; every process that opens the folder sees the same. For designated initializers:
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

  friend bool operator==(const TopicOptions&, const TopicOptions&) = default;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_TOPIC_OPTIONS_H_
