// Which topics a person named: by name, or by ^REGEX.
#ifndef LEAT_CLI_TOPIC_CHOICE_H_
#define LEAT_CLI_TOPIC_CHOICE_H_

#include <leat/broker.h>
#include <leat/partition.h>
#include <leat/topic.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::cli {

class TopicChoice {
 public:
  // kInvalidArgument: a malformed regular expression.
  static absl::StatusOr<TopicChoice> Parse(const std::vector<std::string>& words);

  // Whether topics are chosen that are perhaps not there yet.
  bool by_pattern() const { return by_pattern_; }
  const std::vector<std::string>& names() const { return names_; }
  // As Consumer::SubscribePattern takes it; it matches the named ones, too.
  const std::string& pattern() const { return pattern_; }

  // Those that are there now, sorted. kNotFound: one that was named is not.
  absl::StatusOr<std::vector<Topic>> TopicsOf(const Broker& broker) const;

 private:
  std::vector<std::string> names_;
  std::string pattern_;
  bool by_pattern_ = false;
};

// One topic, or one partition of it.
struct TopicPlace {
  std::string topic;
  std::optional<PartitionId> partition;
};

// TOPIC or TOPIC:PARTITION. kInvalidArgument: what is behind the colon, which no topic's name has, is no partition.
absl::StatusOr<TopicPlace> ParseTopicPlace(std::string_view text);

// All their partitions, or of each the one with that number.
absl::StatusOr<std::vector<Partition>> PartitionsOf(const std::vector<Topic>& topics,
                                                    std::optional<PartitionId> only);

}  // namespace leat::cli

#endif  // LEAT_CLI_TOPIC_CHOICE_H_
