// leat top: what goes on in a folder, again and again.
#include <leat/folder_use.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/folder_sample.h"
#include "cli/report.h"
#include "cli/screen.h"
#include "cli/stop_signal.h"
#include "cli/time_text.h"

namespace leat::cli {
namespace {

using Clock = std::chrono::steady_clock;

// How long a key or a new size waits to be seen.
constexpr std::chrono::milliseconds kLook{50};

struct Options {
  std::int64_t count = 0;  // 0: until it is ended
  std::chrono::nanoseconds interval = std::chrono::seconds(2);
  bool json = false;
  bool once = false;
};

absl::StatusOr<std::chrono::nanoseconds> ParseInterval(std::string_view text) { return ParseDuration(text); }

// Until the next sample is due; whether there is to be one.
bool WaitAtTerminal(const Screen& screen, const StopSignal& stop, Clock::time_point next,
                    const std::vector<std::string>& lines) {
  while (Clock::now() < next) {
    if (stop.Until(std::min(next, Clock::now() + kLook)) || screen.Typed('q')) return false;
    if (Screen::Resized()) screen.Draw(lines);
  }
  return !stop.Asked();
}

ExitCode RunAtTerminal(const Options& options, Session& session) {
  const StopSignal stop;
  std::optional<FolderSample> before;
  absl::Status failed;
  {
    // Only within: what is said of an error stands on the screen that was there before.
    const Screen screen;
    for (std::int64_t shown = 0; options.count == 0 || shown < options.count; ++shown) {
      const Clock::time_point next = Clock::now() + options.interval;
      auto sample = TakeSample(session, before.has_value() ? &*before : nullptr);
      failed = sample.status();
      if (!failed.ok()) break;
      std::vector<std::string> lines = LinesOf(*sample, session.folder);
      lines.emplace_back("q ends it");
      screen.Draw(lines);
      before = *std::move(sample);
      if (!WaitAtTerminal(screen, stop, next, lines)) break;
    }
  }
  return failed.ok() ? ExitCode::kDone : FailOfReading(failed);
}

ExitCode RunInLines(const Options& options, Session& session) {
  const StopSignal stop;
  std::optional<FolderSample> before;
  for (std::int64_t shown = 0; options.count == 0 || shown < options.count; ++shown) {
    if (shown > 0 && stop.Until(before->taken + options.interval)) break;
    auto sample = TakeSample(session, before.has_value() ? &*before : nullptr);
    if (!sample.ok()) return FailOfReading(sample.status());
    if (options.json) {
      session.out.Line(OneLine(JsonOf(*sample)));
    } else {
      if (shown > 0) session.out.Line("");
      for (const std::string& line : LinesOf(*sample, session.folder)) session.out.Line(line);
    }
    if (const absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
    before = *std::move(sample);
  }
  return ExitCode::kDone;
}

ExitCode Run(const Options& given, Session& session) {
  Options options = given;
  if (options.once) options.count = 1;
  const bool at_terminal = !options.json && options.count == 0 && ::isatty(0) == 1 && ::isatty(1) == 1;
  return at_terminal ? RunAtTerminal(options, session) : RunInLines(options, session);
}

}  // namespace

void AddTop(CLI::App& program, Action& action) {
  CLI::App* const command = AddCommand(
      program, "top", "Shows rates, sizes, lags, syncs, times and who has the folder open, again and again",
      "  leat top\n"
      "  leat top -n 2 --interval 1s --json | jq .topics");
  const auto options = std::make_shared<Options>();
  AddCount(command, &options->count, "So many times, in lines; without it, at a terminal, until q or Ctrl-C");
  AddParsed(command, "--interval", &options->interval, ParseInterval,
            "Time from one look to the next; 2s if not told", "T");
  command->add_flag("--once", options->once, "One look, in lines: as -n 1")->excludes("-n");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
