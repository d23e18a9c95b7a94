#include "client/lag.h"

#include <algorithm>
#include <chrono>

namespace leat::client {

absl::StatusOr<ConsumerLag> LagBehind(broker::Backend& backend, broker::PartitionBackend& partition, Offset place) {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition.Offsets();
  if (!offsets.ok()) return offsets.status();
  const Offset from = std::max(place, offsets->log_start);
  if (from >= offsets->high_watermark) return ConsumerLag();
  const absl::StatusOr<broker::UnreadBytes> unread = partition.UnreadFrom(from);
  if (!unread.ok()) return unread.status();
  ConsumerLag lag{.records = offsets->high_watermark - from, .bytes = unread->bytes};
  if (unread->oldest.has_value()) {
    // Clocks of different processes, in milliseconds: a record may come from some way ahead.
    const Timestamp now(std::chrono::milliseconds(backend.clock().WallMillis()));
    lag.time = std::max(now - *unread->oldest, std::chrono::milliseconds::zero());
  }
  return lag;
}

ConsumerLag Sum(const ConsumerLag& a, const ConsumerLag& b) {
  return {.records = a.records + b.records, .bytes = a.bytes + b.bytes, .time = std::max(a.time, b.time)};
}

}  // namespace leat::client
