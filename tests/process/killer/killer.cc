// Many processes on one folder, killed at random instants while they open, recover, write at both levels, roll, create,
// delete, trim, read, join a group, commit, leave it and close; and then: is everything there that was acknowledged, once, in
// order, and nothing else, and has the group skipped nothing?
//
//   process_killer --kills 300 --seed 1
//
// Round by round, in a fresh folder each: a crowd of writers and readers, or a single writer after the other, who is
// each time the first to open the folder and the last to close it.
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>

#include "process/child_program.h"
#include "process/killer/judge.h"
#include "process/killer/supervisor.h"
#include "support/temp_folder.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kKillsPerRound = 60;

struct Totals {
  std::uint64_t kills = 0;
  std::uint64_t processes = 0;
  std::uint64_t reboots = 0;
  Verdict verdict;
  std::vector<std::chrono::nanoseconds> resumptions;
};

// So that readers find the topic, whatever the first writer lived to do.
absl::Status MakeTopic(const std::string& folder) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  if (auto topic = broker->EnsureTopic(kTopicName, SmallSegments()); !topic.ok()) return topic.status();
  return broker->Close();
}

absl::Status PlayRound(std::uint64_t seed, std::uint64_t kills, Totals& totals) {
  const testing::TempFolder scratch;
  const std::string folder = scratch / "folder";
  const std::string board_path = scratch / "board";
  Board& board = MapBoard(board_path, true);
  struct Unmap {
    Board& board;
    ~Unmap() { UnmapBoard(board); }
  } unmap{board};
  std::mt19937_64 random(seed);
  const bool alone = random() % 3 == 0;
  Supervisor supervisor(folder, board_path, board, random());
  if (auto s = MakeTopic(folder); !s.ok()) return s;
  // An onlooker takes no lock: beside it a single writer is alone.
  const Company company = alone ? Company{.writers = 1, .readers = 0, .onlookers = 1, .members = 0} : Company{};
  if (auto s = supervisor.Kill(company, kills); !s.ok()) return s;
  if (auto s = random() % 2 == 0 ? supervisor.KillAll() : supervisor.CloseAll(); !s.ok()) return s;
  auto verdict = Judge(folder, board, supervisor.kills());
  if (!verdict.ok()) return verdict.status();
  totals.kills += supervisor.kills();
  totals.processes += supervisor.processes();
  totals.reboots += supervisor.reboots();
  totals.verdict.records += verdict->records;
  totals.verdict.acknowledged += verdict->acknowledged;
  totals.verdict.unacknowledged += verdict->unacknowledged;
  totals.verdict.committed += verdict->committed;
  totals.resumptions.insert(totals.resumptions.end(), supervisor.resumptions().begin(),
                            supervisor.resumptions().end());
  return absl::OkStatus();
}

void Print(Totals& totals) {
  fmt::print(
      "{} kills of {} processes: {} records, {} of them acknowledged, 0 lost, 0 gaps, 0 duplicates; {} Sends "
      "landed unacknowledged\n",
      totals.kills, totals.processes, totals.verdict.records, totals.verdict.acknowledged,
      totals.verdict.unacknowledged);
  fmt::print(
      "{} times what nobody had open was recovered from its files; the group committed {} records, 0 skipped\n",
      totals.reboots, totals.verdict.committed);
  if (totals.resumptions.empty()) return;
  std::sort(totals.resumptions.begin(), totals.resumptions.end());
  const auto at = [&](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(totals.resumptions.size() - 1));
    return std::chrono::duration<double, std::milli>(totals.resumptions[index]).count();
  };
  fmt::print("after a kill all other writers had gone on within: median {:.1f} ms, 99 % {:.1f} ms, all {:.1f} ms\n",
             at(0.5), at(0.99), at(1));
}

int Supervise(std::uint64_t kills, std::uint64_t seed) {
  fmt::print("seed {}\n", seed);
  Totals totals;
  for (std::uint64_t round = 0; totals.kills < kills; ++round) {
    const std::uint64_t wanted = std::min(kKillsPerRound, kills - totals.kills);
    if (const absl::Status status = PlayRound(seed + round * 1'000'003, wanted, totals); !status.ok()) {
      fmt::print("round {} of seed {}, after {} kills: {}\n", round, seed, totals.kills, status.ToString());
      return 1;
    }
    std::fflush(stdout);
  }
  Print(totals);
  return 0;
}

int Main(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "";
  if (argc == 12 && (part == "writer" || part == "reader" || part == "onlooker" || part == "member")) {
    DieWithParent(static_cast<pid_t>(std::stol(argv[2])));
    const PartOptions options = PartOptions::Parse(argv + 3);
    if (part == "writer") return PlayWriter(options);
    if (part == "member") return PlayMember(options);
    return part == "reader" ? PlayReader(options) : PlayOnlooker(options);
  }
  std::uint64_t kills = 300;
  std::uint64_t seed = std::random_device()();
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc || (name != "--kills" && name != "--seed")) {
      fmt::print(stderr, "usage: {} [--kills N] [--seed S]\n", argv[0]);
      return 2;
    }
    (name == "--kills" ? kills : seed) = std::stoull(argv[i + 1]);
  }
  return Supervise(kills, seed);
}

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) { return leat::process_test::Main(argc, argv); }
