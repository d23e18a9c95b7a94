#include "cli/report.h"

#include <fmt/format.h>

#include <cstdio>

namespace leat::cli {

void Say(std::string_view what) {
  // In one piece: other processes may be writing to the same terminal.
  const std::string line = fmt::format("leat: {}\n", what);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::string Counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

ExitCode Fail(const absl::Status& status) {
  if (absl::IsAborted(status)) return ExitCode::kDone;
  Say(std::string(status.message()));
  return ExitCode::kFailed;
}

ExitCode FailOfReading(const absl::Status& status) {
  const ExitCode failed = Fail(status);
  return absl::IsDataLoss(status) ? ExitCode::kDamage : failed;
}

}  // namespace leat::cli
