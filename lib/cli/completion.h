// What a word of the command line can go on to be: asked by the shell, through `leat complete WORDS...`.
#ifndef LEAT_CLI_COMPLETION_H_
#define LEAT_CLI_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace leat::cli {

// The words that may stand in the place of the last of `words`, which come behind the program's name: commands, options,
// names of topics and groups of the folder that `words` name, or `folder`. Sorted; none where a file's name is wanted.
std::vector<std::string> Complete(const CLI::App& program, std::string folder, const std::vector<std::string>& words);

}  // namespace leat::cli

#endif  // LEAT_CLI_COMPLETION_H_
