// What a broker's options, and the settings of its topics, are by default: from files and from the environment.
#ifndef LEAT_BROKER_BROKER_DEFAULTS_H_
#define LEAT_BROKER_BROKER_DEFAULTS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "broker/environment.h"
#include "settings/defaults.h"

namespace leat::broker {

// In the folder, written by people; leat only reads it.
inline constexpr std::string_view kPropertiesFile = "leat.properties";

// The folder's file if there is one, then `properties_file` if it is not empty, then the environment's variables.
// kInvalidArgument: Defaults::AddFile, AddVariables; kNotFound when `properties_file` is not there.
absl::StatusOr<settings::Defaults> ReadDefaults(const std::string& folder, const std::string& properties_file,
                                                const Environment& environment);

}  // namespace leat::broker

#endif  // LEAT_BROKER_BROKER_DEFAULTS_H_
