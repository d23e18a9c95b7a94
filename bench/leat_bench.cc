// Measures leat beside what bounds it, and prints one table.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/child.h"
#include "harness/flow.h"
#include "harness/measure.h"
#include "harness/options.h"
#include "harness/report.h"
#include "harness/scratch.h"
#include "rows/groups.h"
#include "rows/observe.h"
#include "rows/open.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

absl::StatusOr<Benchmarks> AllBenchmarks(const Scale& scale, bool peers) {
  Benchmarks all;
  AddEndToEnd(scale, all);
  AddInMemory(scale, all);
  AddProcesses(scale, all);
  AddManyOfThem(scale, all);
  AddRoads(scale, all);
  AddCodec(scale, all);
  AddCompression(scale, all);
  AddAppend(scale, all);
  AddDisk(scale, all);
  AddSendLatency(scale, all);
  AddRetention(scale, all);
  AddOffsetForTime(scale, all);
  AddCompaction(scale, all);
  AddVisibility(scale, all);
  AddPacedLatency(scale, all);
  AddOpen(scale, all);
  AddGroups(scale, all);
  AddGroupChanges(scale, all);
  AddMetrics(scale, all);
  AddHandWritten(scale, all);
#ifdef LEAT_PROGRAM
  AddCommand(scale, all);
#endif
  AddSmoke(all);
  if (!peers) return all;
#ifdef LEAT_BENCH_PEERS
  AddPeers(scale, all);
  return all;
#else
  return absl::InvalidArgumentError("--peers needs a build with LEAT_BENCH_PEERS=ON; bench/run --peers makes one");
#endif
}

std::string_view FamilyOf(std::string_view name) { return name.substr(0, name.find('/')); }

absl::StatusOr<Benchmarks> Select(Benchmarks all, const std::vector<std::string>& names) {
  Benchmarks selected;
  std::vector<bool> used(names.size());
  for (Benchmark& benchmark : all) {
    bool wanted = names.empty() && !benchmark.only_by_name;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != benchmark.name && names[i] != FamilyOf(benchmark.name)) continue;
      wanted = true;
      used[i] = true;
    }
    if (wanted) selected.push_back(std::move(benchmark));
  }
  const auto unknown = std::find(used.begin(), used.end(), false);
  if (unknown == used.end()) return selected;
  return absl::InvalidArgumentError(fmt::format("no row and no family of rows is called {}; --list names them",
                                                names[static_cast<std::size_t>(unknown - used.begin())]));
}

Scale ScaleOf(const Options& options) {
  if (!options.quick) return {};
  return {.quick = true, .rounds = 3, .bytes = std::int64_t{96} << 20, .slow_records = 50'000};
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr && std::fclose(file) != 0) written = false;
  if (written) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
}

std::vector<Row> MeasureAll(const Benchmarks& benchmarks, const Scale& scale, Scratch& scratch) {
  std::vector<Row> rows;
  for (const Benchmark& benchmark : benchmarks) {
    fmt::print(stderr, "[{}/{}] {} ... ", rows.size() + 1, benchmarks.size(), benchmark.name);
    std::fflush(stderr);
    rows.push_back(MeasureRow(benchmark, scale.rounds, scratch));
    const Row& row = rows.back();
    if (row.status.ok()) {
      fmt::print(stderr, "{:.4g} {}\n", row.leat, benchmark.unit);
    } else {
      fmt::print(stderr, "FAILED: {}\n", row.status.ToString());
    }
  }
  return rows;
}

void PrintMillions(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    if (row.benchmark->name != "million_messages" || !row.status.ok()) continue;
    fmt::print(
        "\nA million messages of 100 bytes, {:.1f} times a second: from one thread to another through files, every "
        "checksum and every record checked.\n",
        row.leat);
  }
}

absl::StatusOr<int> Run(const Options& options) {
  const Scale scale = ScaleOf(options);
  absl::StatusOr<Benchmarks> all = AllBenchmarks(scale, options.peers);
  if (!all.ok()) return all.status();
  const absl::StatusOr<Benchmarks> benchmarks = Select(*std::move(all), options.names);
  if (!benchmarks.ok()) return benchmarks.status();
  if (options.list) {
    for (const Benchmark& benchmark : *benchmarks) fmt::print("{:<28} {}\n", benchmark.name, benchmark.what);
    return 0;
  }
  absl::StatusOr<Scratch> scratch = Scratch::Make(options.folder);
  if (!scratch.ok()) return scratch.status();
  const std::vector<Row> rows = MeasureAll(*benchmarks, scale, *scratch);
  fmt::print("{}", Table(rows));
  PrintMillions(rows);
  if (!options.json.empty()) {
    if (absl::Status s = WriteFile(options.json, Json(rows)); !s.ok()) return s;
  }
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.status.ok(); }) ? 0 : 1;
}

int PlayChild(const std::vector<std::string>& arguments) {
  const std::map<std::string, Role> roles = {{"consume", ConsumeRole},
                                             {"produce", ProduceRole},
                                             {"observe", ObserveRole},
                                             {"fill", FillRole},
                                             {"member", MemberRole}};
  const auto role = arguments.size() > 1 ? roles.find(arguments[1]) : roles.end();
  if (role == roles.end()) return 2;
  return PlayRole(role->second, {arguments.begin() + 2, arguments.end()});
}

int Main(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == kChildFlag) return PlayChild(arguments);
  const absl::StatusOr<Options> options = ParseOptions(arguments);
  if (!options.ok()) {
    fmt::print(stderr, "leat_bench: {}\n{}", std::string(options.status().message()), kUsage);
    return 2;
  }
  if (options->help) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const absl::StatusOr<int> result = Run(*options);
  if (result.ok()) return *result;
  fmt::print(stderr, "leat_bench: {}\n", std::string(result.status().message()));
  return absl::IsInvalidArgument(result.status()) ? 2 : 1;
}

}  // namespace
}  // namespace leat::bench

int main(int argc, char** argv) { return leat::bench::Main({argv + 1, argv + argc}); }
