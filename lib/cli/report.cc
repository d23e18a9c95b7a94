#include "cli/report.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/styles.h"

namespace leat::cli {

namespace {

void SayAs(std::string_view who, std::string_view what) {
  // In one piece: other processes may be writing to the same terminal.
  const std::string line = fmt::format("{} {}\n", who, what);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void Say(std::string_view what) { SayAs("leat:", what); }

std::string Counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

ExitCode Fail(const absl::Status& status) {
  if (absl::IsAborted(status)) return ExitCode::kDone;
  SayAs(Styled("leat:", Style::kRed, 2), std::string(status.message()));
  return ExitCode::kFailed;
}

ExitCode FailOfReading(const absl::Status& status) {
  const ExitCode failed = Fail(status);
  return absl::IsDataLoss(status) ? ExitCode::kDamage : failed;
}

}  // namespace leat::cli
