// Settings of a topic as words: K=V, with Kafka's names where the thing is the same.
#ifndef LEAT_CLI_TOPIC_SETTINGS_H_
#define LEAT_CLI_TOPIC_SETTINGS_H_

#include <leat/broker.h>
#include <leat/topic_options.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace leat::cli {

// Puts K=V into `changes`. kInvalidArgument: no such setting (says which there are), or no value of it.
absl::Status ParseSetting(std::string_view text, TopicChanges* changes);

// The options with those changes.
TopicOptions With(TopicOptions options, const TopicChanges& changes);

// Name and value of every setting.
std::vector<std::pair<std::string, std::string>> SettingsOf(const TopicOptions& options);

}  // namespace leat::cli

#endif  // LEAT_CLI_TOPIC_SETTINGS_H_
