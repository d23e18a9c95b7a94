#include "client/offset_at_time.h"

#include <optional>

namespace leat::client {

absl::StatusOr<Offset> OffsetAtTime(broker::PartitionBackend& partition, Timestamp time) {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition.Offsets();
  if (!offsets.ok()) return offsets.status();
  const absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> found = partition.OffsetForTime(time);
  if (!found.ok()) return found.status();
  return found->has_value() ? (*found)->offset : offsets->high_watermark;
}

}  // namespace leat::client
