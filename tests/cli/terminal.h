// The built program at a terminal of its own, as a person sits in front of one.
#ifndef LEAT_TESTS_CLI_TERMINAL_H_
#define LEAT_TESTS_CLI_TERMINAL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "cli/program.h"

namespace leat::testing {

struct TerminalOptions {
  unsigned short columns = 80, rows = 24;
  // Set for the program, over what the test has; NO_COLOR and LEAT_DIR are not there unless they stand here.
  std::vector<std::pair<std::string, std::string>> environment = {};
};

// Standard input, output and error are the terminal, and it controls the program: what is typed is a signal where a
// terminal makes one of it. Killed when it is dropped before it ended.
//
//   TerminalProgram follower(line.path(), {"consume", "t", "--from-beginning"});
//   REQUIRE(follower.Shows("before\r\n"));
//   follower.Type(TerminalProgram::kCtrlC);
//   CHECK(follower.Wait().code == 0);
class TerminalProgram {
 public:
  static constexpr std::string_view kCtrlC = "\x03", kCtrlD = "\x04";

  // In the folder `directory`.
  TerminalProgram(const std::string& directory, const std::vector<std::string>& words,
                  const TerminalOptions& options = {});
  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;
  ~TerminalProgram();

  // Waits until `text` was written to the terminal, before or behind this call; false when it has ended without.
  bool Shows(std::string_view text);
  void Type(std::string_view keys);
  // The program hears of it by SIGWINCH.
  void Resize(unsigned short columns, unsigned short rows);

  // Everything that was written so far, byte for byte: a line ends with \r\n, and what was typed is echoed.
  const std::string& written() const { return written_; }

  // Reads until the program has ended. `out` is everything that was written, `err` is empty.
  Ended Wait();

 private:
  bool Read();

  int master_ = -1;
  pid_t pid_ = -1;
  std::string written_;
};

// `text` without the sequences that colour it or move the cursor.
std::string WithoutEscapes(std::string_view text);

}  // namespace leat::testing

#endif  // LEAT_TESTS_CLI_TERMINAL_H_
