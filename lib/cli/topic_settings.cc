#include "cli/topic_settings.h"

#include <fmt/format.h>

#include <chrono>

#include "cli/number.h"
#include "cli/similar.h"

namespace leat::cli {
namespace {

constexpr std::string_view kCreateTime = "CreateTime", kLogAppendTime = "LogAppendTime";
constexpr std::string_view kProcess = "process", kDisk = "disk";

template <typename Number>
absl::Status SetNumber(std::string_view name, std::string_view value, std::optional<Number>* setting) {
  const auto number = ParseNumber<Number>(value);
  if (!number.has_value()) {
    return absl::InvalidArgumentError(fmt::format("{} is a whole number, not '{}'", name, value));
  }
  *setting = *number;
  return absl::OkStatus();
}

absl::Status SetTimestampType(std::string_view value, std::optional<TimestampType>* setting) {
  if (value != kCreateTime && value != kLogAppendTime) {
    return absl::InvalidArgumentError(
        fmt::format("message.timestamp.type is {} or {}, not '{}'", kCreateTime, kLogAppendTime, value));
  }
  *setting = value == kCreateTime ? TimestampType::kCreateTime : TimestampType::kLogAppendTime;
  return absl::OkStatus();
}

absl::Status SetDurability(std::string_view value, std::optional<Durability>* setting) {
  if (value != kProcess && value != kDisk) {
    return absl::InvalidArgumentError(fmt::format("durability is {} or {}, not '{}'", kProcess, kDisk, value));
  }
  *setting = value == kDisk ? Durability::kDisk : Durability::kProcess;
  return absl::OkStatus();
}

absl::Status SetMillis(std::string_view name, std::string_view value,
                       std::optional<std::chrono::milliseconds>* setting) {
  std::optional<std::int64_t> number;
  if (absl::Status set = SetNumber(name, value, &number); !set.ok()) return set;
  *setting = std::chrono::milliseconds(*number);
  return absl::OkStatus();
}

}  // namespace

absl::Status ParseSetting(std::string_view text, TopicChanges* changes) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return absl::InvalidArgumentError(fmt::format("a setting is K=V, not '{}'", text));
  const std::string_view name = text.substr(0, equals), value = text.substr(equals + 1);
  if (name == "segment.bytes") return SetNumber(name, value, &changes->segment_bytes);
  if (name == "max.message.bytes") return SetNumber(name, value, &changes->max_message_bytes);
  if (name == "index.interval.bytes") return SetNumber(name, value, &changes->index_interval_bytes);
  if (name == "message.timestamp.type") return SetTimestampType(value, &changes->timestamp_type);
  if (name == "durability") return SetDurability(value, &changes->durability);
  if (name == "flush.ms") return SetMillis(name, value, &changes->flush_ms);
  if (name == "flush.messages") return SetNumber(name, value, &changes->flush_messages);

  std::vector<std::string> names;
  for (const auto& [known, ignored] : SettingsOf({})) names.push_back(known);
  const auto meant = MostSimilar(name, names);
  return absl::InvalidArgumentError(
      meant.has_value() ? fmt::format("there is no setting '{}'; did you mean '{}'?", name, *meant)
                        : fmt::format("there is no setting '{}'; there are {}", name, fmt::join(names, ", ")));
}

TopicOptions With(TopicOptions options, const TopicChanges& changes) {
  options.segment_bytes = changes.segment_bytes.value_or(options.segment_bytes);
  options.max_message_bytes = changes.max_message_bytes.value_or(options.max_message_bytes);
  options.index_interval_bytes = changes.index_interval_bytes.value_or(options.index_interval_bytes);
  options.timestamp_type = changes.timestamp_type.value_or(options.timestamp_type);
  options.durability = changes.durability.value_or(options.durability);
  options.flush_ms = changes.flush_ms.value_or(options.flush_ms);
  options.flush_messages = changes.flush_messages.value_or(options.flush_messages);
  return options;
}

std::vector<std::pair<std::string, std::string>> SettingsOf(const TopicOptions& options) {
  return {{"segment.bytes", fmt::to_string(options.segment_bytes)},
          {"max.message.bytes", fmt::to_string(options.max_message_bytes)},
          {"index.interval.bytes", fmt::to_string(options.index_interval_bytes)},
          {"message.timestamp.type",
           std::string(options.timestamp_type == TimestampType::kCreateTime ? kCreateTime : kLogAppendTime)},
          {"durability", std::string(options.durability == Durability::kDisk ? kDisk : kProcess)},
          {"flush.ms", fmt::to_string(options.flush_ms.count())},
          {"flush.messages", fmt::to_string(options.flush_messages)}};
}

}  // namespace leat::cli
