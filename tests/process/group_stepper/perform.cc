#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "group/group.h"
#include "group/locked_group.h"
#include "group/member.h"
#include "group/open_group.h"
#include "process/group_stepper/operation.h"
#include "process/stepper/traced_child.h"

namespace leat::process_test {
namespace {

using group::Member;

class Performance {
 public:
  Performance(GroupOperation operation, std::uint64_t number) : operation_(operation), number_(number) {}

  absl::Status Run(const std::string& folder) {
    auto opened = broker::OpenLocal(folder, {}, broker::RealEnvironment());
    if (!opened.ok()) return opened.status();
    backend_ = *std::move(opened);
    if (auto s = Prepare(); !s.ok()) return s;
    StopForParent();
    if (auto s = Do(); !s.ok()) return s;  // before the stop: the parent is told by our end
    StopForParent();
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::unique_ptr<Member>> Join() {
    return Member::Join(backend_->local_folder(), kGroup, {}, {kGroupTopic});
  }

  // Alone in the group, as the owner of everything, with all offsets as they are to be before.
  absl::Status Prepare() {
    switch (operation_) {
      case GroupOperation::kCreate:
        return absl::OkStatus();
      case GroupOperation::kDelete:
      case GroupOperation::kSetOffsets:
        return PrepareGroup();
      case GroupOperation::kJoin:
        return PrepareJoin();
      default:
        break;
    }
    if (auto s = PrepareMember(); !s.ok()) return s;
    if (operation_ == GroupOperation::kAcknowledge || operation_ == GroupOperation::kLeave) {
      auto second = Join();
      if (!second.ok()) return second.status();
      second_ = *std::move(second);
      auto changes = member_->Look();
      if (!changes.ok()) return changes.status();
      revoked_ = changes->revoked;
    }
    Fill(OffsetAfter(number_));
    return absl::OkStatus();
  }

  absl::Status PrepareMember() {
    auto joined = Join();
    if (!joined.ok()) return joined.status();
    member_ = *std::move(joined);
    if (const auto changes = member_->Look(); !changes.ok()) return changes.status();
    Fill(OffsetBefore(number_));
    return member_->Commit(commits_, Durability::kProcess);
  }

  absl::Status PrepareGroup() {
    auto opened = group::Group::Open(backend_->local_folder(), kGroup, group::GroupOpening::kCreate);
    if (!opened.ok()) return opened.status();
    group_ = *std::move(opened);
    if (auto s = group_->SetOffsets(Named(OffsetBefore(number_)), Durability::kProcess); !s.ok()) return s;
    named_ = Named(OffsetAfter(number_));
    return absl::OkStatus();
  }

  // Only what happens under the lock: the way to there is long.
  absl::Status PrepareJoin() {
    if (auto s = PrepareMember(); !s.ok()) return s;
    const auto topic = broker::ReadTopic(backend_->state(), kGroupTopic);
    if (!topic.ok()) return topic.status();
    event_.member.process = backend_->state().locker()->self();
    event_.member.member_id = "the one who died";
    event_.member.max_poll_ms = 60'000;
    event_.assignor = "sticky";
    event_.topics = {kGroupTopic};
    event_.facts = {{kGroupTopic, topic->id, kGroupPartitions}};
    auto file = group::OpenGroupFile(backend_->state(), kGroup, group::GroupOpening::kExisting);
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
    return absl::OkStatus();
  }

  void Fill(Offset offset) {
    text_ = std::to_string(offset);
    commits_.clear();
    for (const group::GroupPartition& partition : member_->owned()) {
      const bool with_text = operation_ == GroupOperation::kCommitText;
      commits_.push_back({.place = partition.place,
                          .offset = offset,
                          .leader_epoch = 1,
                          .metadata = with_text ? std::string_view(text_) : std::string_view()});
    }
  }
  std::vector<group::NamedOffset> Named(Offset offset) {
    std::vector<group::NamedOffset> named;
    const std::string id = base::UuidToString(broker::ReadTopic(backend_->state(), kGroupTopic)->id);
    for (PartitionId p = 0; p < kGroupPartitions; ++p) {
      named.push_back({.partition = {kGroupTopic, p}, .topic_id = id, .offset = offset});
    }
    return named;
  }

  absl::Status Do() {
    switch (operation_) {
      case GroupOperation::kCommit:
      case GroupOperation::kCommitText:
        return member_->Commit(commits_, Durability::kProcess);
      case GroupOperation::kJoin:
        return group::LockedGroup(backend_->state(), *file_, "g").Apply(event_).status();
      case GroupOperation::kAcknowledge:
        return member_->Acknowledge(revoked_);
      case GroupOperation::kLeave:
        return member_->Leave();
      case GroupOperation::kResubscribe:
        return member_->Resubscribe({kGroupTopic, "u"});
      case GroupOperation::kSetOffsets:
        return group_->SetOffsets(named_, Durability::kProcess);
      case GroupOperation::kCreate:
        return Join().status();
      case GroupOperation::kDelete:
        return group::DeleteGroup(backend_->local_folder(), kGroup);
    }
    return absl::OkStatus();
  }

  const GroupOperation operation_;
  const std::uint64_t number_;
  std::shared_ptr<broker::LocalBackend> backend_;
  std::unique_ptr<Member> member_, second_;
  std::unique_ptr<group::Group> group_;
  std::unique_ptr<group::GroupFile> file_;
  std::vector<group::GroupPartition> revoked_;
  std::vector<group::OffsetToCommit> commits_;
  std::vector<group::NamedOffset> named_;
  group::JoinEvent event_;
  std::string text_;
};

}  // namespace

int PerformOnGroup(GroupOperation operation, const std::string& folder, std::uint64_t number) {
  if (!LetParentStep()) return 77;
  const absl::Status status = Performance(operation, number).Run(folder);
  if (status.ok()) return 0;
  fmt::print(stderr, "child {}: {}\n", number, status.ToString());
  return 1;
}

}  // namespace leat::process_test
