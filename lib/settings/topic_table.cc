#include <limits>

#include "settings/table.h"

namespace leat::settings {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kYearMs = std::int64_t{365} * 24 * 3600 * 1000;

constexpr std::string_view kUnlimited = "unlimited";
constexpr std::string_view kNever = "not asked for";

constexpr Word kTimestampTypes[] = {{"CreateTime", static_cast<int>(TimestampType::kCreateTime)},
                                    {"LogAppendTime", static_cast<int>(TimestampType::kLogAppendTime)}};
constexpr Word kDurabilities[] = {{"process", static_cast<int>(Durability::kProcess)},
                                  {"disk", static_cast<int>(Durability::kDisk)},
                                  {"process", static_cast<int>(Durability::kTopicDefault)}};
constexpr Word kCodecs[] = {{"producer", -1},
                            {"uncompressed", static_cast<int>(Compression::kNone)},
                            {"gzip", static_cast<int>(Compression::kGzip)},
                            {"snappy", static_cast<int>(Compression::kSnappy)},
                            {"lz4", static_cast<int>(Compression::kLz4)},
                            {"zstd", static_cast<int>(Compression::kZstd)}};
constexpr Word kPolicies[] = {{"delete", static_cast<int>(CleanupPolicy::kDelete)},
                              {"compact", static_cast<int>(CleanupPolicy::kCompact)},
                              {"compact,delete", static_cast<int>(CleanupPolicy::kCompactAndDelete)},
                              {"delete,compact", static_cast<int>(CleanupPolicy::kCompactAndDelete)}};

template <typename T>
Field<TopicOptions, TopicChanges, T> Of(T TopicOptions::*option, std::optional<T> TopicChanges::*change) {
  return {.option = option, .change = change};
}

const TopicRow kTable[] = {
    {{.name = "partitions",
      .member = "partitions",
      .range = {.first = 1, .last = 65536},
      .about = "How many partitions the topic has: the unit of order and of parallel reading.",
      .more =
          "More members of a group work side by side; each partition takes 4 KiB of the control file, and 1 MiB of "
          "disk at least once it is written to.",
      .less = "Fewer members work side by side. It cannot be lowered later, only raised (Broker::AddPartitions).",
      .unlike_kafka =
          "Kafka has it beside a topic's settings, and a broker's default in num.partitions; here one name "
          "is enough. 65,536 are what all topics of a folder may have together."},
     Field<TopicOptions, TopicChanges, std::int32_t>{.option = &TopicOptions::partitions}},
    {{.name = "segment.bytes",
      .member = "segment_bytes",
      .type = SettingType::kBytes,
      .range = {.first = 64 << 10, .last = (std::int64_t{2} << 30) - 1},
      .about = "The size of a segment file.",
      .more = "Fewer files; retention and compaction work in larger steps.",
      .less = "More files, and finer retention. No batch may be larger than a segment.",
      .unlike_kafka = "The default is 128 MiB, where Kafka's is 1 GiB: an application's folder is smaller than a "
                      "broker's, and a segment is what retention takes at once."},
     Of(&TopicOptions::segment_bytes, &TopicChanges::segment_bytes)},
    {{.name = "segment.ms",
      .member = "segment_ms",
      .type = SettingType::kTime,
      .range = {.first = 1, .last = kInt64Max},
      .about =
          "How long a segment is written to at most, by the timestamps of its batches, before the next is begun.",
      .more = "Fewer files in topics that are seldom written to.",
      .less = "Retention and compaction get at records sooner; more and smaller files."},
     Of(&TopicOptions::segment_ms, &TopicChanges::segment_ms)},
    {{.name = "max.message.bytes",
      .member = "max_message_bytes",
      .type = SettingType::kBytes,
      .range = {.first = 128, .last = kInt32Max},
      .about = "The largest batch that is taken, header included; at most segment.bytes.",
      .more = "Larger records fit; whoever reads must have room for one batch.",
      .less = "Larger records are refused."},
     Of(&TopicOptions::max_message_bytes, &TopicChanges::max_message_bytes)},
    {{.name = "index.interval.bytes",
      .member = "index_interval_bytes",
      .type = SettingType::kBytes,
      .range = {.first = 1, .last = kInt32Max},
      .about = "How many bytes of the log lie between two entries of a sealed segment's indexes.",
      .more = "Smaller index files; a look-up reads more of the log.",
      .less = "Quicker look-ups; larger index files."},
     Of(&TopicOptions::index_interval_bytes, &TopicChanges::index_interval_bytes)},
    {{.name = "message.timestamp.type",
      .member = "timestamp_type",
      .type = SettingType::kWord,
      .words = kTimestampTypes,
      .about = "Whose clock stamps a record: the producer's, or the log's when it takes the batch.",
      .more = "LogAppendTime: times never go back by much, whatever producers say; the time of the event is lost.",
      .less = "CreateTime: the producer's time, or the one that the record brings."},
     Of(&TopicOptions::timestamp_type, &TopicChanges::timestamp_type)},
    {{.name = "message.timestamp.before.max.ms",
      .member = "message_timestamp_before_max_ms",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max, .beside = kInt64Max, .beside_means = kUnlimited},
      .about = "How far a record's own timestamp may lie behind the log's clock; records of before are refused.",
      .more = "Old events can be written down.",
      .less = "Records that retention would delete at once are refused instead. Of no effect with LogAppendTime."},
     Of(&TopicOptions::message_timestamp_before_max_ms, &TopicChanges::message_timestamp_before_max_ms)},
    {{.name = "message.timestamp.after.max.ms",
      .member = "message_timestamp_after_max_ms",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max, .beside = kInt64Max, .beside_means = kUnlimited},
      .about = "How far a record's own timestamp may lie ahead of the log's clock; later ones are refused.",
      .more = "Clocks may differ by more; one record from a far future keeps its segment from growing old.",
      .less = "Producers whose clock is ahead are refused. Of no effect with LogAppendTime."},
     Of(&TopicOptions::message_timestamp_after_max_ms, &TopicChanges::message_timestamp_after_max_ms)},
    {{.name = "durability",
      .member = "durability",
      .type = SettingType::kWord,
      .words = kDurabilities,
      .about = "What an append survives that does not ask for more: the end of the process, or a power cut.",
      .more =
          "disk: an append waits for a sync, which all who wait at the same time share, and consumers see a record "
          "when it is on the disk. Not in memory.",
      .less = "process: an append waits for nothing; a power cut takes what was not synced yet.",
      .unlike_kafka = "Kafka has no such setting: its answer to a power cut is a second broker."},
     Of(&TopicOptions::durability, &TopicChanges::durability)},
    {{.name = "flush.ms",
      .member = "flush_ms",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kYearMs, .beside = 0, .beside_means = kNever},
      .about =
          "Syncing in the background: a power cut takes no more than what was appended in this time. Nobody waits "
          "for it. Not in memory.",
      .more = "Less work for the disk; a power cut takes more.",
      .less = "A power cut takes less; the disk syncs more often.",
      .unlike_kafka = "0 asks for none, where Kafka says it with the largest number there is. What is in a finished "
                      "segment is synced within 30 s in any case."},
     Of(&TopicOptions::flush_ms, &TopicChanges::flush_ms)},
    {{.name = "flush.messages",
      .member = "flush_messages",
      .range = {.first = 0, .last = kInt64Max, .beside = 0, .beside_means = kNever},
      .about =
          "Syncing in the background: a power cut takes no more than so many records. Nobody waits for it. Not in "
          "memory.",
      .more = "Less work for the disk; a power cut takes more.",
      .less = "A power cut takes less; the disk syncs more often.",
      .unlike_kafka = "0 asks for none, where Kafka says it with the largest number there is."},
     Of(&TopicOptions::flush_messages, &TopicChanges::flush_messages)},
    {{.name = "compression.type",
      .member = "compression",
      .type = SettingType::kWord,
      .words = kCodecs,
      .about = "The codec of producers that choose none themselves.",
      .more = "gzip, snappy, lz4, zstd: less disk; whoever sends and whoever reads pays with processor time.",
      .less = "uncompressed, or producer, which leaves it to them: records are read where they lie, without a copy.",
      .unlike_kafka =
          "Kafka's broker compresses anew what comes in another codec. Here batches stay as their producer "
          "wrote them: bytes are never written twice."},
     Of(&TopicOptions::compression, &TopicChanges::compression)},
    {{.name = "compression.gzip.level",
      .member = "compression_gzip_level",
      .range = {.first = 1, .last = 9, .beside = -1, .beside_means = "zlib's own choice"},
      .about = "How hard gzip tries.",
      .more = "Smaller batches, slower sending.",
      .less = "Larger batches, quicker sending."},
     Of(&TopicOptions::compression_gzip_level, &TopicChanges::compression_gzip_level)},
    {{.name = "compression.lz4.level",
      .member = "compression_lz4_level",
      .range = {.first = 1, .last = 17},
      .about = "How hard lz4 tries.",
      .more = "Smaller batches, slower sending.",
      .less = "Larger batches, quicker sending."},
     Of(&TopicOptions::compression_lz4_level, &TopicChanges::compression_lz4_level)},
    {{.name = "compression.zstd.level",
      .member = "compression_zstd_level",
      .range = {.first = -131072, .last = 22},
      .about = "How hard zstd tries.",
      .more = "Smaller batches, slower sending; above 19, far more memory.",
      .less = "Larger batches, quicker sending."},
     Of(&TopicOptions::compression_zstd_level, &TopicChanges::compression_zstd_level)},
    {{.name = "cleanup.policy",
      .member = "cleanup_policy",
      .type = SettingType::kWord,
      .words = kPolicies,
      .about =
          "What becomes of old records: whole segments go by time and size, or the last value of each key stays.",
      .more = "compact: the topic takes what its keys take, and compaction reads and writes it again and again.",
      .less = "delete: retention.ms and retention.bytes decide; both are unlimited by default.",
      .unlike_kafka =
          "Where a topic with records that have no key becomes a compacted one, these stay: nothing can replace "
          "them. Kafka deletes them. From then on both refuse such records."},
     Of(&TopicOptions::cleanup_policy, &TopicChanges::cleanup_policy)},
    {{.name = "retention.ms",
      .member = "retention_ms",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max, .beside = -1, .beside_means = kUnlimited},
      .about = "How long records are kept, by their timestamps. Whole segments go, so some stay longer.",
      .more = "Takes disk.",
      .less = "Deletes sooner: a consumer that is further behind misses records.",
      .unlike_kafka =
          "The default is for ever, where Kafka's is 7 days: here an upgrade, or a default, never deletes "
          "anybody's records."},
     Of(&TopicOptions::retention_ms, &TopicChanges::retention_ms)},
    {{.name = "retention.bytes",
      .member = "retention_bytes",
      .type = SettingType::kBytes,
      .range = {.first = 0, .last = kInt64Max, .beside = -1, .beside_means = kUnlimited},
      .about = "How many bytes of records each partition keeps at least when older ones go.",
      .more = "Takes disk, once for every partition.",
      .less = "Deletes sooner: a consumer that is further behind misses records."},
     Of(&TopicOptions::retention_bytes, &TopicChanges::retention_bytes)},
    {{.name = "delete.retention.ms",
      .member = "delete_retention_ms",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max},
      .about = "Compaction: how long a tombstone, a key with a null value, stays after the compaction that found it.",
      .more = "Tombstones take disk for longer.",
      .less = "A consumer that needs longer from the start to the end may not learn that a key is gone."},
     Of(&TopicOptions::delete_retention_ms, &TopicChanges::delete_retention_ms)},
    {{.name = "min.compaction.lag.ms",
      .member = "min_compaction_lag_ms",
      .type = SettingType::kTime,
      .range = {.first = 0, .last = kInt64Max},
      .about = "Compaction: how long every record is sure to stay, by its timestamp; at most max.compaction.lag.ms.",
      .more = "Consumers that are no further behind see every value; takes disk.",
      .less = "Values that were replaced go sooner."},
     Of(&TopicOptions::min_compaction_lag_ms, &TopicChanges::min_compaction_lag_ms)},
    {{.name = "max.compaction.lag.ms",
      .member = "max_compaction_lag_ms",
      .type = SettingType::kTime,
      .range = {.first = 1, .last = kInt64Max, .beside = kInt64Max, .beside_means = kUnlimited},
      .about = "Compaction: after how long a record is sure to have been looked at, however little is uncompacted.",
      .more =
          "Values that were replaced, and what tombstones delete, may stay longer in a topic that changes little.",
      .less = "Compacts more often."},
     Of(&TopicOptions::max_compaction_lag_ms, &TopicChanges::max_compaction_lag_ms)},
    {{.name = "min.cleanable.dirty.ratio",
      .member = "min_cleanable_dirty_ratio",
      .type = SettingType::kRatio,
      .range = {.first = 0, .last = 1},
      .about = "Compaction: which part of a partition must be uncompacted for it to be worth while.",
      .more = "Compacts less often; replaced values take more disk.",
      .less = "Saves disk; the rest is written anew more often."},
     Of(&TopicOptions::min_cleanable_dirty_ratio, &TopicChanges::min_cleanable_dirty_ratio)},
    {{.name = "budget.share",
      .member = "budget_share",
      .range = {.first = 1, .last = 1'000'000},
      .about = "The topic's part of the folder's budget, as a weight beside the other topics'.",
      .more = "Other topics give way first when the budget is full.",
      .less = "This topic's oldest segments go first.",
      .unlike_kafka =
          "leat's own: a folder within an application must not fill its disk, whatever topics there are."},
     Of(&TopicOptions::budget_share, &TopicChanges::budget_share)},
    {{.name = "budget.min.bytes",
      .member = "budget_min_bytes",
      .type = SettingType::kBytes,
      .range = {.first = 0, .last = kInt64Max},
      .about = "So many bytes of the topic's newest records are never taken for the folder's budget.",
      .more = "Protects this topic; where topics protect all that there is, a full budget fails their appends.",
      .less = "More of it may go when the budget is full.",
      .unlike_kafka = "leat's own, as budget.share is."},
     Of(&TopicOptions::budget_min_bytes, &TopicChanges::budget_min_bytes)},
};

}  // namespace

std::span<const TopicRow> TopicTable() { return kTable; }

absl::Status CheckRanges(const TopicOptions& options) {
  for (const TopicRow& row : kTable) {
    if (absl::Status status = Check(row, row.Get(options)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace leat::settings
