// The syntax of Java's .properties files, in which Kafka's server.properties is written.
#ifndef LEAT_SETTINGS_PROPERTIES_H_
#define LEAT_SETTINGS_PROPERTIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace leat::settings {

struct Property {
  std::string name;
  std::string value;  // without the blanks behind it, as Kafka takes it
  int line = 0;       // where it begins, from 1

  friend bool operator==(const Property&, const Property&) = default;
};

// In the order of the text. kInvalidArgument, as "PATH:LINE: ...", for a line without a name, and for an escape that is
// none; `path` is for that.
absl::StatusOr<std::vector<Property>> ParseProperties(std::string_view text, std::string_view path);

}  // namespace leat::settings

#endif  // LEAT_SETTINGS_PROPERTIES_H_
