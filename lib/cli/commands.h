// The commands, each in the file of its name.
#ifndef LEAT_CLI_COMMANDS_H_
#define LEAT_CLI_COMMANDS_H_

#include "cli/command.h"

namespace leat::cli {

void AddTopic(CLI::App& program, Action& action);

}  // namespace leat::cli

#endif  // LEAT_CLI_COMMANDS_H_
