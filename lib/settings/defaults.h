// What settings are where an application leaves them as they are: what files and variables say.
#ifndef LEAT_SETTINGS_DEFAULTS_H_
#define LEAT_SETTINGS_DEFAULTS_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/broker.h>
#include <leat/topic_options.h>
#include "absl/status/status.h"
#include "settings/value.h"

namespace leat::settings {

// The environment's, by name and value.
using Variables = std::vector<std::pair<std::string, std::string>>;

// Threads: as a value.
class Defaults {
 public:
  // What is added later wins. kInvalidArgument, naming the file and the line, or the variable: no setting of that name
  // (says the nearest), no value of it, beyond its range.
  absl::Status AddFile(std::string_view text, std::string_view path);
  // Those that are called LEAT_ and a setting's name. One that only resembles that is refused, too: it would be
  // without effect. All others are somebody else's.
  absl::Status AddVariables(const Variables& variables);

  // Puts them into the fields that have the value that they have in TopicOptions{} and BrokerOptions{}.
  void Apply(TopicOptions& options) const;
  void Apply(BrokerOptions& options) const;

  bool empty() const { return topic_.empty() && broker_.empty(); }

 private:
  absl::Status Add(std::string_view name, std::string_view text);

  std::map<std::string, Value, std::less<>> topic_;
  std::map<std::string, Value, std::less<>> broker_;
};

}  // namespace leat::settings

#endif  // LEAT_SETTINGS_DEFAULTS_H_
