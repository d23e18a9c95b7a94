#include "cli/man_page.h"

#include <fmt/format.h>
#include <leat/broker.h>

#include <string_view>
#include <vector>

namespace leat::cli {
namespace {

// Without what roff takes for its own: backslashes, hyphens, and a dot or an apostrophe that begins a line.
std::string Escaped(std::string_view text) {
  std::string escaped;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
    at_begin = c == '\n';
  }
  return escaped;
}

class ManWriter {
 public:
  std::string Page(const CLI::App& program) {
    const HeaderVersion version;
    text_ = fmt::format(
        ".TH LEAT 1 \"\" \"leat {}.{}\" \"User Commands\"\n.SH NAME\nleat \\- a folder of Kafka's logs in a "
        "person's hands\n.SH SYNOPSIS\n.B leat\n[\\-d FOLDER] COMMAND ...\n.SH DESCRIPTION\n{}\n",
        version.major, version.minor, Escaped(program.get_description()));
    text_ += ".SH OPTIONS\n";
    Options(program);
    text_ += ".SH COMMANDS\n";
    for (const CLI::App* command : CommandsOf(program)) Command(*command, command->get_name());
    text_ += ".SH EXIT STATUS\n0: done. 1: it could not be done; standard error says why. 2: wrong usage.\n";
    text_ += ".SH ENVIRONMENT\n.TP\n.B LEAT_DIR\nThe folder, where \\-d says none.\n";
    return std::move(text_);
  }

 private:
  static std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
  }

  void Command(const CLI::App& command, const std::string& name) {
    text_ += fmt::format(".SS {}\n{}\n", Escaped("leat " + name), Escaped(command.get_description()));
    Options(command);
    if (const std::string examples = command.get_footer(); !examples.empty()) {
      text_ += ".PP\n.nf\n" + Escaped(examples.substr(examples.find_first_not_of('\n'))) + "\n.fi\n";
    }
    for (const CLI::App* below : CommandsOf(command)) Command(*below, name + " " + below->get_name());
  }

  void Options(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      const std::string name = option->get_positional() ? option->get_name(true) : option->get_name(false, true);
      text_ += fmt::format(".TP\n.B {}\n{}\n",
                           Escaped(option->get_type_name().empty() ? name : name + " " + option->get_type_name()),
                           Escaped(option->get_description()));
    }
  }

  std::string text_;
};

}  // namespace

std::string ManPage(const CLI::App& program) { return ManWriter().Page(program); }

}  // namespace leat::cli
