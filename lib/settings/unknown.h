// What is said of a name that no setting has.
#ifndef LEAT_SETTINGS_UNKNOWN_H_
#define LEAT_SETTINGS_UNKNOWN_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace leat::settings {

// kInvalidArgument, with the one of `names` that was meant, or all of them.
absl::Status UnknownSetting(std::string_view name, std::vector<std::string> names);

template <typename Row>
std::vector<std::string> NamesOf(std::span<const Row> table) {
  std::vector<std::string> names;
  for (const Row& row : table) names.emplace_back(row.name);
  return names;
}

}  // namespace leat::settings

#endif  // LEAT_SETTINGS_UNKNOWN_H_
