// Colour: at a terminal only, and never where somebody has said NO_COLOR.
#include <string>

#include "cli/program.h"
#include "cli/terminal.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("headings of listings and of the help stand out at a terminal, and nowhere where NO_COLOR is set") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  const std::vector<std::vector<std::string>> commands = {
      {"offsets", "t"}, {"topic", "describe", "t"}, {"verify", "--help"}};
  for (const auto& words : commands) {
    const std::string coloured = TerminalProgram(line.path(), words).Wait().out;
    INFO(coloured);
    CHECK(coloured.find("\x1b[1m") != std::string::npos);
    const TerminalOptions refused{.environment = {{"NO_COLOR", "1"}}};
    const std::string plain = TerminalProgram(line.path(), words, refused).Wait().out;
    CHECK(plain.find('\x1b') == std::string::npos);
    CHECK(WithoutEscapes(coloured) == plain);
    CHECK(line.Run(words).out.find('\x1b') == std::string::npos);
  }
  CHECK(TerminalProgram(line.path(), {"offsets", "t", "--json"}).Wait().out.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace leat::testing
