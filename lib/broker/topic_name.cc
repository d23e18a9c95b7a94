#include "broker/topic_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace leat::broker {
namespace {

bool IsAllowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

char Merged(char c) { return c == '.' ? '_' : c; }

}  // namespace

absl::Status CheckTopicName(std::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("a topic's name is empty; it takes 1 to 249 of [a-zA-Z0-9._-]");
  if (name == "." || name == "..") {
    return absl::InvalidArgumentError(
        fmt::format("a topic cannot be named \"{}\": that is a folder's own name", name));
  }
  if (name.size() > kTopicNameMax) {
    return absl::InvalidArgumentError(fmt::format("a topic's name has {} characters, and {} are allowed: \"{}...\"",
                                                  name.size(), kTopicNameMax, name.substr(0, 32)));
  }
  const auto wrong = std::find_if_not(name.begin(), name.end(), IsAllowed);
  if (wrong == name.end()) return absl::OkStatus();
  const auto place = static_cast<std::size_t>(wrong - name.begin());
  // The byte as a number: it may be half of a character, or none that a terminal should get.
  return absl::InvalidArgumentError(
      fmt::format("a topic's name may have only [a-zA-Z0-9._-], and this one has the byte 0x{:02x} behind \"{}\"",
                  static_cast<unsigned>(static_cast<unsigned char>(*wrong)), name.substr(0, place)));
}

absl::StatusOr<std::vector<std::string>> NormalizeTopics(std::vector<std::string> topics) {
  for (const std::string& topic : topics) {
    if (auto s = CheckTopicName(topic); !s.ok()) return s;
  }
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

bool TopicNamesCollide(std::string_view a, std::string_view b) {
  return a != b &&
         std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Merged(x) == Merged(y); });
}

std::string PartitionFolderName(std::string_view topic, PartitionId partition) {
  return fmt::format("{}-{}", topic, partition);
}

std::optional<TopicPartition> ParsePartitionFolderName(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view topic = name.substr(0, dash);
  const std::string_view digits = name.substr(dash + 1);
  PartitionId partition = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), partition);
  if (error != std::errc() || end != digits.data() + digits.size() || partition < 0) return std::nullopt;
  if (!CheckTopicName(topic).ok() || PartitionFolderName(topic, partition) != name) return std::nullopt;
  return TopicPartition{std::string(topic), partition};
}

}  // namespace leat::broker
