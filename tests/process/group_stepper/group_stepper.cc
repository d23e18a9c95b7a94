// Kills a process behind chosen instructions of what it does to a group, spread over the whole of it. Each time the
// group must be whole to who only looks at it, and to who joins it next: he gets all partitions at once, and finds of
// each what was committed, or what was about to be.
//
//   process_group_stepper --points 100 --seed 1 [--operation commit]
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "group/group.h"
#include "group/member.h"
#include "process/group_stepper/operation.h"
#include "process/stepper/traced_child.h"
#include "support/temp_folder.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kWhole = ~std::uint64_t{0};
constexpr int kMeasured = 3;
// Of a long operation a point is an entry into or a return from the kernel, and up to so many instructions more.
constexpr std::uint64_t kInstructionsBetween = 3000;

absl::Status Wrong(std::string text) { return absl::DataLossError(text); }

class Stepping {
 public:
  Stepping(const GroupOperationName& what, std::uint64_t seed) : what_(what), random_(seed) {}

  absl::Status Run(std::size_t points) {
    auto opened = broker::OpenLocal(folder_, {}, broker::RealEnvironment());
    if (!opened.ok()) return opened.status();
    backend_ = *std::move(opened);
    for (const char* topic : {kGroupTopic, "u"}) {
      const auto made = broker::CreateTopic(backend_->state(), topic, {.partitions = kGroupPartitions});
      if (!made.ok()) return made.status();
    }
    for (int i = 0; i < kMeasured; ++i) {
      if (auto s = Point(kWhole); !s.ok()) return s;
    }
    for (std::size_t i = 0; i < points; ++i) {
      const double share = (static_cast<double>(i) + std::uniform_real_distribution<double>(0, 1)(random_)) /
                           static_cast<double>(points);
      const auto point = static_cast<std::uint64_t>(share * static_cast<double>(length_));
      if (auto s = Point(point); !s.ok()) {
        return absl::Status(
            s.code(), fmt::format("killed at {} of about {} of {}: {}", point, length_, what_.name, s.ToString()));
      }
    }
    fmt::print("{}: killed at {} places in about {}; {} times it was found done, {} times not begun\n", what_.name,
               kills_, length_, done_, kills_ - done_);
    return absl::OkStatus();
  }

  bool skipped() const { return skipped_; }
  std::uint64_t kills() const { return kills_; }

 private:
  absl::Status Point(std::uint64_t point) {
    const std::uint64_t number = ++number_;
    // Made anew now and then, so that all that a group's file grows by is grown under somebody's feet.
    if (number % 16 == 0 || what_.operation == GroupOperation::kCreate) {
      const absl::Status deleted = group::DeleteGroup(backend_->local_folder(), kGroup);
      if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
    }
    bool finished = false;
    {
      TracedChild child(
          {"perform", folder_, std::to_string(static_cast<int>(what_.operation)), std::to_string(number)});
      if (!child.ended()) {
        const std::uint64_t steps = what_.is_long ? child.StepSystemCalls(point) : child.Step(point);
        if (point == kWhole) length_ = std::max(length_, steps);
        if (what_.is_long) child.Step(random_() % kInstructionsBetween);
        finished = child.finished();
      }
      if (child.ended()) {
        skipped_ = WIFEXITED(child.status()) && WEXITSTATUS(child.status()) == 77;
        return absl::InternalError(fmt::format("child {} has ended with {}", number, child.status()));
      }
      child.Kill();
    }
    ++kills_;
    if (auto s = CheckAsOnlooker(); !s.ok()) return s;
    return CheckAsMember(number, finished);
  }

  // Before anybody has put anything right.
  absl::Status CheckAsOnlooker() {
    const auto seen = group::Group::Open(backend_->local_folder(), kGroup, group::GroupOpening::kExisting);
    if (absl::IsNotFound(seen.status())) return absl::OkStatus();
    if (!seen.ok()) return seen.status();
    const auto described = (*seen)->Describe();
    if (!described.ok()) return absl::IsNotFound(described.status()) ? absl::OkStatus() : described.status();
    if (const auto offsets = (*seen)->Offsets(); !offsets.ok()) return offsets.status();
    return (*seen)->damage();
  }

