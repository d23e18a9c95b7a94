// What Broker::CompactTopic is asked for, and what it tells.
#ifndef LEAT_COMPACTION_H_
#define LEAT_COMPACTION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <leat/types.h>
#include "absl/status/status.h"

namespace leat {
inline namespace v1 {

// What is to be compacted, and how.
struct CompactionRequest {
  // Of one partition only; nullopt is all of them.
  std::optional<PartitionId> partition = {};

  // Finishes the active segments first, so that all that has been appended is looked at, as far as the topic's
  // min_compaction_lag_ms allows. false: what is being written to stays as it is, as in the background.
  bool finish_active_segments = true;

  // Called on the calling thread with the bytes that were read since the last call, now and then; false ends the work. All
  // bytes are read once, and those that were appended since the last compaction twice.
  std::function<bool(std::int64_t bytes)> on_progress = nullptr;
};

// What was done in one partition.
struct PartitionCompaction {
  PartitionId id = 0;                   // the partition
  Offset clean_to = 0;                  // below it each key has one record at most
  std::int64_t records_removed = 0;     // because another came with their key, or their time as a tombstone was over
  std::int64_t tombstones_removed = 0;  // among them
  std::int64_t keyless_records = 0;     // that stay, because they have no key by which another could replace them
  std::int64_t bytes_read = 0;  // of the log; what was looked at for its keys and again for its records counts twice
  std::int64_t bytes_written = 0;     // of compacted segments
  std::int64_t bytes_freed = 0;       // by how much the log's files are smaller
  std::int32_t segments_removed = 0;  // by how many segments are fewer
  std::int32_t rounds = 0;  // more than one if the keys did not fit into BrokerOptions::compaction_memory at once
  // Not OK: why it ended early; the partition is whole, and each key has its last value.
  absl::Status status = absl::OkStatus();
};

// What Broker::CompactTopic has done.
struct CompactionReport {
  std::string topic;                                 // its name
  std::vector<PartitionCompaction> partitions = {};  // those that were asked for, by number
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_COMPACTION_H_
