// Every setting there is, by name: what it is called, may be and costs, and how it is written as text.
//
// All of them stand in one table in the library. What a topic or a broker is checked against, what the program leat
// shows and takes, docs/settings.md, a folder's leat.properties and the LEAT_... variables come from it.
//
//   leat::TopicOptions options;
//   absl::Status set = leat::SetTopicSetting("retention.ms", "7d", &options);
//   for (const leat::Setting& setting : leat::TopicSettings()) fmt::print("{}\n", setting.name);
//
// Threads: safe from all threads.
#ifndef LEAT_SETTINGS_H_
#define LEAT_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/broker.h>
#include <leat/topic_options.h>
#include "absl/status/status.h"

namespace leat {
inline namespace v1 {

// How a setting is written, where it is more than a word. All take what Kafka takes: plain numbers.
enum class SettingType : std::uint8_t {
  kNumber,  // 4096
  kBytes,   // 1048576, 1MiB, 1.5GB: with a unit of 1024 (KiB, MiB, GiB, TiB) or of 1000 (kB, MB, GB, TB)
  kTime,    // 604800000, 7d, 1.5h: a plain number is in the unit that the name ends with; ms, s, min (or m), h, d
  kRatio,   // 0.5
  kWord,    // one of those that `range` names
};

// "number", "bytes", "time", "ratio", "word".
std::string_view NameOf(SettingType type);

// A row of the table.
struct Setting {
  std::string name;               // "retention.ms"; Kafka's where the thing is the same
  std::string field;              // "TopicOptions::retention_ms"
  std::string variable;           // "LEAT_RETENTION_MS": the environment variable that sets a broker's default
  SettingType type;               // how it is written
  std::string default_value;      // as text: "604800000"
  std::string default_with_unit;  // for people: "7d"; "unlimited"; or the same
  std::string range;              // "from 1 to 9, or -1": as messages say it
  bool alterable = false;    // by Broker::AlterTopic; what is not holds from the topic's, or the broker's, beginning
  std::string about;         // one sentence
  std::string more;          // what a larger value, or another word, gives and costs
  std::string less;          // what a smaller one does
  std::string unlike_kafka;  // what differs from Kafka, and why; empty: nothing
};

// In the order in which they are to be shown.
std::span<const Setting> TopicSettings();
std::span<const Setting> BrokerSettings();

// Puts what `value` says into the field that is called `name`. kInvalidArgument: there is no such setting (names the
// nearest), `value` is no value of it (says how it is written), or out of its range (says which); for `changes`, too:
// it cannot be changed. What two settings may not be together is checked where they are used.
absl::Status SetTopicSetting(std::string_view name, std::string_view value, TopicOptions* options);
absl::Status SetTopicSetting(std::string_view name, std::string_view value, TopicChanges* changes);
absl::Status SetBrokerSetting(std::string_view name, std::string_view value, BrokerOptions* options);

// Name and value of every setting, as SetTopicSetting takes them. Plain numbers as Kafka shows them.
using SettingText = std::pair<std::string, std::string>;
std::vector<SettingText> TextOf(const TopicOptions& options);
std::vector<SettingText> TextOf(const BrokerOptions& options);

// The options with those changes.
TopicOptions Changed(TopicOptions options, const TopicChanges& changes);

// The one of `words` that is nearest to `word`, if it is near enough to have been meant.
std::optional<std::string> NearestWord(std::string_view word, const std::vector<std::string>& words);

}  // namespace v1
}  // namespace leat

#endif  // LEAT_SETTINGS_H_
