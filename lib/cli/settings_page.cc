#include "cli/settings_page.h"

#include <fmt/format.h>

#include <leat/settings.h>

#include <span>
#include <string_view>

namespace leat::cli {
namespace {

constexpr std::string_view kIntroduction = R"(# Settings

Made by `leat settings --markdown` from the one table in the library (`lib/settings/`); a test compares the two. Change
the table, not this page.

Names and defaults are Kafka's where the thing is the same. Where it is not, "Unlike Kafka" says why.

**How values are written.** As in Kafka, as plain numbers. Beside that a size may have a unit of 1024 (`KiB`, `MiB`,
`GiB`, `TiB`) or of 1000 (`kB`, `MB`, `GB`, `TB`), and a time one of `ms`, `s`, `min` (or `m`), `h`, `d`: `1.5GiB`, `7d`.
Where a value means that there is no limit, it may be written `unlimited`.

**Where they are set.** A topic's own settings are given when it is made, or altered, and are kept in the folder:

```sh
leat topic create events --config retention.ms=7d --config compression.type=zstd
leat topic alter events --config retention.ms=30d
```

What the application leaves as it is in `TopicOptions{}` or `BrokerOptions{}` is taken, when a topic is made or a folder
opened, from the first of these that has it:

1. the environment variables `LEAT_...`: `LEAT_RETENTION_MS=7d`
2. the file that `BrokerOptions::properties_file` names
3. the file `leat.properties` in the folder, which all processes share
4. the defaults below

The files are in the syntax of Kafka's `server.properties`: `name=value` or `name: value` in a line, `#` and `!` before a
comment, a backslash at a line's end before a value that goes on. A name that no setting has is refused, with the one that
was perhaps meant. A variable of such a name is refused if it resembles a setting's; others are left alone. What is in
memory (`Broker::InMemory`) takes none of these.
)";

// Of the heading, as GitHub makes it.
std::string AnchorOf(const std::string& heading) {
  std::string anchor = heading;
  std::erase(anchor, '.');
  return anchor;
}

std::string DefaultOf(const Setting& setting) {
  return setting.default_with_unit == setting.default_value
             ? fmt::format("`{}`", setting.default_value)
             : fmt::format("`{}` ({})", setting.default_value, setting.default_with_unit);
}

std::string Row(const Setting& setting) {
  return fmt::format("| [`{}`](#{}) | {} | {} | {} |\n", setting.name, AnchorOf(setting.name), NameOf(setting.type),
                     DefaultOf(setting), setting.range);
}

std::string Section(const Setting& setting) {
  std::string text = fmt::format("\n### {}\n\n{}\n\n", setting.name, setting.about);
  text += fmt::format("- More: {}\n- Less: {}\n", setting.more, setting.less);
  if (!setting.unlike_kafka.empty()) text += fmt::format("- Unlike Kafka: {}\n", setting.unlike_kafka);
  return text + fmt::format("- {}, by default {}; {}. `{}`, `{}`\n", NameOf(setting.type), DefaultOf(setting),
                            setting.range, setting.field, setting.variable);
}

std::string Chapter(std::string_view title, std::span<const Setting> settings) {
  std::string text = fmt::format("\n## {}\n\n| setting | type | default | range |\n|---|---|---|---|\n", title);
  for (const Setting& setting : settings) text += Row(setting);
  for (const Setting& setting : settings) text += Section(setting);
  return text;
}

}  // namespace

std::string SettingsPage() {
  return std::string(kIntroduction) + Chapter("Of a topic", TopicSettings()) +
         Chapter("Of a broker", BrokerSettings());
}

}  // namespace leat::cli
