#include "harness/options.h"

#include <fmt/format.h>

namespace leat::bench {

const char kUsage[] =
    R"(usage: leat_bench [--quick] [--peers] [--json FILE] [--dir FOLDER] [--list] [NAME...]

Measures leat beside what bounds it on this machine, both in turn and several times, and prints one table of medians:
name, what, leat, bound, ratio, target, met or not. How it goes on is told on stderr.

  --quick        less of everything, fewer repetitions: all of it in under two minutes
  --peers        LMDB, RocksDB and SQLite, too (in a build with LEAT_BENCH_PEERS)
  --json FILE    writes the rows to FILE as well
  --dir FOLDER   the disk to measure on, by default that of this program; needs 2 GB. What is written there is removed.
  --list         prints the names of the rows and ends
  NAME           a row, or a family of rows: what stands before the slash

Ratios are to be trusted on an idle machine only. A target in a unit, not a ratio, is one for a certain machine and is
shown, but not judged. The exit code does not tell whether targets are met, only whether all was measured: 1 when a
row failed, also by a wrong record; 2 for a wrong command line.
)";

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-h" || argument == "--help") {
      options.help = true;
    } else if (argument == "--list") {
      options.list = true;
    } else if (argument == "--quick") {
      options.quick = true;
    } else if (argument == "--peers") {
      options.peers = true;
    } else if (argument == "--json" || argument == "--dir") {
      if (++i == arguments.size()) return absl::InvalidArgumentError(fmt::format("{} needs a path", argument));
      (argument == "--json" ? options.json : options.folder) = arguments[i];
    } else if (argument.starts_with("-")) {
      return absl::InvalidArgumentError(fmt::format("no option is called {}", argument));
    } else {
      options.names.push_back(argument);
    }
  }
  return options;
}

}  // namespace leat::bench
