#include "broker/topic_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "broker/checked_text.h"
#include "broker/topic_config.h"
#include "broker/topic_name.h"
#include "settings/table.h"
#include "shared/layout.h"

namespace leat::broker {
namespace {

constexpr TextKind kTopicText{.title = "leat topic", .version = 1};

constexpr std::string_view kName = "name", kId = "id", kIncarnation = "incarnation", kAdopted = "adopted";

// These stand in every topic's file. The others do where they are not what they are by default, so that libraries that
// do not know them read all other topics: what is not there is the default, and no default may ever change.
constexpr std::array<std::string_view, 6> kAlways = {
    "partitions",           "segment.bytes",          "max.message.bytes",
    "index.interval.bytes", "message.timestamp.type", "durability"};

bool IsAlwaysThere(std::string_view setting) {
  return std::find(kAlways.begin(), kAlways.end(), setting) != kAlways.end();
}

absl::Status Wrong(std::string_view path, absl::string_view what) {
  return absl::DataLossError(
      fmt::format("{}: {}, though its checksum is right; it was not written by leat", path, std::string(what)));
}

absl::Status ReadSettings(const CheckedText& text, std::string_view path, TopicOptions& options) {
  for (const settings::TopicRow& row : settings::TopicTable()) {
    if (!IsAlwaysThere(row.name) && !text.Has(row.name)) continue;
    const absl::StatusOr<std::string> word = text.Text(row.name);
    if (!word.ok()) return word.status();
    const absl::StatusOr<settings::Value> value = settings::Parse(row, *word);
    if (!value.ok()) return Wrong(path, value.status().message());
    if (absl::Status in_range = settings::Check(row, *value); !in_range.ok()) return Wrong(path, in_range.message());
    row.Set(*value, options);
  }
  if (absl::Status status = CheckTopicOptions(options, false); !status.ok()) return Wrong(path, status.message());
  return absl::OkStatus();
}

void WriteSettings(const TopicOptions& options, CheckedText& text) {
  const TopicOptions usual;
  for (const settings::TopicRow& row : settings::TopicTable()) {
    if (!IsAlwaysThere(row.name) && row.Get(options) == row.Get(usual)) continue;
    text.Set(row.name, settings::Format(row, row.Get(options)));
  }
}

std::vector<std::string_view> KnownKeys() {
  std::vector<std::string_view> keys = {kName, kId, kIncarnation, kAdopted};
  for (const settings::TopicRow& row : settings::TopicTable()) keys.push_back(row.name);
  return keys;
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
  WriteSettings(topic.options, text);
  text.Set(kAdopted, std::int64_t{topic.adopted ? 1 : 0});
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
  const absl::StatusOr<std::int64_t> incarnation = text->Number(kIncarnation);
  if (!incarnation.ok()) return incarnation.status();
  const absl::StatusOr<std::int64_t> adopted = text->Number(kAdopted);
  if (!adopted.ok()) return adopted.status();
  topic.name = *std::move(name);
  if (!CheckTopicName(topic.name).ok()) return Wrong(path, "its name is not a topic's");
  if (!base::UuidFromString(*id, topic.id)) return Wrong(path, fmt::format("its id is \"{}\"", *id));
  topic.incarnation = static_cast<std::uint64_t>(*incarnation);
  topic.adopted = *adopted != 0;
  if (absl::Status status = ReadSettings(*text, path, topic.options); !status.ok()) return status;
  return topic;
}

std::string TopicsFolderPath(std::string_view folder) { return io::JoinPath(folder, "topics"); }

absl::Status SyncTopicNames(io::FileSystem& files, std::string_view folder) {
  return files.SyncDirectory(TopicsFolderPath(folder));
}

std::string TopicFilePath(std::string_view folder, std::string_view topic) {
  return io::JoinPath(TopicsFolderPath(folder), topic);
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
