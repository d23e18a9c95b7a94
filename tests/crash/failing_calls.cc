// Lets each call on a disk fail, one after the other, in a scenario that does everything, and looks at what is left: when
// the process goes on, when it opens the folder again, and after a power loss.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "crash/command_line.h"
#include "crash/scenario.h"
#include "crash/verdict.h"

namespace leat::testing {
namespace {

struct Options {
  int every = 1;  // call
  std::uint64_t seed = 1;
  int steps = 60;
};

struct Fault {
  int at;
  bool stays;
  absl::Status with;
  FileCall kind = FileCall::kAny;
  bool mapped_writes = true;

  std::string Describe() const {
    return fmt::format("call {} of kind {} fails with \"{}\"{}, {}", at, static_cast<int>(kind),
                       std::string(with.message()), stays ? " from then on" : "",
                       mapped_writes ? "stores through mappings" : "writes by calls");
  }
};

class Trial {
 public:
  Trial(const Fault& fault, const Options& options)
      : fault_(fault), options_(options), machine_({.seed = options.seed, .mapped_writes = fault.mapped_writes}) {}

  // What is wrong, or nothing. `calls` is how many calls of that kind there were; `acknowledged` grows by the records
  // that were.
  std::string Run(int& calls, std::int64_t& acknowledged) {
    if (fault_.stays) {
      machine_.FailFrom(fault_.at, fault_.with, fault_.kind);
    } else {
      machine_.FailAt(fault_.at, fault_.with, fault_.kind);
    }
    Scenario scenario(machine_, ledger_, options_.seed);
    try {
      scenario.Run(options_.steps);
    } catch (const std::runtime_error& wrong) {
      return wrong.what();
    }
    calls = machine_.calls(fault_.kind);
    for (const KnownTopic& topic : ledger_.Copy()) {
      for (const KnownPartition& partition : topic.partitions) acknowledged += partition.certain;
    }
    const auto after_power = machine_.LosePower(options_.seed + static_cast<std::uint64_t>(fault_.at));
    const Bounds while_open{ledger_.Copy(), ledger_.Copy()};
    scenario.Close();
    machine_.Heal();
    const Bounds closed{ledger_.Copy(), ledger_.Copy()};
    if (std::string wrong = Judge(machine_, closed, Crash::kFailedDisk); !wrong.empty())
      return "opened again: " + wrong;
    if (!after_power.ok()) return after_power.status().ToString();
    if (std::string wrong = Judge(*after_power, while_open, Crash::kPower); !wrong.empty()) {
      return "after a power loss: " + wrong;
    }
    return {};
  }

 private:
  const Fault& fault_;
  const Options& options_;
  SimulatedMachine machine_;
  Ledger ledger_;
};

// For one kind of fault, each call in turn until there are no more. How many were wrong.
struct Tally {
  std::int64_t faults = 0;
  std::int64_t wrong = 0;
  std::int64_t acknowledged = 0;
};

void FailEach(Fault fault, const Options& options, Tally& tally) {
  int calls = fault.at;
  for (; fault.at <= calls; fault.at += options.every) {
    int now = 0;
    const std::string wrong = Trial(fault, options).Run(now, tally.acknowledged);
    calls = std::max(calls, now);
    ++tally.faults;
    if (wrong.empty()) continue;
    ++tally.wrong;
    fmt::print(stderr, "{}:\n  {}\n", fault.Describe(), wrong);
  }
}

constexpr const char* kUsage = R"(usage: failing_calls [--every N] [--seed S] [--steps N]

Runs a random scenario of so many steps (60) again and again; each time another call on the disk fails: every N-th (1), once
or from then on, with an error of the device, a full disk, too many open files. Then the disk is healed, the folder
opened, and held against what was acknowledged; and so is what a power loss would have left.
)";

int Main(int argc, char** argv) {
  Options options;
  const NumberOption known[] = {{"--every", &options.every}, {"--seed", &options.seed}, {"--steps", &options.steps}};
  if (const std::optional<int> code = TakeOptions(argc, argv, known, kUsage); code.has_value()) return *code;
  if (options.every <= 0) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  const auto began = std::chrono::steady_clock::now();
  const absl::Status errors[] = {absl::DataLossError("input/output error"),
                                 absl::ResourceExhaustedError("no space left on the device"),
                                 absl::ResourceExhaustedError("too many open files")};
  Tally tally;
  std::uint64_t turn = 0;
  for (const absl::Status& with : errors) {
    for (const bool stays : {false, true}) {
      // Each beginning elsewhere, so that a coarse round does not always meet the same calls.
      const int first = 1 + static_cast<int>((options.seed + turn++) % static_cast<std::uint64_t>(options.every));
      FailEach({.at = first, .stays = stays, .with = with, .mapped_writes = turn % 2 == 0}, options, tally);
    }
  }
  // Each of these is rare among all calls, and matters most.
  for (const FileCall kind : {FileCall::kSync, FileCall::kSyncDirectory, FileCall::kRename, FileCall::kAllocate,
                              FileCall::kWrite, FileCall::kTruncate}) {
    const int first = 1 + static_cast<int>((options.seed + turn++) % static_cast<std::uint64_t>(options.every));
    FailEach({.at = first, .stays = false, .with = errors[0], .kind = kind, .mapped_writes = turn % 2 == 0}, options,
             tally);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  fmt::print(
      "{} faults in scenarios of seed {}, {:.0f} s, {:.1f} records acknowledged in each: {} left something wrong\n",
      tally.faults, options.seed, seconds,
      static_cast<double>(tally.acknowledged) / static_cast<double>(tally.faults), tally.wrong);
  // Where nothing is acknowledged, nothing is shown.
  return tally.wrong == 0 && tally.acknowledged > 0 ? 0 : 1;
}

}  // namespace
}  // namespace leat::testing

int main(int argc, char** argv) { return leat::testing::Main(argc, argv); }
