// The commands, each in the file of its name.
#ifndef LEAT_CLI_COMMANDS_H_
#define LEAT_CLI_COMMANDS_H_

#include "cli/command.h"

namespace leat::cli {

void AddBench(CLI::App& program, Action& action);
void AddCompact(CLI::App& program, Action& action);
void AddConsume(CLI::App& program, Action& action);
void AddDump(CLI::App& program, Action& action);
void AddGroup(CLI::App& program, Action& action);
void AddMetrics(CLI::App& program, Action& action);
void AddOffsets(CLI::App& program, Action& action);
void AddProduce(CLI::App& program, Action& action);
void AddRepair(CLI::App& program, Action& action);
void AddSettings(CLI::App& program, Action& action);
void AddTop(CLI::App& program, Action& action);
void AddTopic(CLI::App& program, Action& action);
void AddTrim(CLI::App& program, Action& action);
void AddVerify(CLI::App& program, Action& action);

}  // namespace leat::cli

#endif  // LEAT_CLI_COMMANDS_H_
