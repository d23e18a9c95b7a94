#include <limits>

#include "settings/table.h"

namespace leat::settings {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

template <typename T>
Field<BrokerOptions, NoChanges, T> Of(T BrokerOptions::*option) {
  return {.option = option};
}

constexpr Word kTrueFalse[] = {{"true", 1}, {"false", 0}};

const BrokerRow kTable[] = {
    {{.name = "open.timeout.ms",
      .member = "open_timeout",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max},
      .about = "How long opening a folder waits for another process that recovers, makes or closes it.",
      .more = "Suits large folders after a power cut.",
      .less = "Tells sooner who holds the folder.",
      .unlike_kafka = "leat's own: Kafka's folders have one process."},
     Of(&BrokerOptions::open_timeout)},
    {{.name = "max.block.ms",
      .member = "max_block",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max},
      .about =
          "How long any call waits for a lock that a stopped or stuck process holds; then it is kUnavailable and "
          "names that process.",
      .more = "A process that is stopped for a while holds others up, and fails nothing.",
      .less = "Tells sooner; an overloaded machine may look like a stuck process.",
      .unlike_kafka = "Kafka's producers wait so long for metadata and buffers."},
     Of(&BrokerOptions::max_block)},
    {{.name = "offsets.retention.minutes",
      .member = "offsets_retention",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max, .beside = 0, .beside_means = "unlimited"},
      .about = "How long what a consumer group has committed is remembered when the group has no members any more.",
      .more = "Groups that come back late go on where they were; the group's file keeps what is forgotten by all.",
      .less = "A group that was away for longer starts anew, by its consumers' auto_offset_reset.",
      .unlike_kafka = "0 is for ever; Kafka has no word for that."},
     Of(&BrokerOptions::offsets_retention)},
    {{.name = "size.limit",
      .member = "size_limit",
      .type = SettingType::kBytes,
      .range = {.first = 1 << 20, .last = kInt64Max, .beside = 0, .beside_means = "unlimited"},
      .about =
          "A budget for the segments of all topics together; when it is full, the oldest ones go of topics that have "
          "more than their budget.share.",
      .more = "Keeps more.",
      .less = "Takes less disk; only whole segments can go, so several a partition should fit.",
      .unlike_kafka = "leat's own: Kafka has limits by partition only."},
     Of(&BrokerOptions::size_limit)},
    {{.name = "free.space.min",
      .member = "free_space_min",
      .type = SettingType::kBytes,
      .range = {.first = 0, .last = kInt64Max},
      .about =
          "Bytes that shall stay free on the disk, whatever else is on it; below that, segments go as by size.limit.",
      .more = "Leaves the machine room to breathe.",
      .less = "Keeps more; 0 asks for none.",
      .unlike_kafka = "leat's own."},
     Of(&BrokerOptions::free_space_min)},
    {{.name = "log.retention.check.interval.ms",
      .member = "retention_check_interval",
      .type = SettingType::kTime,
      .range = {.first = 1, .last = kInt64Max},
      .about =
          "How often somebody looks for records that retention lets go, and for segments that are to end by time.",
      .more = "Looks at every topic less often.",
      .less = "Frees space sooner.",
      .unlike_kafka = "One process at a time looks, for all that have the folder open."},
     Of(&BrokerOptions::retention_check_interval)},
    {{.name = "metrics.enable",
      .member = "metrics",
      .type = SettingType::kWord,
      .words = kTrueFalse,
      .about = "Whether this process counts what it does, for `leat metrics` and whoever else asks.",
      .more = "`true`: costs about 1 % of the append of one small record, and less of all else.",
      .less = "`false`: the metrics say nothing of what this process has done.",
      .unlike_kafka = "leat's own."},
     Of(&BrokerOptions::metrics)},
    {{.name = "log.cleaner.backoff.ms",
      .member = "compaction_check_interval",
      .type = SettingType::kTime,
      .range = {.first = 1, .last = kInt64Max},
      .about = "How often somebody looks for compacted topics that want compacting.",
      .more = "Looks at these topics less often.",
      .less = "Compacts sooner after there is reason to.",
      .unlike_kafka =
          "One process at a time looks, for all that have the folder open; Kafka's cleaner sleeps so long "
          "when it has found nothing."},
     Of(&BrokerOptions::compaction_check_interval)},
    {{.name = "log.cleaner.dedupe.buffer.size",
      .member = "compaction_memory",
      .type = SettingType::kBytes,
      .range = {.first = 4 << 10, .last = kInt64Max},
      .about = "Memory that a compaction may take for keys and their newest offsets, at 32 bytes a key; it takes "
               "what they "
               "need, and this at most. Logs that a Kafka wrote take 16 bytes for each transaction, and up to 50 MiB "
               "for producers, beside it.",
      .more = "Fewer rounds where there are many keys.",
      .less = "Less memory; keys that do not fit are for another round, which reads again what was compacted before.",
      .unlike_kafka = "Kafka takes it at once, for each of its cleaners."},
     Of(&BrokerOptions::compaction_memory)},
};

}  // namespace

std::span<const BrokerRow> BrokerTable() { return kTable; }

absl::Status CheckRanges(const BrokerOptions& options) {
  for (const BrokerRow& row : kTable) {
    if (absl::Status status = Check(row, row.Get(options)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace leat::settings
