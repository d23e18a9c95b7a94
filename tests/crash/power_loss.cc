// Loses power at many moments of many scenarios, and looks at what is left.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crash/camera.h"
#include "crash/command_line.h"
#include "crash/scenario.h"
#include "crash/verdict.h"

namespace leat::testing {
namespace {

struct Options {
  std::int64_t states = 1000;
  std::uint64_t seed = 1;
};

constexpr std::size_t kStatesOfScenario = 60;
constexpr int kStepsOfScenario = 80;

using State = Picture<Known>;

// Power goes again while the folder is being opened after the first time.
std::optional<State> LoseAgain(const State& state, std::mt19937_64& random) {
  SimulatedMachine machine = state.machine;
  std::optional<State> again;
  std::mutex mutex;
  const std::uint64_t at = 1 + random() % 150;
  const std::uint64_t seed = random();
  std::uint64_t calls = 0;
  machine.AtEachCall([&](FileCall, std::string_view path) {
    const std::lock_guard lock(mutex);
    if (++calls != at) return;
    auto after = machine.LosePower(seed);
    if (!after.ok()) return;
    again.emplace(State{*std::move(after), state.before, state.after,
                        fmt::format("{}, and again before call {} of the opening ({})", state.moment, at, path)});
  });
  if (auto broker = machine.Open(kFolder); broker.ok()) broker->Close().IgnoreError();
  machine.AtEachCall(nullptr);
  return again;
}

struct Tally {
  std::int64_t states = 0;
  std::int64_t wrong = 0;
  // Of all states together: what was promised, and what had been asked for.
  std::int64_t on_disk = 0;
  std::int64_t sent = 0;
  std::int64_t compacted_away = 0;
  std::int64_t tombstones_gone = 0;
};

void Count(const Known& before, Tally& tally) {
  for (const KnownTopic& topic : before) {
    tally.compacted_away += topic.compacted_away;
    tally.tombstones_gone += topic.tombstones_gone;
    if (topic.phase != Phase::kThere) continue;
    for (const KnownPartition& partition : topic.partitions) {
      tally.on_disk += partition.on_disk;
      tally.sent += static_cast<std::int64_t>(partition.sent.size());
    }
  }
}

void JudgeState(const State& state, std::uint64_t scenario, Tally& tally) {
  ++tally.states;
  Count(state.before, tally);
  const std::string wrong = Judge(state.machine, {state.before, state.after}, Crash::kPower);
  if (wrong.empty()) return;
  ++tally.wrong;
  fmt::print(stderr, "scenario {}, {}:\n  {}\n", scenario, state.moment, wrong);
}

void RunScenario(std::uint64_t seed, Tally& tally) {
  std::mt19937_64 random(seed);
  SimulatedMachine machine({.seed = seed, .mapped_writes = random() % 2 == 0});
  Ledger ledger;
  std::vector<State> states;
  {
    Scenario scenario(machine, ledger, random());
    Camera camera(machine, ledger, random(), 0.05, kStatesOfScenario);
    scenario.Run(kStepsOfScenario);
    scenario.Close();
    states = camera.Take();
  }
  for (const State& state : states) {
    const std::optional<State> again = random() % 4 == 0 ? LoseAgain(state, random) : std::nullopt;
    if (again.has_value()) {
      JudgeState(*again, seed, tally);
    } else {
      JudgeState(state, seed, tally);
    }
  }
}

constexpr const char* kUsage = R"(usage: power_loss [--states N] [--seed S]

Loses power at N (1,000) moments of random scenarios on simulated machines, opens what is left of the disk, and holds it
against what was acknowledged. Scenario i has the seed S + i; threads make it another one each time in part.
)";

int Main(int argc, char** argv) {
  Options options;
  const NumberOption known[] = {{"--states", &options.states}, {"--seed", &options.seed}};
  if (const std::optional<int> code = TakeOptions(argc, argv, known, kUsage); code.has_value()) return *code;
  Tally tally;
  std::uint64_t scenarios = 0;
  const auto began = std::chrono::steady_clock::now();
  while (tally.states < options.states) {
    RunScenario(options.seed + scenarios, tally);
    ++scenarios;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  fmt::print("{} power losses in {} scenarios from seed {} on, {:.0f} s: {} left something wrong\n", tally.states,
             scenarios, options.seed, seconds, tally.wrong);
  fmt::print(
      "{:.1f} records a state had been sent, {:.1f} of them acknowledged as synced, {:.1f} compacted away, "
      "{:.2f} tombstones among them\n",
      static_cast<double>(tally.sent) / static_cast<double>(tally.states),
      static_cast<double>(tally.on_disk) / static_cast<double>(tally.states),
      static_cast<double>(tally.compacted_away) / static_cast<double>(tally.states),
      static_cast<double>(tally.tombstones_gone) / static_cast<double>(tally.states));
  // Where nothing is promised, nothing is shown.
  return tally.wrong == 0 && tally.on_disk > 0 && tally.compacted_away > 0 ? 0 : 1;
}

}  // namespace
}  // namespace leat::testing

int main(int argc, char** argv) { return leat::testing::Main(argc, argv); }
