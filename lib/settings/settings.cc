#include <leat/settings.h>

#include <fmt/format.h>

#include <algorithm>

#include "settings/table.h"
#include "settings/unknown.h"

namespace leat {
namespace settings {

absl::Status UnknownSetting(std::string_view name, std::vector<std::string> names) {
  const std::optional<std::string> meant = NearestWord(name, names);
  return absl::InvalidArgumentError(
      meant.has_value() ? fmt::format("there is no setting '{}'; did you mean '{}'?", name, *meant)
                        : fmt::format("there is no setting '{}'; there are {}", name, fmt::join(names, ", ")));
}

namespace {

std::string VariableOf(std::string_view name) {
  std::string variable = "LEAT_";
  for (const char c : name) variable += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return variable;
}

template <typename Row>
std::vector<Setting> Described(std::span<const Row> table, std::string_view type) {
  const typename Row::OptionsType usual;
  std::vector<Setting> described;
  for (const Row& row : table) {
    described.push_back({.name = std::string(row.name),
                         .field = fmt::format("{}::{}", type, row.member),
                         .variable = VariableOf(row.name),
                         .type = row.type,
                         .default_value = Format(row, row.Get(usual)),
                         .default_with_unit = FormatWithUnit(row, row.Get(usual)),
                         .range = RangeText(row),
                         .alterable = row.alterable(),
                         .about = std::string(row.about),
                         .more = std::string(row.more),
                         .less = std::string(row.less),
                         .unlike_kafka = std::string(row.unlike_kafka)});
  }
  return described;
}

template <typename Row, typename Target>
absl::Status SetByName(std::span<const Row> table, std::string_view name, std::string_view text, Target& target) {
  const Row* const row = FindRow(table, name);
  if (row == nullptr) return UnknownSetting(name, NamesOf(table));
  if (!std::is_same_v<Target, typename Row::OptionsType> && !row->alterable()) {
    return absl::InvalidArgumentError(fmt::format("{} cannot be changed as a setting", name));
  }
  const absl::StatusOr<Value> value = Parse(*row, text);
  if (!value.ok()) return value.status();
  if (absl::Status status = Check(*row, *value); !status.ok()) return status;
  row->Set(*value, target);
  return absl::OkStatus();
}

template <typename Row>
std::vector<SettingText> TextOfAll(std::span<const Row> table, const typename Row::OptionsType& options) {
  std::vector<SettingText> texts;
  for (const Row& row : table) texts.emplace_back(row.name, Format(row, row.Get(options)));
  return texts;
}

}  // namespace
}  // namespace settings

inline namespace v1 {

std::string_view NameOf(SettingType type) {
  switch (type) {
    case SettingType::kNumber:
      return "number";
    case SettingType::kBytes:
      return "bytes";
    case SettingType::kTime:
      return "time";
    case SettingType::kRatio:
      return "ratio";
    case SettingType::kWord:
      break;
  }
  return "word";
}

std::span<const Setting> TopicSettings() {
  static const std::vector<Setting> all = settings::Described(settings::TopicTable(), "TopicOptions");
  return all;
}

std::span<const Setting> BrokerSettings() {
  static const std::vector<Setting> all = settings::Described(settings::BrokerTable(), "BrokerOptions");
  return all;
}

absl::Status SetTopicSetting(std::string_view name, std::string_view value, TopicOptions* options) {
  return settings::SetByName(settings::TopicTable(), name, value, *options);
}

absl::Status SetTopicSetting(std::string_view name, std::string_view value, TopicChanges* changes) {
  return settings::SetByName(settings::TopicTable(), name, value, *changes);
}

absl::Status SetBrokerSetting(std::string_view name, std::string_view value, BrokerOptions* options) {
  return settings::SetByName(settings::BrokerTable(), name, value, *options);
}

std::vector<SettingText> TextOf(const TopicOptions& options) {
  return settings::TextOfAll(settings::TopicTable(), options);
}

std::vector<SettingText> TextOf(const BrokerOptions& options) {
  return settings::TextOfAll(settings::BrokerTable(), options);
}

TopicOptions Changed(TopicOptions options, const TopicChanges& changes) {
  for (const settings::TopicRow& row : settings::TopicTable()) row.Apply(changes, options);
  return options;
}

}  // namespace v1
}  // namespace leat
