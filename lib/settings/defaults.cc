#include "settings/defaults.h"

#include <fmt/format.h>

#include <leat/settings.h>
#include <algorithm>
#include <iterator>
#include <optional>

#include "settings/properties.h"
#include "settings/table.h"
#include "settings/unknown.h"

namespace leat::settings {
namespace {

constexpr std::string_view kPrefix = "LEAT_";

std::string WithoutPrefix(const std::string& variable) { return variable.substr(kPrefix.size()); }

std::map<std::string, std::string> SettingsByVariable() {
  std::map<std::string, std::string> names;
  for (const auto settings : {TopicSettings(), BrokerSettings()}) {
    for (const Setting& setting : settings) names.emplace(setting.variable, setting.name);
  }
  return names;
}

// Without what all of them begin with, which would make them all alike.
std::vector<std::string> Names(const std::map<std::string, std::string>& by_variable) {
  std::vector<std::string> names;
  for (const auto& [variable, name] : by_variable) names.push_back(WithoutPrefix(variable));
  return names;
}

absl::Status From(std::string_view source, const absl::Status& status) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", source, std::string(status.message())));
}

absl::StatusOr<Value> Within(const Spec& spec, std::string_view text) {
  const absl::StatusOr<Value> value = Parse(spec, text);
  if (!value.ok()) return value;
  if (absl::Status status = Check(spec, *value); !status.ok()) return status;
  return value;
}

template <typename Row, typename Values>
void ApplyAll(std::span<const Row> table, const Values& values, typename Row::OptionsType& options) {
  const typename Row::OptionsType usual;
  for (const Row& row : table) {
    const auto found = values.find(row.name);
    if (found != values.end() && row.Get(options) == row.Get(usual)) row.Set(found->second, options);
  }
}

}  // namespace

absl::Status Defaults::Add(std::string_view name, std::string_view text) {
  const Spec* spec = FindRow(TopicTable(), name);
  auto* const values = spec != nullptr ? &topic_ : &broker_;
  if (spec == nullptr) spec = FindRow(BrokerTable(), name);
  if (spec == nullptr) {
    std::vector<std::string> names = NamesOf(TopicTable());
    std::ranges::copy(NamesOf(BrokerTable()), std::back_inserter(names));
    return UnknownSetting(name, std::move(names));
  }
  const absl::StatusOr<Value> value = Within(*spec, text);
  if (!value.ok()) return value.status();
  values->insert_or_assign(std::string(name), *value);
  return absl::OkStatus();
}

absl::Status Defaults::AddFile(std::string_view text, std::string_view path) {
  const absl::StatusOr<std::vector<Property>> properties = ParseProperties(text, path);
  if (!properties.ok()) return properties.status();
  for (const Property& property : *properties) {
    if (absl::Status added = Add(property.name, property.value); !added.ok())
      return From(fmt::format("{}:{}", path, property.line), added);
  }
  return absl::OkStatus();
}

absl::Status Defaults::AddVariables(const Variables& variables) {
  const std::map<std::string, std::string> settings = SettingsByVariable();
  for (const auto& [variable, text] : variables) {
    if (!variable.starts_with(kPrefix)) continue;
    absl::Status added;
    if (const auto setting = settings.find(variable); setting != settings.end()) {
      added = Add(setting->second, text);
    } else if (const auto meant = NearestWord(WithoutPrefix(variable), Names(settings)); meant.has_value()) {
      added = absl::InvalidArgumentError(
          fmt::format("there is no setting of that name; did you mean {}{}?", kPrefix, *meant));
    }
    if (!added.ok()) return From(fmt::format("the environment variable {}", variable), added);
  }
  return absl::OkStatus();
}

void Defaults::Apply(TopicOptions& options) const { ApplyAll(TopicTable(), topic_, options); }

void Defaults::Apply(BrokerOptions& options) const { ApplyAll(BrokerTable(), broker_, options); }

}  // namespace leat::settings
