// Consumers of one group in many processes, which are killed, stopped and continued, and come and go by themselves, while
// others publish. And then: was every record delivered, none twice without a death or a fence between, each partition in
// order, and did no commit go back?
//
//   process_group --seconds 65 --workers 7 --seed 1
#include <fmt/format.h>
#include <leat/leat.h>

#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>

#include "process/child_program.h"
#include "process/group/parts.h"
#include "process/group/supervisor.h"
#include "support/temp_folder.h"

namespace leat::process_test::group {
namespace {

struct Verdict {
  std::int64_t records = 0;
  std::uint64_t again = 0;       // delivered more than once, after a death or a fence
  std::uint64_t taken_over = 0;  // partitions, likewise
};

// Whether whoever did `before` was killed, stopped or fenced between that and `after`, or may have been.
bool Explained(const Board& board, Stamp before, Stamp after) {
  const Session& session = board.sessions[before.session];
  const std::uint64_t lost = session.lost_us.load();
  if (lost >= before.at_us && lost != 0) return true;
  // On a machine that has no time for it, it was fenced, and killed before it heard of that. (It is looked at by the
  // others' clocks every 100 ms.)
  constexpr auto kEnough = static_cast<std::uint64_t>(std::chrono::microseconds(kMaxPollInterval).count()) - 150'000;
  const std::uint64_t polled = session.polled_us.load();
  if (polled != 0 && polled + kEnough <= after.at_us) return true;
  const Process& process = board.processes[session.process.load()];
  for (std::uint32_t i = 0; i < process.count.load(); ++i) {
    const Disturbance& disturbance = process.disturbances[i];
    if (disturbance.sent_us.load() <= after.at_us && before.at_us <= disturbance.confirmed_us.load()) return true;
  }
  return false;
}

absl::StatusOr<Verdict> Judge(const std::string& folder, const Board& board) {
  Verdict verdict;
  auto broker = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
  if (!broker.ok()) return broker.status();
  auto topic = broker->FindTopic(kTopicName);
  if (!topic.ok()) return topic.status();
  for (PartitionId p = 0; p < kPartitions; ++p) {
    const auto end = topic->partition(p)->high_watermark();
    if (!end.ok()) return end.status();
    for (Offset offset = 0; offset < *end; ++offset) {
      if (board.delivered[static_cast<std::size_t>(p)][static_cast<std::size_t>(offset)].load() != 0) continue;
      return absl::DataLossError(fmt::format("{}@{} was committed and never delivered", p, offset));
    }
    verdict.records += *end;
  }
  const std::uint64_t take_overs = board.next_take_over.load();
  if (take_overs > Board::kTakeOvers) return absl::InternalError("more take-overs than the board has room for");
  for (std::uint64_t i = 0; i < take_overs; ++i) {
    const TakeOver& one = board.take_overs[i];
    if (one.valid.load() == 0) continue;  // its writer was killed, and so are its deeds
    const Stamp before = Stamp::Of(one.before);
    const Stamp after = Stamp::Of(one.after);
    if (!Explained(board, before, after)) {
      return absl::InternalError(
          fmt::format("{} of partition {}: session {} of process {} had it at {} us, session {} of process {} got it "
                      "at {} us, and "
                      "there was neither a death nor a fence between",
                      one.offset < 0 ? "the ownership" : fmt::format("offset {}", one.offset), one.partition,
                      before.session, board.sessions[before.session].process.load(), before.at_us, after.session,
                      board.sessions[after.session].process.load(), after.at_us));
    }
    ++(one.offset < 0 ? verdict.taken_over : verdict.again);
  }
  return verdict;
}

absl::Status MakeTopic(const std::string& folder) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  if (auto topic = broker->CreateTopic(kTopicName, {.partitions = kPartitions}); !topic.ok()) return topic.status();
  return broker->Close();
}

absl::Status Run(int seconds, int workers, std::uint64_t seed) {
  const testing::TempFolder scratch;
  const std::string folder = scratch / "folder";
  Board& board = MapBoard(scratch / "board", true);
  if (auto s = MakeTopic(folder); !s.ok()) return s;
  Supervisor supervisor(folder, scratch / "board", board, seed);
  if (auto s = supervisor.Play(workers, std::chrono::seconds(seconds)); !s.ok()) return s;
  if (auto s = supervisor.Drain(); !s.ok()) return s;
  if (auto s = supervisor.CloseAll(); !s.ok()) return s;
  const auto verdict = Judge(folder, board);
  if (!verdict.ok()) return verdict.status();
  fmt::print(
      "{} members in {} processes, {} killed, {} times stopped: {} records, each delivered, {} of them again after a "
      "death or a fence; {} partitions taken over, {} commits\n",
      board.next_session.load(), supervisor.counts().processes, supervisor.counts().kills, supervisor.counts().stops,
      verdict->records, verdict->again, verdict->taken_over, board.commits.load());
  return absl::OkStatus();
}

int PlayPart(std::string_view part, char** arguments) {
  const PartOptions options = PartOptions::Parse(arguments);
  Board& board = MapBoard(options.board, false);
  const absl::Status status = part == "worker" ? Work(options, board) : Produce(options, board);
  if (!status.ok()) board.Fail(fmt::format("{}: {}", part, status.ToString()));
  return status.ok() ? 0 : 1;
}

int Main(int argc, char** argv) {
  if (argc > 3 && argv[1][0] != '-') {
    DieWithParent(std::atoi(argv[2]));
    return PlayPart(argv[1], argv + 3);
  }
  int seconds = 6;
  int workers = 6;
  std::uint64_t seed = std::random_device()();
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--seconds") seconds = std::atoi(argv[i + 1]);
    if (name == "--workers") workers = std::atoi(argv[i + 1]);
    if (name == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  fmt::print("seed {}\n", seed);
  std::fflush(stdout);
  const absl::Status status = Run(seconds, workers, seed);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace leat::process_test::group

int main(int argc, char** argv) { return leat::process_test::group::Main(argc, argv); }
