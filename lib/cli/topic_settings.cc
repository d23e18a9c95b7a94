#include "cli/topic_settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace leat::cli {

absl::Status ParseSetting(std::string_view text, TopicChanges* changes) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return absl::InvalidArgumentError(fmt::format("a setting is K=V, not '{}'", text));
  return SetTopicSetting(text.substr(0, equals), text.substr(equals + 1), changes);
}

std::vector<std::string> SettingNames() {
  std::vector<std::string> names;
  for (const Setting& setting : TopicSettings()) {
    if (setting.alterable) names.push_back(setting.name);
  }
  return names;
}

std::vector<SettingText> SettingsOf(const TopicOptions& options) {
  std::vector<SettingText> settings;
  const std::vector<std::string> names = SettingNames();
  for (SettingText& setting : TextOf(options)) {
    if (std::find(names.begin(), names.end(), setting.first) != names.end()) settings.push_back(std::move(setting));
  }
  return settings;
}

}  // namespace leat::cli
