#include "log/unread.h"

#include <algorithm>

#include <leat/batch.h>
#include "log/cursor.h"

namespace leat::log {
namespace {

std::optional<std::int64_t> TimestampAt(BatchView batch, Offset offset) {
  if (batch.is_control() || batch.timestamp_type() == TimestampType::kLogAppendTime) return batch.max_timestamp();
  for (RecordReader reader(batch); reader.Next();) {
    if (batch.base_offset() + reader.record().offset_delta >= offset) {
      return batch.base_timestamp() + reader.record().timestamp_delta;
    }
  }
  return batch.max_timestamp();
}

}  // namespace

absl::StatusOr<Unread> UnreadFrom(Log& log, Offset offset) {
  Cursor cursor(log.shared_from_this(), std::max(offset, log.log_start()));
  if (cursor.position() >= log.high_watermark()) return Unread{};
  const absl::StatusOr<Fetched> first = cursor.Fetch(1);
  if (!first.ok()) return first.status();
  if (first->bytes.empty()) return Unread{};
  // Where the batch stands, not where the offset does: of a compacted log, it may be in a later segment.
  const BatchView batch(first->bytes);
  const auto bytes = log.SizeBytesFrom(batch.base_offset());
  if (!bytes.ok()) return bytes.status();
  const auto before = static_cast<std::int64_t>(cursor.segment_position() - first->stored_bytes);
  return Unread{.bytes = std::max(*bytes - before, static_cast<std::int64_t>(first->stored_bytes)),
                .oldest = TimestampAt(batch, first->begin)};
}

}  // namespace leat::log
