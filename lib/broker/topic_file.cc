#include "broker/topic_file.h"

#include <fmt/format.h>

#include <optional>

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
                           kDurability = "durability", kAdopted = "adopted", kFlushMs = "flush.ms",
                           kFlushMessages = "flush.messages";

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

// Written only where they are asked for, so that libraries that do not know them read all other topics.
absl::Status ReadFlushing(const CheckedText& text, TopicFile& topic) {
  const absl::StatusOr<std::int64_t> flush_ms = text.NumberOr(kFlushMs, 0);
  const absl::StatusOr<std::int64_t> flush_messages = text.NumberOr(kFlushMessages, 0);
  if (!flush_ms.ok()) return flush_ms.status();
  if (!flush_messages.ok()) return flush_messages.status();
  topic.options.flush_ms = std::chrono::milliseconds(*flush_ms);
  topic.options.flush_messages = *flush_messages;
  return absl::OkStatus();
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
  if (topic.options.flush_ms.count() > 0) text.Set(kFlushMs, std::int64_t{topic.options.flush_ms.count()});
  if (topic.options.flush_messages > 0) text.Set(kFlushMessages, topic.options.flush_messages);
  return text.Format(kTopicText);
}

absl::StatusOr<TopicFile> ParseTopicFile(std::string_view content, std::string_view path) {
  const absl::StatusOr<CheckedText> text = CheckedText::Parse(content, kTopicText, path);
  if (!text.ok()) return text.status();
  if (auto s = text->CheckKeys({kName, kId, kIncarnation, kPartitions, kSegmentBytes, kMaxMessageBytes,
                                kIndexInterval, kTimestampType, kDurability, kAdopted, kFlushMs, kFlushMessages});
      !s.ok()) {
    return s;
  }
  TopicFile topic;
  absl::StatusOr<std::string> name = text->Text(kName);
  if (!name.ok()) return name.status();
  const absl::StatusOr<std::string> id = text->Text(kId);
  if (!id.ok()) return id.status();
  topic.name = *std::move(name);
  if (!CheckTopicName(topic.name).ok()) return Wrong(path, "its name is not a topic's");
  if (!base::UuidFromString(*id, topic.id)) return Wrong(path, fmt::format("its id is \"{}\"", *id));
  if (absl::Status status = ReadNumbers(*text, path, topic); !status.ok()) return status;
  if (absl::Status status = ReadFlushing(*text, topic); !status.ok()) return status;
  if (absl::Status status = ReadChoices(*text, path, topic); !status.ok()) return status;
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
