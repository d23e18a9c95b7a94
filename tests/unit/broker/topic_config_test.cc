#include "broker/topic_config.h"

#include <limits>
#include <string>

#include "support/catch.h"

namespace leat::broker {
namespace {

TEST_CASE("the default settings, and those at the ends of their ranges, are allowed") {
  CHECK(CheckTopicOptions({}, false).ok());
  CHECK(CheckTopicOptions({.partitions = 65536}, false).ok());
  CHECK(CheckTopicOptions({.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10}, false).ok());
  CHECK(CheckTopicOptions(
            {.segment_bytes = kSegmentBytesMax, .max_message_bytes = std::numeric_limits<std::int32_t>::max()}, false)
            .ok());
  CHECK(CheckTopicOptions({.max_message_bytes = 128, .index_interval_bytes = 1}, false).ok());
}

TEST_CASE("a setting beyond its range is refused by name, with the range") {
  const auto refused = [](const TopicOptions& options, const std::string& name) {
    const absl::Status status = CheckTopicOptions(options, false);
    INFO(status.ToString());
    return absl::IsInvalidArgument(status) && status.ToString().find(name) != std::string::npos;
  };
  CHECK(refused({.partitions = 0}, "partitions is 0; it can be from 1 to 65536"));
  CHECK(refused({.partitions = 65537}, "partitions"));
  CHECK(refused({.segment_bytes = (64 << 10) - 1}, "segment.bytes is"));
  CHECK(refused({.segment_bytes = kSegmentBytesMax + 1}, "segment.bytes is"));
  CHECK(refused({.max_message_bytes = 127}, "max.message.bytes is"));
  CHECK(refused({.segment_bytes = 64 << 10}, "max.message.bytes is"));
  CHECK(refused({.index_interval_bytes = 0}, "index.interval.bytes is"));
  using std::chrono::milliseconds;
  CHECK(refused({.compression_gzip_level = 0}, "compression.gzip.level is"));
  CHECK(refused({.compression_lz4_level = 18}, "compression.lz4.level is"));
  CHECK(refused({.compression_zstd_level = 23}, "compression.zstd.level is"));
  CHECK(refused({.retention_ms = milliseconds(-2)}, "retention.ms is"));
  CHECK(refused({.retention_bytes = -2}, "retention.bytes is"));
  CHECK(refused({.segment_ms = milliseconds(0)}, "segment.ms is"));
  CHECK(refused({.delete_retention_ms = milliseconds(-1)}, "delete.retention.ms is"));
  CHECK(refused({.min_compaction_lag_ms = milliseconds(-1)}, "min.compaction.lag.ms is"));
  CHECK(refused({.max_compaction_lag_ms = milliseconds(0)}, "max.compaction.lag.ms is"));
  CHECK(refused({.min_compaction_lag_ms = milliseconds(2), .max_compaction_lag_ms = milliseconds(1)}, "lag"));
  CHECK(refused({.min_cleanable_dirty_ratio = 1.1}, "min.cleanable.dirty.ratio is"));
  CHECK(refused({.min_cleanable_dirty_ratio = std::numeric_limits<double>::quiet_NaN()},
                "min.cleanable.dirty.ratio is"));
  CHECK(refused({.message_timestamp_before_max_ms = milliseconds(-1)}, "message.timestamp.before.max.ms is"));
  CHECK(refused({.message_timestamp_after_max_ms = milliseconds(-1)}, "message.timestamp.after.max.ms is"));
  CHECK(refused({.budget_share = 0}, "budget.share is"));
  CHECK(refused({.budget_min_bytes = -1}, "budget.min.bytes is"));
  for (const CleanupPolicy policy : {CleanupPolicy::kCompact, CleanupPolicy::kCompactAndDelete}) {
    CHECK(CheckTopicOptions({.cleanup_policy = policy}, false).ok());
    CHECK(CheckTopicOptions({.cleanup_policy = policy}, true).ok());
  }
}

TEST_CASE("what is about the disk makes no sense in memory") {
  using std::chrono::milliseconds;
  for (const TopicOptions& options : {TopicOptions{.durability = Durability::kDisk},
                                      TopicOptions{.flush_ms = milliseconds(1)}, TopicOptions{.flush_messages = 1}}) {
    CHECK(CheckTopicOptions(options, false).ok());
    CHECK(absl::IsInvalidArgument(CheckTopicOptions(options, true)));
  }
  CHECK(absl::IsInvalidArgument(CheckTopicOptions({.flush_ms = milliseconds(-1)}, false)));
  CHECK(absl::IsInvalidArgument(CheckTopicOptions({.flush_ms = std::chrono::hours(24 * 366)}, false)));
  CHECK(absl::IsInvalidArgument(CheckTopicOptions({.flush_messages = -1}, false)));
  CHECK(CheckDurability(Durability::kProcess, true).ok());
}

TEST_CASE("settings are kept as they hold") {
  CHECK(NormalizeTopicOptions({.durability = Durability::kTopicDefault}, 0).durability == Durability::kProcess);
  CHECK(NormalizeTopicOptions({}, 0) == TopicOptions{});
  const TopicOptions small = NormalizeTopicOptions({}, 1 << 20);
  CHECK(small.segment_bytes == 256 << 10);
  CHECK(small.max_message_bytes == 256 << 10);
  CHECK(NormalizeTopicOptions({}, 100).segment_bytes == kSegmentBytesMin);
  CHECK(NormalizeTopicOptions({.segment_bytes = 100'000}, 1 << 30).segment_bytes == 100'000);
}

}  // namespace
}  // namespace leat::broker
