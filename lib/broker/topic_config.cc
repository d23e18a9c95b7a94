#include "broker/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace leat::broker {
namespace {

// A batch has a header of 61 bytes and at least one record.
constexpr std::int64_t kMessageBytesMin = 128;

// A year: far below what overflows.
constexpr std::int64_t kFlushMsMax = std::int64_t{365} * 24 * 3600 * 1000;

absl::Status CheckRange(std::string_view name, std::int64_t value, std::int64_t first, std::int64_t last) {
  if (value >= first && value <= last) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{} is {}; it can be from {} to {}", name, value, first, last));
}

}  // namespace

absl::Status CheckDurability(Durability durability, bool in_memory) {
  if (durability != Durability::kDisk || !in_memory) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "Durability::kDisk has no meaning in memory; use kProcess, or a broker on a folder");
}

absl::Status CheckTopicOptions(const TopicOptions& options, bool in_memory) {
  if (auto s = CheckRange("partitions", options.partitions, 1, kPartitionsMax); !s.ok()) return s;
  if (auto s = CheckRange("segment_bytes", options.segment_bytes, kSegmentBytesMin, kSegmentBytesMax); !s.ok())
    return s;
  if (auto s = CheckRange("max_message_bytes", options.max_message_bytes, kMessageBytesMin,
                          std::numeric_limits<std::int32_t>::max());
      !s.ok()) {
    return s;
  }
  if (options.max_message_bytes > options.segment_bytes) {
    return absl::InvalidArgumentError(
        fmt::format("max_message_bytes is {}, and segment_bytes {}: the largest batch must fit into a segment",
                    options.max_message_bytes, options.segment_bytes));
  }
  if (auto s = CheckRange("index_interval_bytes", options.index_interval_bytes, 1,
                          std::numeric_limits<std::int32_t>::max());
      !s.ok()) {
    return s;
  }
  const std::int64_t flush_ms = options.flush_ms.count();
  if (auto s = CheckRange("flush_ms", flush_ms, 0, kFlushMsMax); !s.ok()) return s;
  if (auto s = CheckRange("flush_messages", options.flush_messages, 0, std::numeric_limits<std::int64_t>::max());
      !s.ok()) {
    return s;
  }
  if (in_memory && (flush_ms > 0 || options.flush_messages > 0)) {
    return absl::InvalidArgumentError("flush_ms and flush_messages have no meaning in memory; leave them 0");
  }
  return CheckDurability(options.durability, in_memory);
}

TopicOptions NormalizeTopicOptions(TopicOptions options, std::int64_t size_limit) {
  if (options.durability == Durability::kTopicDefault) options.durability = Durability::kProcess;
  if (size_limit > 0) {
    options.segment_bytes = std::clamp(size_limit / 4, kSegmentBytesMin, options.segment_bytes);
    options.max_message_bytes =
        static_cast<std::int32_t>(std::min<std::int64_t>(options.max_message_bytes, options.segment_bytes));
  }
  return options;
}

}  // namespace leat::broker
