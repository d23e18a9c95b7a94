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

absl::Status CheckCompression(const TopicOptions& options) {
  if (options.compression_gzip_level != -1) {
    if (auto s = CheckRange("compression_gzip_level", options.compression_gzip_level, 1, 9); !s.ok()) return s;
  }
  if (auto s = CheckRange("compression_lz4_level", options.compression_lz4_level, 1, 17); !s.ok()) return s;
  return CheckRange("compression_zstd_level", options.compression_zstd_level, -131072, 22);
}

// Longer is kNoTimeLimit, or for ever.
constexpr std::int64_t kLimitMax = std::numeric_limits<std::int64_t>::max();

absl::Status CheckRetention(const TopicOptions& options) {
  if (auto s = CheckRange("retention_ms", options.retention_ms.count(), -1, kLimitMax); !s.ok()) return s;
  if (auto s = CheckRange("retention_bytes", options.retention_bytes, -1, kLimitMax); !s.ok()) return s;
  if (auto s = CheckRange("segment_ms", options.segment_ms.count(), 1, kLimitMax); !s.ok()) return s;
  if (auto s = CheckRange("budget_share", options.budget_share, 1, 1'000'000); !s.ok()) return s;
  return CheckRange("budget_min_bytes", options.budget_min_bytes, 0, kLimitMax);
}

absl::Status CheckCompaction(const TopicOptions& options) {
  // Until there is a compactor, a topic that seems compacted would keep everything without telling.
  if (options.cleanup_policy != CleanupPolicy::kDelete) {
    return absl::UnimplementedError("cleanup_policy can only be delete: this version of leat does not compact");
  }
  const std::int64_t min_lag = options.min_compaction_lag_ms.count(), max_lag = options.max_compaction_lag_ms.count();
  if (auto s = CheckRange("delete_retention_ms", options.delete_retention_ms.count(), 0, kLimitMax); !s.ok())
    return s;
  if (auto s = CheckRange("min_compaction_lag_ms", min_lag, 0, kLimitMax); !s.ok()) return s;
  if (auto s = CheckRange("max_compaction_lag_ms", max_lag, 1, kLimitMax); !s.ok()) return s;
  if (max_lag < min_lag) {
    return absl::InvalidArgumentError(fmt::format(
        "min_compaction_lag_ms is {}, and max_compaction_lag_ms {}: it cannot be less", min_lag, max_lag));
  }
  const double ratio = options.min_cleanable_dirty_ratio;
  if (ratio >= 0 && ratio <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("min_cleanable_dirty_ratio is {}; it can be from 0 to 1", ratio));
}

absl::Status CheckTimestamps(const TopicOptions& options) {
  const std::int64_t before = options.message_timestamp_before_max_ms.count();
  if (auto s = CheckRange("message_timestamp_before_max_ms", before, 0, kLimitMax); !s.ok()) return s;
  const std::int64_t after = options.message_timestamp_after_max_ms.count();
  return CheckRange("message_timestamp_after_max_ms", after, 0, kLimitMax);
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
  for (const auto check : {CheckCompression, CheckRetention, CheckCompaction, CheckTimestamps}) {
    if (auto s = check(options); !s.ok()) return s;
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
