// How a command is told to the parser of the command line. Each command is one file with one function Add... that
// declares its words and what is to be done; commands.h lists them.
#ifndef LEAT_CLI_COMMAND_H_
#define LEAT_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "cli/number.h"
#include "cli/session.h"

namespace leat::cli {

// What is to be done once the whole line has been read; the callback of the command that was named puts it here.
using Action = std::function<ExitCode(Session&)>;

// A command below `parent`, with examples (one a line) under its --help.
inline CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                            const std::string& examples) {
  CLI::App* const command = parent.add_subcommand(name, description);
  command->footer("\nExamples:\n" + examples);
  // -d may stand behind the command's words, too.
  command->fallthrough();
  return command;
}

// Has `run` called with `options` when the command was named.
template <typename Options>
void WhenNamed(CLI::App* command, Action& action, std::shared_ptr<Options> options,
               ExitCode (*run)(const Options&, Session&)) {
  command->callback(
      [&action, options, run] { action = [options, run](Session& session) { return run(*options, session); }; });
}

// An option, or an argument, whose text `parse` makes a value of; what it refuses is wrong usage.
template <typename Value, typename Target>
CLI::Option* AddParsed(CLI::App* command, const std::string& name, Target* target,
                       absl::StatusOr<Value> (*parse)(std::string_view), const std::string& description,
                       const std::string& type) {
  return command
      ->add_option_function<std::string>(
          name,
          [name, target, parse](const std::string& text) {
            absl::StatusOr<Value> value = parse(text);
            if (!value.ok()) throw CLI::ValidationError(name, std::string(value.status().message()));
            *target = *std::move(value);
          },
          description)
      ->type_name(type);
}

// A whole number from `least` up.
inline CLI::Validator WholeNumber(std::int64_t least = 0) {
  return {[least](std::string& text) {
            const auto number = ParseNumber<std::int64_t>(text);
            if (number.has_value() && *number >= least) return std::string();
            return "a whole number from " + std::to_string(least) + " up, not '" + text + "'";
          },
          ""};
}

// Those that have the same name everywhere.
inline void AddCount(CLI::App* command, std::int64_t* count, const std::string& description) {
  command->add_option("-n,--count", *count, description)->type_name("COUNT")->check(WholeNumber(1));
}
inline CLI::Option* AddRate(CLI::App* command, double* rate, const std::string& description) {
  return command->add_option("--rate", *rate, description)
      ->type_name("R")
      ->check(CLI::Validator(
          [](std::string& text) {
            double parsed = 0;
            const bool is_rate = CLI::detail::lexical_cast(text, parsed) && parsed > 0 && parsed <= 1e9;
            return is_rate ? std::string() : "a number above 0, not '" + text + "'";
          },
          ""));
}
inline CLI::Option* AddJson(CLI::App* command, bool* json,
                            const std::string& description = "One JSON object a line") {
  return command->add_flag("--json", *json, description);
}

}  // namespace leat::cli

#endif  // LEAT_CLI_COMMAND_H_
