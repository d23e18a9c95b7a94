#include "group/topic_facts.h"

#include <algorithm>

#include "broker/topic_name.h"
#include "broker/topics.h"

namespace leat::group {

absl::StatusOr<std::vector<std::string>> NormalizeTopics(std::vector<std::string> topics) {
  for (const std::string& topic : topics) {
    if (auto s = broker::CheckTopicName(topic); !s.ok()) return s;
  }
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

absl::StatusOr<std::vector<TopicFact>> LookUpTopics(broker::Folder& folder, const std::vector<std::string>& topics) {
  std::vector<TopicFact> facts;
  for (const std::string& name : topics) {
    const absl::StatusOr<broker::TopicFile> topic = broker::ReadTopic(folder, name);
    if (!topic.ok() && !absl::IsNotFound(topic.status())) return topic.status();
    TopicFact& fact = facts.emplace_back();
    fact.name = name;
    if (!topic.ok()) continue;
    fact.id = topic->id;
    fact.partitions = topic->options.partitions;
  }
  return facts;
}

}  // namespace leat::group
