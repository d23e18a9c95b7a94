#include "client/reset_policy.h"

#include <chrono>

#include "client/offset_at_time.h"

namespace leat::client {

absl::StatusOr<Offset> ResetPolicy::Place(broker::PartitionBackend& partition) const {
  if (kind_ == OffsetReset::kByDuration) {
    return OffsetAtTime(partition, Timestamp(std::chrono::milliseconds(clock_.WallMillis()) - duration_));
  }
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition.Offsets();
  if (!offsets.ok()) return offsets.status();
  return kind_ == OffsetReset::kLatest ? offsets->high_watermark : offsets->log_start;
}

}  // namespace leat::client
