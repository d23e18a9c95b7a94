#include "cli/topic_choice.h"

#include <fmt/format.h>

#include <regex>

#include "cli/number.h"
#include "cli/session.h"

namespace leat::cli {
namespace {

// A dot is the one character of topics' names that means something in a regular expression.
std::string Escaped(const std::string& name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '.') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

absl::StatusOr<TopicChoice> TopicChoice::Parse(const std::vector<std::string>& words) {
  TopicChoice choice;
  for (const std::string& word : words) {
    const bool is_pattern = word.starts_with('^');
    choice.by_pattern_ = choice.by_pattern_ || is_pattern;
    if (!is_pattern) choice.names_.push_back(word);
    if (!choice.pattern_.empty()) choice.pattern_ += '|';
    // Like kcat's, a pattern says how a name begins; $ says that it ends there.
    choice.pattern_ += is_pattern ? fmt::format("(?:{}).*", word) : Escaped(word);
  }
  try {
    std::regex{choice.pattern_};
  } catch (const std::regex_error& error) {
    return absl::InvalidArgumentError(
        fmt::format("'{}' is no regular expression: {}", fmt::join(words, " "), error.what()));
  }
  return choice;
}

absl::StatusOr<std::vector<Topic>> TopicChoice::TopicsOf(const Broker& broker) const {
  std::vector<std::string> names = names_;
  for (const std::string& name : names) {
    if (auto topic = FindTopic(broker, name); !topic.ok()) return topic.status();
  }
  if (by_pattern_) {
    auto all = broker.ListTopics();
    if (!all.ok()) return all.status();
    const std::regex pattern(pattern_);
    names.clear();
    for (const std::string& name : *all) {
      if (std::regex_match(name, pattern)) names.push_back(name);
    }
  }
  std::vector<Topic> topics;
  for (const std::string& name : names) {
    auto topic = FindTopic(broker, name);
    if (!topic.ok()) return topic.status();
    topics.push_back(*std::move(topic));
  }
  return topics;
}

absl::StatusOr<TopicPlace> ParseTopicPlace(std::string_view text) {
  const std::size_t colon = text.find(':');
  TopicPlace place{std::string(text.substr(0, colon)), std::nullopt};
  if (colon == text.npos) return place;
  place.partition = ParseNumber<PartitionId>(text.substr(colon + 1));
  if (!place.partition.has_value() || *place.partition < 0) {
    return absl::InvalidArgumentError(fmt::format("a partition is TOPIC:NUMBER, not '{}'", text));
  }
  return place;
}

absl::StatusOr<std::vector<Partition>> PartitionsOf(const std::vector<Topic>& topics,
                                                    std::optional<PartitionId> only) {
  std::vector<Partition> partitions;
  for (const Topic& topic : topics) {
    for (PartitionId id = 0; id < topic.partition_count(); ++id) {
      if (only.has_value() && id != *only) continue;
      auto partition = topic.partition(id);
      if (!partition.ok()) return partition.status();
      partitions.push_back(*std::move(partition));
    }
    if (only.has_value() && *only >= topic.partition_count()) return topic.partition(*only).status();
  }
  return partitions;
}

}  // namespace leat::cli