  absl::Status CheckAsMember(std::uint64_t number, bool finished) {
    auto joined = group::Member::Join(backend_->local_folder(), kGroup, {}, {kGroupTopic});
    if (!joined.ok()) return joined.status();
    group::Member& member = **joined;
    if (const auto changes = member.Look(); !changes.ok()) return changes.status();
    if (member.owned().size() != std::size_t{kGroupPartitions}) {
      return Wrong(fmt::format("the next member owns {} partitions", member.owned().size()));
    }
    if (auto s = CheckOffsets(member, number, finished); !s.ok()) return s;
    std::vector<group::OffsetToCommit> commits;
    for (const group::GroupPartition& partition : member.owned()) {
      commits.push_back({.place = partition.place, .offset = 1, .metadata = "by who came next"});
    }
    if (auto s = member.Commit(commits, Durability::kProcess); !s.ok()) return s;
    for (const group::GroupPartition& partition : member.owned()) {
      const auto read = member.Committed(partition.place);
      if (!read.ok()) return read.status();
      if (!read->has_value() || (*read)->metadata != "by who came next") return Wrong("a commit was lost");
    }
    return member.Leave();
  }

  absl::Status CheckOffsets(group::Member& member, std::uint64_t number, bool finished) {
    if (what_.operation == GroupOperation::kCreate) return absl::OkStatus();
    const bool commits = what_.operation == GroupOperation::kCommit ||
                         what_.operation == GroupOperation::kCommitText ||
                         what_.operation == GroupOperation::kSetOffsets;
    bool all_new = true;
    for (const group::GroupPartition& partition : member.owned()) {
      const auto read = member.Committed(partition.place);
      if (!read.ok()) return read.status();
      const Offset offset = read->has_value() ? (*read)->offset : -1;
      const bool is_new = commits && offset == OffsetAfter(number);
      const bool is_gone = what_.operation == GroupOperation::kDelete && offset == -1;
      all_new = all_new && (is_new || is_gone);
      if (!is_new && !is_gone && offset != OffsetBefore(number)) {
        return Wrong(fmt::format("{} is at {} instead of {}", partition.name, offset, OffsetBefore(number)));
      }
      if (what_.operation == GroupOperation::kCommitText && (*read)->metadata != std::to_string(offset)) {
        return Wrong(fmt::format("{} has the metadata '{}' at {}", partition.name, (*read)->metadata, offset));
      }
    }
    const bool changes = commits || what_.operation == GroupOperation::kDelete;
    if (finished && changes && !all_new) return Wrong("what was acknowledged is not there");
    done_ += changes && all_new ? 1 : 0;
    return absl::OkStatus();
  }

  const GroupOperationName what_;
  std::mt19937_64 random_;
  const testing::TempFolder scratch_;
  const std::string folder_ = scratch_ / "folder";
  std::shared_ptr<broker::LocalBackend> backend_;
  std::uint64_t length_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t kills_ = 0;
  std::uint64_t done_ = 0;
  bool skipped_ = false;
};

int StepThroughAll(std::size_t points, std::uint64_t seed, std::string_view only) {
  fmt::print("seed {}\n", seed);
  std::uint64_t kills = 0;
  for (const GroupOperationName& what : kGroupOperations) {
    if (!only.empty() && only != what.name) continue;
    Stepping stepping(what, seed);
    const absl::Status status = stepping.Run(only.empty() ? 1 + points * what.share / 100 : points);
    if (stepping.skipped()) {
      fmt::print("skipped: processes may not be traced here\n");
      return 77;
    }
    if (!status.ok()) {
      fmt::print("seed {}: {}\n", seed, status.ToString());
      return 1;
    }
    std::fflush(stdout);
    kills += stepping.kills();
  }
  fmt::print("{} kills\n", kills);
  return 0;
}

int Main(int argc, char** argv) {
  if (argc == 6 && std::string_view(argv[1]) == "perform") {
    DieWithParent(static_cast<pid_t>(std::stol(argv[2])));
    return PerformOnGroup(static_cast<GroupOperation>(std::stoi(argv[4])), argv[3], std::stoull(argv[5]));
  }
  std::size_t points = 100;
  std::uint64_t seed = std::random_device()();
  std::string operation;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc || (name != "--points" && name != "--seed" && name != "--operation")) {
      fmt::print(stderr, "usage: {} [--points N] [--seed S] [--operation NAME]\n", argv[0]);
      return 2;
    }
    if (name == "--operation") {
      operation = argv[i + 1];
    } else {
      (name == "--points" ? points : seed) = std::stoull(argv[i + 1]);
    }
  }
  return StepThroughAll(points, seed, operation);
}

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) { return leat::process_test::Main(argc, argv); }
