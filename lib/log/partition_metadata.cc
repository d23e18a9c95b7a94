#include "log/partition_metadata.h"

#include <fmt/format.h>

#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace leat::log {
namespace {

constexpr std::string_view kVersionLine = "version: 0\n";
constexpr std::string_view kIdKey = "topic_id: ";

absl::string_view ForAbsl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string FormatTopicId(const TopicId& id) {
  return absl::WebSafeBase64Escape(absl::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

absl::StatusOr<TopicId> ParsePartitionMetadata(std::string_view text, std::string_view path) {
  std::string_view rest = text;
  std::string bytes;
  TopicId id;
  if (rest.starts_with(kVersionLine) && rest.substr(kVersionLine.size()).starts_with(kIdKey)) {
    rest.remove_prefix(kVersionLine.size() + kIdKey.size());
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    if (absl::WebSafeBase64Unescape(ForAbsl(rest), &bytes) && bytes.size() == id.size()) {
      std::memcpy(id.data(), bytes.data(), id.size());
      // The unescaping takes padding and white space, too.
      if (FormatTopicId(id) == rest) return id;
    }
  }
  return absl::DataLossError(
      fmt::format("{} does not say \"version: 0\" and a topic id of 22 characters: restore the file from a copy, or "
                  "remove it, if the folder does belong to its topic",
                  path));
}

std::string FormatPartitionMetadata(const TopicId& id) {
  return fmt::format("{}{}{}", kVersionLine, kIdKey, FormatTopicId(id));
}

absl::StatusOr<TopicId> ReadPartitionMetadata(io::FileSystem& files, const std::string& partition_folder) {
  const std::string path = io::JoinPath(partition_folder, kPartitionMetadataFileName);
  absl::StatusOr<std::string> text = io::ReadWholeFile(files, path);
  if (!text.ok()) return text.status();
  return ParsePartitionMetadata(*text, path);
}

absl::Status WritePartitionMetadata(io::FileSystem& files, const std::string& partition_folder, const TopicId& id,
                                    const io::FileInfo& like) {
  return io::ReplaceFile(files, io::JoinPath(partition_folder, kPartitionMetadataFileName),
                         FormatPartitionMetadata(id), "new", like);
}

}  // namespace leat::log
