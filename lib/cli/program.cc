#include "cli/program.h"

#include <fmt/format.h>
#include <leat/broker.h>
#include <leat/settings.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/man_page.h"
#include "cli/report.h"
#include "cli/styles.h"

namespace leat::cli {
namespace {

// The command that was being read when something was wrong: the innermost one that was named.
const CLI::App& Innermost(const CLI::App& program) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

std::vector<std::string> WordsOf(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    words.push_back(below->get_name());
  }
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

std::string FullNameOf(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent == nullptr ? command.get_name() : FullNameOf(*parent) + " " + command.get_name();
}

// The help with its headings told apart: "Options:", "Examples:".
std::string WithHeadings(const std::string& help) {
  std::string text;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const bool is_heading = !line.empty() && line.front() != ' ' && line.ends_with(':');
    text += (is_heading ? Styled(line, Style::kBold) : line) + "\n";
  }
  return text;
}

ExitCode WrongUsage(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = Innermost(program);
  std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && what.find("subcommand") != what.npos) {
    what = "a command is missing";
  }
  // A word that nobody knows is why the right one is missing, too.
  if (const std::vector<std::string> unknown = program.remaining(true); !unknown.empty()) {
    what = fmt::format("does not know '{}'", unknown.front());
    if (const auto meant = NearestWord(unknown.front(), WordsOf(command)); meant.has_value()) {
      what += fmt::format("; did you mean '{}'?", *meant);
    }
  }
  const std::string line =
      fmt::format("{}: {}\n{} --help tells more\n", FullNameOf(command), what, FullNameOf(command));
  std::fwrite(line.data(), 1, line.size(), stderr);
  return ExitCode::kWrongUsage;
}

}  // namespace

ExitCode RunProgram(int argc, const char* const* argv) {
  // A closed pipe is an error of the write then, and not the end of a process that is a member of a group.
  std::signal(SIGPIPE, SIG_IGN);
  // And so is a file that may not grow any more (ulimit -f).
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App program("A folder of logs in a person's hands: publishes, follows, looks into files, checks them.",
                   "leat");
  program.footer(
      "\nExamples:\n"
      "  leat topic create registered_user --partitions 2\n"
      "  leat -d /var/lib/app/log topic list\n"
      "\nleat COMMAND --help tells more of each.");
  program.set_version_flag("--version", [] {
    const HeaderVersion version;
    return fmt::format("leat {}.{}", version.major, version.minor);
  });
  program.require_subcommand(1);
  std::string folder = "data";
  program.add_option("-d,--dir", folder, "The folder; without it $LEAT_DIR, or ./data")
      ->envname("LEAT_DIR")
      ->type_name("FOLDER");

  Action action;
  AddTopic(program, action);
  AddTrim(program, action);
  AddCompact(program, action);
  AddProduce(program, action);
  AddConsume(program, action);
  AddOffsets(program, action);
  AddGroup(program, action);
  AddDump(program, action);
  AddVerify(program, action);
  AddRepair(program, action);
  AddTop(program, action);
  AddMetrics(program, action);
  AddBench(program, action);
  AddSettings(program, action);

  // Not commands for people: what the build asks, and completions/leat.bash.
  if (argc == 2 && std::string_view(argv[1]) == "man") {
    Output out;
    out.Write(ManPage(program));
    return out.Flush().ok() ? ExitCode::kDone : ExitCode::kFailed;
  }
  if (argc > 1 && std::string_view(argv[1]) == "complete") {
    const char* const named = std::getenv("LEAT_DIR");
    Output out;
    for (const std::string& word : Complete(program, named != nullptr ? named : folder, {argv + 2, argv + argc})) {
      out.Line(word);
    }
    return ExitCode::kDone;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    Output out;
    out.Write(WithHeadings(program.help()));
    return out.Flush().ok() || out.abandoned() ? ExitCode::kDone : ExitCode::kFailed;
  } catch (const CLI::CallForVersion& version) {
    Output out;
    out.Line(version.what());
    return out.Flush().ok() || out.abandoned() ? ExitCode::kDone : ExitCode::kFailed;
  } catch (const CLI::ParseError& error) {
    return WrongUsage(program, error);
  }

  Session session{.folder = folder, .out = Output()};
  ExitCode result = action(session);
  if (const absl::Status flushed = session.out.Flush(); !flushed.ok() && result == ExitCode::kDone) {
    result = Fail(flushed);
  }
  return result;
}

}  // namespace leat::cli
