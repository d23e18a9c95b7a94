// What a topic may be called: Kafka's rules.
#ifndef LEAT_BROKER_TOPIC_NAME_H_
#define LEAT_BROKER_TOPIC_NAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::broker {

inline constexpr std::size_t kTopicNameMax = 249;

// kInvalidArgument, saying what is wrong with it and what is allowed.
absl::Status CheckTopicName(std::string_view name);

// The names sorted, each once; kInvalidArgument when one is not a name.
absl::StatusOr<std::vector<std::string>> NormalizeTopics(std::vector<std::string> topics);

// Whether Kafka's metrics, which turn '.' into '_', could not tell the two apart. (Equal names do not collide.)
bool TopicNamesCollide(std::string_view a, std::string_view b);

// "registered_user-3" is partition 3's folder; nullopt for what is not such a name.
std::string PartitionFolderName(std::string_view topic, PartitionId partition);
std::optional<TopicPartition> ParsePartitionFolderName(std::string_view name);

}  // namespace leat::broker

#endif  // LEAT_BROKER_TOPIC_NAME_H_
