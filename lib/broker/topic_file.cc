#include "broker/topic_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "broker/checked_text.h"
#include "broker/topic_config.h"
#include "broker/topic_name.h"
#include "shared/layout.h"

namespace leat::broker {
namespace {

constexpr TextKind kTopicText{.title = "leat topic", .version = 1};

constexpr std::string_view kName = "name", kId = "id", kIncarnation = "incarnation", kPartitions = "partitions",
                           kSegmentBytes = "segment.bytes", kMaxMessageBytes = "max.message.bytes",
                           kIndexInterval = "index.interval.bytes", kTimestampType = "message.timestamp.type",
                           kDurability = "durability", kAdopted = "adopted", kCompression = "compression.type",
                           kCleanupPolicy = "cleanup.policy", kDirtyRatio = "min.cleanable.dirty.ratio";

constexpr std::array<std::string_view, 5> kCodecs = {"uncompressed", "gzip", "snappy", "lz4", "zstd"};
constexpr std::array<std::string_view, 3> kPolicies = {"delete", "compact", "compact,delete"};

constexpr std::string_view kCreateTime = "CreateTime", kLogAppendTime = "LogAppendTime";
constexpr std::string_view kProcess = "process", kDisk = "disk";

absl::Status Wrong(std::string_view path, std::string_view what) {
  return absl::DataLossError(
      fmt::format("{}: {}, though its checksum is right; it was not written by leat", path, what));
}

absl::StatusOr<std::int32_t> SmallNumber(const CheckedText& text, std::string_view key, std::string_view path) {
  absl::StatusOr<std::int64_t> value = text.Number(key);
  if (!value.ok()) return value.status();
  if (*value != static_cast<std::int32_t>(*value)) return Wrong(path, fmt::format("its \"{}\" is too large", key));
  return static_cast<std::int32_t>(*value);
}

absl::Status ReadChoices(const CheckedText& text, std::string_view path, TopicFile& topic) {
  const absl::StatusOr<std::string> type = text.Text(kTimestampType);
  if (!type.ok()) return type.status();
  const absl::StatusOr<std::string> durability = text.Text(kDurability);
  if (!durability.ok()) return durability.status();
  const absl::StatusOr<std::int64_t> adopted = text.Number(kAdopted);
  if (!adopted.ok()) return adopted.status();
  if (*type != kCreateTime && *type != kLogAppendTime)
    return Wrong(path, fmt::format("its timestamp type is \"{}\"", *type));
  if (*durability != kProcess && *durability != kDisk)
    return Wrong(path, fmt::format("its durability is \"{}\"", *durability));
  topic.options.timestamp_type = *type == kCreateTime ? TimestampType::kCreateTime : TimestampType::kLogAppendTime;
  topic.options.durability = *durability == kProcess ? Durability::kProcess : Durability::kDisk;
  topic.adopted = *adopted != 0;
  return absl::OkStatus();
}

// Written only where they are not what they are by default, so that libraries that do not know them read all other
// topics: `visit` is called with the key and the field of each.
template <typename Options, typename Visit>
void VisitNumbers(Options& options, Visit visit) {
  visit("compression.gzip.level", options.compression_gzip_level);
  visit("compression.lz4.level", options.compression_lz4_level);
  visit("compression.zstd.level", options.compression_zstd_level);
  visit("retention.ms", options.retention_ms);
  visit("retention.bytes", options.retention_bytes);
  visit("segment.ms", options.segment_ms);
  visit("delete.retention.ms", options.delete_retention_ms);
  visit("min.compaction.lag.ms", options.min_compaction_lag_ms);
  visit("max.compaction.lag.ms", options.max_compaction_lag_ms);
  visit("message.timestamp.before.max.ms", options.message_timestamp_before_max_ms);
  visit("message.timestamp.after.max.ms", options.message_timestamp_after_max_ms);
  visit("budget.share", options.budget_share);
  visit("budget.min.bytes", options.budget_min_bytes);
  visit("flush.ms", options.flush_ms);
  visit("flush.messages", options.flush_messages);
}

std::int64_t NumberOf(std::int64_t field) { return field; }
std::int64_t NumberOf(std::chrono::milliseconds field) { return field.count(); }

bool PutNumber(std::int64_t number, std::int64_t& field) {
  field = number;
  return true;
}
bool PutNumber(std::int64_t number, std::int32_t& field) {
  field = static_cast<std::int32_t>(number);
  return field == number;
}
bool PutNumber(std::int64_t number, std::chrono::milliseconds& field) {
  field = std::chrono::milliseconds(number);
  return true;
}

absl::Status ReadMoreNumbers(const CheckedText& text, std::string_view path, TopicFile& topic) {
  absl::Status first;
  VisitNumbers(topic.options, [&](std::string_view key, auto& field) {
    const absl::StatusOr<std::int64_t> number = text.NumberOr(key, NumberOf(field));
    first.Update(number.status());
    if (number.ok() && !PutNumber(*number, field))
      first.Update(Wrong(path, fmt::format("its \"{}\" is too large", key)));
  });
  return first;
}

template <typename Choice>
absl::Status ReadChoice(const CheckedText& text, std::string_view path, std::string_view key,
                        std::span<const std::string_view> words, Choice& field) {
  if (!text.Has(key)) return absl::OkStatus();
  const absl::StatusOr<std::string> word = text.Text(key);
  if (!word.ok()) return word.status();
  const auto at = std::find(words.begin(), words.end(), *word);
  if (at == words.end()) return Wrong(path, fmt::format("its \"{}\" is \"{}\"", key, *word));
  field = static_cast<Choice>(at - words.begin());
  return absl::OkStatus();
}

absl::Status ReadMoreChoices(const CheckedText& text, std::string_view path, TopicFile& topic) {
  TopicOptions& options = topic.options;
  Compression codec = Compression::kNone;
  if (auto s = ReadChoice(text, path, kCompression, kCodecs, codec); !s.ok()) return s;
  if (text.Has(kCompression)) options.compression = codec;
  if (auto s = ReadChoice(text, path, kCleanupPolicy, kPolicies, options.cleanup_policy); !s.ok()) return s;
  if (!text.Has(kDirtyRatio)) return absl::OkStatus();
  const absl::StatusOr<std::string> ratio = text.Text(kDirtyRatio);
  if (!ratio.ok()) return ratio.status();
  const auto [end, error] =
      std::from_chars(ratio->data(), ratio->data() + ratio->size(), options.min_cleanable_dirty_ratio);
  if (error == std::errc() && end == ratio->data() + ratio->size()) return absl::OkStatus();
  return Wrong(path, fmt::format("its \"{}\" is \"{}\"", kDirtyRatio, *ratio));
}

void WriteMore(const TopicOptions& options, CheckedText& text) {
  const TopicOptions usual;
  std::vector<std::int64_t> usual_numbers;
  VisitNumbers(usual, [&](std::string_view, const auto& field) { usual_numbers.push_back(NumberOf(field)); });
  auto usual_number = usual_numbers.begin();
  VisitNumbers(options, [&](std::string_view key, const auto& field) {
    if (NumberOf(field) != *usual_number++) text.Set(key, NumberOf(field));
  });
  if (options.compression.has_value())
    text.Set(kCompression, kCodecs[static_cast<std::size_t>(*options.compression)]);
  if (options.cleanup_policy != usual.cleanup_policy)
    text.Set(kCleanupPolicy, kPolicies[static_cast<std::size_t>(options.cleanup_policy)]);
  if (options.min_cleanable_dirty_ratio != usual.min_cleanable_dirty_ratio)
    text.Set(kDirtyRatio, fmt::to_string(options.min_cleanable_dirty_ratio));
}

std::vector<std::string_view> KnownKeys() {
  std::vector<std::string_view> keys = {
      kName,          kId,         kIncarnation, kPartitions,  kSegmentBytes,  kMaxMessageBytes, kIndexInterval,
      kTimestampType, kDurability, kAdopted,     kCompression, kCleanupPolicy, kDirtyRatio};
  const TopicOptions any;
  VisitNumbers(any, [&](std::string_view key, const auto&) { keys.push_back(key); });
  return keys;
}

absl::Status ReadNumbers(const CheckedText& text, std::string_view path, TopicFile& topic) {
  const absl::StatusOr<std::int64_t> incarnation = text.Number(kIncarnation);
  const absl::StatusOr<std::int64_t> segment_bytes = text.Number(kSegmentBytes);
  const absl::StatusOr<std::int32_t> partitions = SmallNumber(text, kPartitions, path);
  const absl::StatusOr<std::int32_t> max_message = SmallNumber(text, kMaxMessageBytes, path);
  const absl::StatusOr<std::int32_t> interval = SmallNumber(text, kIndexInterval, path);
  for (const absl::Status& status :
       {incarnation.status(), segment_bytes.status(), partitions.status(), max_message.status(), interval.status()}) {
    if (!status.ok()) return status;
  }
  topic.incarnation = static_cast<std::uint64_t>(*incarnation);
  topic.options.segment_bytes = *segment_bytes;
  topic.options.partitions = *partitions;
  topic.options.max_message_bytes = *max_message;
  topic.options.index_interval_bytes = *interval;
  return absl::OkStatus();
}

}  // namespace

std::uint32_t FlagsOf(const TopicFile& topic) {
  return topic.options.durability == Durability::kDisk ? std::uint32_t{shared::kFlagDisk} : 0;
}

std::string FormatTopicFile(const TopicFile& topic) {
  CheckedText text;
  text.Set(kName, topic.name);
  text.Set(kId, base::UuidToString(topic.id));
  text.Set(kIncarnation, static_cast<std::int64_t>(topic.incarnation));
  text.Set(kPartitions, std::int64_t{topic.options.partitions});
  text.Set(kSegmentBytes, topic.options.segment_bytes);
  text.Set(kMaxMessageBytes, std::int64_t{topic.options.max_message_bytes});
  text.Set(kIndexInterval, std::int64_t{topic.options.index_interval_bytes});
  text.Set(kTimestampType, topic.options.timestamp_type == TimestampType::kCreateTime ? kCreateTime : kLogAppendTime);
  text.Set(kDurability, topic.options.durability == Durability::kDisk ? kDisk : kProcess);
  text.Set(kAdopted, std::int64_t{topic.adopted ? 1 : 0});
  WriteMore(topic.options, text);
  return text.Format(kTopicText);
}

absl::StatusOr<TopicFile> ParseTopicFile(std::string_view content, std::string_view path) {
  const absl::StatusOr<CheckedText> text = CheckedText::Parse(content, kTopicText, path);
  if (!text.ok()) return text.status();
  if (auto s = text->CheckKeys(KnownKeys()); !s.ok()) return s;
  TopicFile topic;
  absl::StatusOr<std::string> name = text->Text(kName);
  if (!name.ok()) return name.status();
  const absl::StatusOr<std::string> id = text->Text(kId);
  if (!id.ok()) return id.status();
  topic.name = *std::move(name);
  if (!CheckTopicName(topic.name).ok()) return Wrong(path, "its name is not a topic's");
  if (!base::UuidFromString(*id, topic.id)) return Wrong(path, fmt::format("its id is \"{}\"", *id));
  if (absl::Status status = ReadNumbers(*text, path, topic); !status.ok()) return status;
  if (absl::Status status = ReadMoreNumbers(*text, path, topic); !status.ok()) return status;
  if (absl::Status status = ReadChoices(*text, path, topic); !status.ok()) return status;
  if (absl::Status status = ReadMoreChoices(*text, path, topic); !status.ok()) return status;
  if (absl::Status status = CheckTopicOptions(topic.options, false); !status.ok())
    return Wrong(path, std::string(status.message()));
  return topic;
}

std::string TopicFilePath(std::string_view folder, std::string_view topic) {
  return io::JoinPath(io::JoinPath(folder, kTopicsFolderName), topic);
}

absl::StatusOr<TopicFile> ReadTopicFile(io::FileSystem& files, std::string_view folder, std::string_view topic) {
  const std::string path = TopicFilePath(folder, topic);
  const absl::StatusOr<std::string> content = io::ReadWholeFile(files, path);
  if (!content.ok()) return content.status();
  absl::StatusOr<TopicFile> parsed = ParseTopicFile(*content, path);
  if (parsed.ok() && parsed->name != topic) {
    return absl::DataLossError(fmt::format(
        "{}: says that it is the topic \"{}\"; was it renamed by hand? Name it as it was", path, parsed->name));
  }
  return parsed;
}

}  // namespace leat::broker
