#include "group/topic_facts.h"

#include "broker/topics.h"

namespace leat::group {

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
