// The two indexes of a finished segment, in the form and by the rules of Kafka: an entry when more than the
// interval's bytes have gone by since the last one, and the time index once more at the end.
#ifndef LEAT_LOG_INDEX_BUILDER_H_
#define LEAT_LOG_INDEX_BUILDER_H_

#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

// What a walk over a segment's batch headers tells.
struct SegmentSummary {
  Offset base = 0;
  Offset next_offset = 0;             // one past the last; the base of a segment without batches
  std::int64_t first_timestamp = -1;  // base timestamp of the first batch
  std::int64_t max_timestamp = -1;
  std::int64_t batches = 0;
};

struct BuiltIndexes {
  SegmentSummary summary;
  std::vector<std::byte> offset_index;
  std::vector<std::byte> time_index;
};

// Walks over the headers of `log_bytes`, which are batches from the first byte to the last; no checksum is computed.
// `path` is the .log file's, for messages. kDataLoss, naming position and remedy, where there is no batch or its
// offsets do not grow; kUnimplemented for Kafka's old message formats.
absl::StatusOr<BuiltIndexes> BuildIndexes(const std::string& path, Offset base, std::span<const std::byte> log_bytes,
                                          std::int64_t index_interval_bytes);

// Builds them and puts them beside the .log file, in place of those that are there. Each gets its name only when it
// is whole. Nothing is synced: after a power loss an index may be short, or zeros at its end, which its reader sees
// and which costs time only.
absl::StatusOr<SegmentSummary> WriteIndexes(io::FileSystem& files, const std::string& partition_folder, Offset base,
                                            std::span<const std::byte> log_bytes, std::int64_t index_interval_bytes,
                                            const io::FileInfo& like);

// The same of a segment's file as it lies in the folder, of which the first `size` bytes are batches.
absl::Status IndexAnew(io::FileSystem& files, const std::string& partition_folder, Offset base, std::int64_t size,
                       std::int64_t index_interval_bytes, const io::FileInfo& like);

}  // namespace leat::log

#endif  // LEAT_LOG_INDEX_BUILDER_H_
