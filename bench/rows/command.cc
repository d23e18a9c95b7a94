// The program leat as a person uses it, beside the programs that everybody has: lines from a file, lines to nowhere.
#ifdef LEAT_PROGRAM

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::size_t kLineSize = 100;  // without its newline

absl::Status WriteLines(const std::string& path, std::int64_t count) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
  std::string line(kLineSize + 1, 'x');
  line.back() = '\n';
  bool written = true;
  for (std::int64_t i = 0; i < count && written; ++i) {
    fmt::format_to_n(line.data(), 12, "{:012}", i);
    written = std::fwrite(line.data(), 1, line.size(), file) == line.size();
  }
  if (std::fclose(file) == 0 && written) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
}

struct Command {
  std::vector<std::string> words;
  std::string input, output;
};

// Seconds until it has ended.
absl::StatusOr<double> Time(Command command) {
  std::vector<char*> argv;
  for (std::string& word : command.words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, command.input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, command.output.c_str(), O_WRONLY | O_CREAT, 0600);
  // What it says of itself is no part of the table.
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  const std::int64_t begin_ns = NowNs();
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  if (error == 0) waitpid(child, &status, 0);
  const double seconds = SecondsSince(begin_ns);
  if (error == 0 && status == 0) return seconds;
  return absl::UnavailableError(fmt::format("{} did not end well", fmt::join(command.words, " ")));
}

absl::StatusOr<double> MillionsOfLines(std::int64_t count, Command command) {
  const absl::StatusOr<double> seconds = Time(std::move(command));
  if (!seconds.ok()) return seconds.status();
  return static_cast<double>(count) / 1e6 / *seconds;
}

Command Produce(const std::string& folder) {
  return {{LEAT_PROGRAM, "-d", folder + "/data", "produce", "lines"}, folder + "/lines", "/dev/null"};
}

// Measures `command` once the lines are there, and, if it is to be read, the topic.
Measure Of(std::int64_t count, bool topic, Command (*command)(const std::string& folder)) {
  return [=](const std::string& folder) -> absl::StatusOr<double> {
    if (absl::Status written = WriteLines(folder + "/lines", count); !written.ok()) return written;
    if (topic) {
      if (const auto produced = Time(Produce(folder)); !produced.ok()) return produced.status();
    }
    return MillionsOfLines(count, command(folder));
  };
}

}  // namespace

void AddCommand(const Scale& scale, Benchmarks& benchmarks) {
  const std::int64_t count = scale.quick ? 1'000'000 : 10'000'000;
  constexpr double kMillionsWanted = 2;
  const auto add = [&](std::string name, std::string what, Measure leat, std::string reference_name,
                       Measure reference) {
    benchmarks.push_back({.name = std::move(name),
                          .what = fmt::format("{}, {}M lines of 100B", what, count / 1'000'000),
                          .unit = "M lines/s",
                          .leat = std::move(leat),
                          .reference_name = std::move(reference_name),
                          .reference = std::move(reference),
                          .target_value = kMillionsWanted,
                          .most_rounds = 3});
  };
  const Measure consume = Of(count, true, [](const std::string& folder) -> Command {
    return {{LEAT_PROGRAM, "-d", folder + "/data", "consume", "lines", "--from-beginning", "-e"},
            "/dev/null",
            "/dev/null"};
  });
  add("cli/produce", "leat produce from a file", Of(count, false, Produce), "cat to a file",
      Of(count, false, [](const std::string& folder) -> Command {
        return {{"cat"}, folder + "/lines", folder + "/copy"};
      }));
  add("cli/consume", "leat consume -e to /dev/null", consume, "cat to /dev/null",
      Of(count, false, [](const std::string& folder) -> Command {
        return {{"cat"}, folder + "/lines", "/dev/null"};
      }));
  add("cli/consume_wc", "leat consume -e to /dev/null", consume, "wc -l",
      Of(count, false, [](const std::string& folder) -> Command {
        return {{"wc", "-l"}, folder + "/lines", "/dev/null"};
      }));
}

}  // namespace leat::bench

#endif  // LEAT_PROGRAM
