// Kills a process behind chosen instructions of what it does to a group, spread over the whole of it. Each time the
// group must be whole to who only looks at it, and to who joins it next: he gets all partitions at once, and finds of
// each what was committed, or what was about to be.
//
//   process_group_stepper --points 100 --seed 1 [--operation commit]
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "group/group.h"
#include "group/member.h"
#include "process/group_stepper/operation.h"
#include "process/stepper/stepping.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kInstructionsBetween = 3000;

absl::Status Wrong(std::string text) { return absl::DataLossError(text); }

class GroupScene final : public SteppedScene {
 public:
  explicit GroupScene(const GroupOperationName& what) : what_(what) {}

  absl::Status Begin(const std::string& folder) override {
    auto opened = broker::OpenLocal(folder, {}, broker::RealEnvironment());
    if (!opened.ok()) return opened.status();
    backend_ = *std::move(opened);
    for (const char* topic : {kGroupTopic, "u"}) {
      const auto made = broker::CreateTopic(backend_->state(), topic, {.partitions = kGroupPartitions});
      if (!made.ok()) return made.status();
    }
    return absl::OkStatus();
  }

  // Made anew now and then, so that all that a group's file grows by is grown under somebody's feet.
  absl::Status BeforeChild(std::uint64_t number) override {
    if (number % 16 != 0 && what_.operation != GroupOperation::kCreate) return absl::OkStatus();
    const absl::Status deleted = group::DeleteGroup(backend_->local_folder(), kGroup);
    return absl::IsNotFound(deleted) ? absl::OkStatus() : deleted;
  }

  absl::Status AfterKill(std::uint64_t number, bool finished) override {
    ++kills_;
    if (auto s = CheckAsOnlooker(); !s.ok()) return s;
    return CheckAsMember(number, finished);
  }

  absl::StatusOr<std::string> End() override {
    return fmt::format("{} times it was found done, {} times not begun", done_, kills_ - done_);
  }

 private:
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
  std::shared_ptr<broker::LocalBackend> backend_;
  std::uint64_t kills_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) {
  using namespace leat::process_test;
  return StepperMain<GroupScene, GroupOperationName>(argc, argv, kGroupOperations, kInstructionsBetween,
                                                     PerformOnGroup);
}
