// Files of settings that people write.
#include <string>
#include <string_view>

#include <leat/settings.h>
#include "base/check.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "settings/defaults.h"
#include "settings/properties.h"

namespace leat::testing {
namespace {

constexpr std::string_view kPath = "leat.properties";

}  // namespace

void FuzzProperties(FuzzBytes bytes) {
  const std::vector<std::byte> exact = Exactly(bytes);
  const std::string_view text(reinterpret_cast<const char*>(exact.data()), exact.size());
  const auto properties = settings::ParseProperties(text, kPath);
  settings::Defaults defaults;
  const absl::Status added = defaults.AddFile(text, kPath);
  if (!properties.ok()) {
    LEAT_CHECK(!added.ok());
    return;
  }
  int line = 0;
  for (const settings::Property& property : *properties) {
    LEAT_CHECK(!property.name.empty() && property.line > line);
    line = property.line;
  }
  if (!added.ok()) return;
  // What was taken is within its range, and is told so that it is taken again.
  TopicOptions topic, topic_again;
  BrokerOptions broker, broker_again;
  defaults.Apply(topic);
  defaults.Apply(broker);
  for (const auto& [name, value] : TextOf(topic)) LEAT_CHECK(SetTopicSetting(name, value, &topic_again).ok());
  for (const auto& [name, value] : TextOf(broker)) LEAT_CHECK(SetBrokerSetting(name, value, &broker_again).ok());
  LEAT_CHECK(topic_again == topic && TextOf(broker_again) == TextOf(broker));
}

FuzzSeeds PropertiesSeeds() {
  FuzzSeeds seeds;
  seeds.push_back(AsBytes("# a comment\nretention.ms = 7d\nsegment.bytes: 0.5GiB\\\n\nmax.block.ms 1500\n"));
  seeds.push_back(
      AsBytes("! \\u0041\r\ncleanup.policy=compact,\\\n  delete\nmin.cleanable.dirty.ratio=\\u0030.25\n"));
  std::string all;
  for (const auto settings : {TopicSettings(), BrokerSettings()}) {
    for (const Setting& setting : settings) all += setting.name + "=" + setting.default_value + "\n";
  }
  seeds.push_back(AsBytes(all));
  return seeds;
}

}  // namespace leat::testing
