// What the topics are that a member subscribes to.
#ifndef LEAT_GROUP_TOPIC_FACTS_H_
#define LEAT_GROUP_TOPIC_FACTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "group/rebalance.h"

namespace leat::group {

// Of each of them, from the topics' files. Errors other than that there is none of that name.
absl::StatusOr<std::vector<TopicFact>> LookUpTopics(broker::Folder& folder, const std::vector<std::string>& topics);

}  // namespace leat::group

#endif  // LEAT_GROUP_TOPIC_FACTS_H_
