#include "client/timestamps.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/wrapping.h"
#include "client/append.h"

namespace leat::client {
namespace {

using std::chrono::milliseconds;

// The distance between two times, however far apart.
std::uint64_t Between(std::int64_t earlier, std::int64_t later) {
  return static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier);
}

bool Exceeds(std::uint64_t distance, milliseconds limit) {
  return limit != kNoTimeLimit && distance > static_cast<std::uint64_t>(limit.count());
}

absl::Status TooFar(const broker::PartitionBackend& partition, std::int64_t timestamp, std::uint64_t distance,
                    std::string_view where, std::string_view setting, milliseconds limit) {
  return Refused(
      partition,
      absl::InvalidArgumentError(fmt::format(
          "{}: the record's timestamp {} lies {} ms {} the clock, and the topic's {} is {}; send it with the "
          "right time (ms since 1970), or raise that (Broker::AlterTopic)",
          NameOf(partition), timestamp, distance, where, setting, limit.count())));
}

}  // namespace

absl::Status CheckTimestamp(const broker::PartitionBackend& partition, std::int64_t timestamp,
                            const base::Clock& clock) {
  constexpr std::int64_t kNoTimestamp = -1;
  const TopicOptions& topic = partition.topic_options();
  if (topic.timestamp_type != TimestampType::kCreateTime || timestamp == kNoTimestamp) return absl::OkStatus();
  const std::int64_t now = clock.WallMillisCoarse();
  if (timestamp > now) {
    const std::uint64_t ahead = Between(now, timestamp);
    if (!Exceeds(ahead, topic.message_timestamp_after_max_ms)) return absl::OkStatus();
    return TooFar(partition, timestamp, ahead, "after", "message.timestamp.after.max.ms",
                  topic.message_timestamp_after_max_ms);
  }
  const std::uint64_t behind = Between(timestamp, now);
  if (!Exceeds(behind, topic.message_timestamp_before_max_ms)) return absl::OkStatus();
  return TooFar(partition, timestamp, behind, "before", "message.timestamp.before.max.ms",
                topic.message_timestamp_before_max_ms);
}

absl::Status CheckTimestamps(const broker::PartitionBackend& partition, BatchView batch, const base::Clock& clock) {
  const TopicOptions& topic = partition.topic_options();
  if (topic.timestamp_type != TimestampType::kCreateTime) return absl::OkStatus();
  // The latest is in the header; the earliest has to be looked for.
  if (topic.message_timestamp_before_max_ms == kNoTimeLimit) {
    return CheckTimestamp(partition, batch.max_timestamp(), clock);
  }
  for (RecordReader reader(batch); reader.Next();) {
    const std::int64_t timestamp = base::WrappingAdd(batch.base_timestamp(), reader.record().timestamp_delta);
    if (absl::Status status = CheckTimestamp(partition, timestamp, clock); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckHeaderTime(const broker::PartitionBackend& partition, BatchView batch) {
  if (partition.topic_options().timestamp_type != TimestampType::kCreateTime ||
      batch.timestamp_type() != TimestampType::kCreateTime) {
    return absl::OkStatus();
  }
  std::optional<std::int64_t> latest;
  for (RecordReader reader(batch); reader.Next();) {
    const std::int64_t timestamp = base::WrappingAdd(batch.base_timestamp(), reader.record().timestamp_delta);
    latest = std::max(latest.value_or(timestamp), timestamp);
  }
  if (!latest.has_value() || *latest == batch.max_timestamp()) return absl::OkStatus();
  return Refused(partition,
                 absl::InvalidArgumentError(fmt::format(
                     "{}: the batch's header says that the latest timestamp is {}, and that of its records "
                     "is {}; encode it with the right one (BatchBuilder does)",
                     NameOf(partition), batch.max_timestamp(), *latest)));
}

absl::Status CheckTimestamps(const broker::PartitionBackend& partition, BatchBuilder& builder,
                             const base::Clock& clock) {
  if (builder.empty()) return absl::OkStatus();
  if (partition.topic_options().message_timestamp_before_max_ms == kNoTimeLimit) {
    return CheckTimestamp(partition, builder.max_timestamp(), clock);
  }
  return CheckTimestamps(partition, BatchView(builder.Seal({})), clock);
}

}  // namespace leat::client
