#include "client/reset_policy.h"

#include <optional>

namespace leat::client {

absl::StatusOr<Offset> ResetPolicy::Place(broker::PartitionBackend& partition) const {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition.Offsets();
  if (!offsets.ok()) return offsets.status();
  switch (kind_) {
    case OffsetReset::kLatest:
      return offsets->high_watermark;
    case OffsetReset::kByDuration: {
      const Timestamp from(std::chrono::milliseconds(clock_.WallMillis()) - duration_);
      const absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> found = partition.OffsetForTime(from);
      if (!found.ok()) return found.status();
      return found->has_value() ? (*found)->offset : offsets->high_watermark;
    }
    case OffsetReset::kEarliest:
    case OffsetReset::kNone:
      break;
  }
  return offsets->log_start;
}

}  // namespace leat::client
