// Settings of a topic as words: K=V.
#ifndef LEAT_CLI_TOPIC_SETTINGS_H_
#define LEAT_CLI_TOPIC_SETTINGS_H_

#include <leat/broker.h>
#include <leat/settings.h>
#include <leat/topic_options.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace leat::cli {

// Puts K=V into `changes`. kInvalidArgument: as SetTopicSetting.
absl::Status ParseSetting(std::string_view text, TopicChanges* changes);

// The names of those that K may be.
std::vector<std::string> SettingNames();

// Name and value of those; a topic's partitions are shown elsewhere.
std::vector<SettingText> SettingsOf(const TopicOptions& options);

}  // namespace leat::cli

#endif  // LEAT_CLI_TOPIC_SETTINGS_H_
