// leat settings: what there is to set, and what it costs.
#include <leat/settings.h>

#include <fmt/format.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/known_word.h"
#include "cli/report.h"
#include "cli/settings_page.h"
#include "cli/table.h"

namespace leat::cli {
namespace {

struct Options {
  std::string name;
  bool json = false;
  bool markdown = false;
};

std::vector<const Setting*> Chosen(const std::string& name) {
  std::vector<const Setting*> chosen;
  for (const auto settings : {TopicSettings(), BrokerSettings()}) {
    for (const Setting& setting : settings) {
      if (name.empty() || setting.name == name) chosen.push_back(&setting);
    }
  }
  return chosen;
}

// What is wrong with a name that is no setting's; empty when it is one.
std::string CheckName(const std::string& name) {
  if (name.empty()) return {};  // all of them
  std::vector<std::string> names;
  for (const Setting* setting : Chosen({})) names.push_back(setting->name);
  return CheckKnown("setting", name, names);
}

Json JsonOf(const Setting& setting) {
  return {{"setting", setting.name},
          {"type", std::string(NameOf(setting.type))},
          {"default", setting.default_value},
          {"range", setting.range},
          {"field", setting.field},
          {"variable", setting.variable},
          {"about", setting.about},
          {"more", setting.more},
          {"less", setting.less},
          {"unlike_kafka", setting.unlike_kafka}};
}

void PrintOne(const Setting& setting, Output& out) {
  out.Line(setting.name);
  out.Line(fmt::format("  {}", setting.about));
  out.Line(fmt::format("  {}, default {}, {}", NameOf(setting.type), setting.default_with_unit, setting.range));
  out.Line(fmt::format("  {}  {}", setting.field, setting.variable));
  out.Line(fmt::format("  more: {}", setting.more));
  out.Line(fmt::format("  less: {}", setting.less));
  if (!setting.unlike_kafka.empty()) out.Line(fmt::format("  unlike Kafka: {}", setting.unlike_kafka));
}

ExitCode Run(const Options& options, Session& session) {
  if (options.markdown) {
    session.out.Write(SettingsPage());
    return ExitCode::kDone;
  }
  const std::vector<const Setting*> chosen = Chosen(options.name);
  Table table({"SETTING", "OF", "TYPE", "DEFAULT", "RANGE"});
  for (const Setting* setting : chosen) {
    if (options.json) {
      session.out.Line(OneLine(JsonOf(*setting)));
    } else if (!options.name.empty()) {
      PrintOne(*setting, session.out);
    } else {
      table.Row({setting->name, setting->field.starts_with("Topic") ? "topic" : "broker",
                 std::string(NameOf(setting->type)), setting->default_with_unit, setting->range});
    }
  }
  if (!options.json && options.name.empty()) table.Print(session.out);
  return ExitCode::kDone;
}

}  // namespace

void AddSettings(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "settings", "What there is to set, and what more and less of it costs",
                 "  leat settings\n"
                 "  leat settings retention.ms");
  const auto options = std::make_shared<Options>();
  command->add_option("SETTING", options->name, "All of one; without it, the names and defaults of all")
      ->type_name("")
      ->check(CLI::Validator([](std::string& name) { return CheckName(name); }, ""));
  CLI::Option* const json = AddJson(command, &options->json);
  command->add_flag("--markdown", options->markdown, "docs/settings.md, whole")->excludes(json)->excludes("SETTING");
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
