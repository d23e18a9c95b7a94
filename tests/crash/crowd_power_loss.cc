// Loses power at many moments at which several threads are at work on one folder, and looks at what is left.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include "crash/camera.h"
#include "crash/command_line.h"
#include "crash/crowd.h"

namespace leat::testing {
namespace {

constexpr std::size_t kStatesOfScenario = 40;
constexpr int kSteps = 60;

constexpr const char* kUsage = R"(usage: crowd_power_loss [--states N] [--seed S] [--threads N]

As power_loss, but N (3) threads use the folder at once, each through an opening of its own. A seed gives each of them the
same choices; how they meet differs.
)";

struct Tally {
  std::int64_t states = 0, wrong = 0, sent = 0, on_disk = 0;
};

void RunScenario(std::uint64_t seed, std::size_t threads, Tally& tally) {
  std::mt19937_64 random(seed);
  SimulatedMachine machine({.seed = seed, .mapped_writes = random() % 2 == 0});
  PrepareCrowd(machine);
  CrowdLedger ledger{CrowdKnown(threads)};
  std::vector<Picture<CrowdKnown>> pictures;
  {
    Camera camera(machine, ledger, random(), 0.04, kStatesOfScenario);
    RunCrowd(machine, ledger, random(), kSteps);
    pictures = camera.Take();
  }
  for (const Picture<CrowdKnown>& picture : pictures) {
    ++tally.states;
    for (const CrowdRecord& record : picture.before.records) {
      ++tally.sent;
      tally.on_disk += record.answer == Answer::kDisk ? 1 : 0;
    }
    const std::string wrong = JudgeCrowd(picture.machine, picture.before, picture.after);
    if (wrong.empty()) continue;
    ++tally.wrong;
    fmt::print(stderr, "scenario {}, {}:\n  {}\n", seed, picture.moment, wrong);
  }
}

int Main(int argc, char** argv) {
  std::int64_t states = 1000, threads = 3;
  std::uint64_t seed = 1;
  const NumberOption known[] = {{"--states", &states}, {"--seed", &seed}, {"--threads", &threads}};
  if (const std::optional<int> code = TakeOptions(argc, argv, known, kUsage); code.has_value()) return *code;
  Tally tally;
  std::uint64_t scenarios = 0;
  const auto began = std::chrono::steady_clock::now();
  while (tally.states < states) {
    try {
      RunScenario(seed + scenarios, static_cast<std::size_t>(threads), tally);
    } catch (const std::runtime_error& error) {
      fmt::print(stderr, "scenario {}: {}\n", seed + scenarios, error.what());
      return 1;
    }
    ++scenarios;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  fmt::print("{} power losses in {} scenarios of {} threads from seed {} on, {:.0f} s: {} left something wrong\n",
             tally.states, scenarios, threads, seed, seconds, tally.wrong);
  fmt::print("{:.1f} records a state had been sent, {:.1f} of them acknowledged as synced\n",
             static_cast<double>(tally.sent) / static_cast<double>(tally.states),
             static_cast<double>(tally.on_disk) / static_cast<double>(tally.states));
  return tally.wrong == 0 && tally.on_disk > 0 ? 0 : 1;
}

}  // namespace
}  // namespace leat::testing

int main(int argc, char** argv) { return leat::testing::Main(argc, argv); }
