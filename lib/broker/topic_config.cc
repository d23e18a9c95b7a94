#include "broker/topic_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "settings/table.h"

namespace leat::broker {
absl::Status CheckDurability(Durability durability, bool in_memory) {
  if (durability != Durability::kDisk || !in_memory) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "Durability::kDisk has no meaning in memory; use kProcess, or a broker on a folder");
}

absl::Status CheckTopicOptions(const TopicOptions& options, bool in_memory) {
  if (auto s = settings::CheckRanges(options); !s.ok()) return s;
  if (options.max_message_bytes > options.segment_bytes) {
    return absl::InvalidArgumentError(
        fmt::format("max.message.bytes is {}, and segment.bytes {}: the largest batch must fit into a segment",
                    options.max_message_bytes, options.segment_bytes));
  }
  if (options.max_compaction_lag_ms < options.min_compaction_lag_ms) {
    return absl::InvalidArgumentError(
        fmt::format("min.compaction.lag.ms is {}, and max.compaction.lag.ms {}: it cannot be less",
                    options.min_compaction_lag_ms.count(), options.max_compaction_lag_ms.count()));
  }
  if (in_memory && (options.flush_ms.count() > 0 || options.flush_messages > 0)) {
    return absl::InvalidArgumentError("flush.ms and flush.messages have no meaning in memory; leave them 0");
  }
  return CheckDurability(options.durability, in_memory);
}

TopicOptions NormalizeTopicOptions(TopicOptions options, std::int64_t size_limit) {
  options.take_defaults = true;
  if (options.durability == Durability::kTopicDefault) options.durability = Durability::kProcess;
  if (size_limit > 0) {
    options.segment_bytes = std::clamp(size_limit / 4, kSegmentBytesMin, options.segment_bytes);
    options.max_message_bytes =
        static_cast<std::int32_t>(std::min<std::int64_t>(options.max_message_bytes, options.segment_bytes));
  }
  return options;
}

}  // namespace leat::broker
