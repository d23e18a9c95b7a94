// What is said on standard error: errors, and what was done so far.
#ifndef LEAT_CLI_REPORT_H_
#define LEAT_CLI_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/exit_code.h"

namespace leat::cli {

// One line, with the program's name in front.
void Say(std::string_view what);

// "1 record", "2 records".
std::string Counted(std::int64_t count, std::string_view what);

// Says what has failed, for whoever is about to end with it; nothing when the reader of a pipe has gone, which is how
// `leat ... | head` ends.
ExitCode Fail(const absl::Status& status);

// As Fail, but bytes that are not what was written end the program with a number of their own.
ExitCode FailOfReading(const absl::Status& status);

}  // namespace leat::cli

#endif  // LEAT_CLI_REPORT_H_
