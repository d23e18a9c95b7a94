// The manual page of the program, from what its commands say of themselves.
#ifndef LEAT_CLI_MAN_PAGE_H_
#define LEAT_CLI_MAN_PAGE_H_

#include <CLI/CLI.hpp>
#include <string>

namespace leat::cli {

// In roff, as man(7) has it: man -l reads it.
std::string ManPage(const CLI::App& program);

}  // namespace leat::cli

#endif  // LEAT_CLI_MAN_PAGE_H_
