// The command line as a whole.
#ifndef LEAT_CLI_PROGRAM_H_
#define LEAT_CLI_PROGRAM_H_

#include "cli/exit_code.h"

namespace leat::cli {

// Reads the words, does what they say, and returns what the program is to end with.
ExitCode RunProgram(int argc, const char* const* argv);

}  // namespace leat::cli

#endif  // LEAT_CLI_PROGRAM_H_
