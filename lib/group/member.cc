#include "group/member.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/process.h"
#include "base/random.h"
#include "broker/topic_name.h"
#include "group/assignors.h"
#include "group/dead_members.h"
#include "group/group.h"
#include "group/joined_member.h"
#include "group/open_group.h"

namespace leat::group {
namespace {

// Longer ones are nobody's names.
constexpr std::size_t kNameMax = 249;

constexpr std::chrono::milliseconds kLookEvery{100};

absl::Status CheckName(std::string_view what, std::string_view name) {
  if (name.size() <= kNameMax) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{} has {} characters; {} are allowed: \"{}...\"", what, name.size(),
                                                kNameMax, name.substr(0, 32)));
}

absl::Status CheckTime(std::string_view what, std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kMax = std::chrono::hours(24 * 365);
  if (time > std::chrono::milliseconds::zero() && time <= kMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} is {} ms; it is more than 0, and a year at most", what, time.count()));
}

absl::Status CheckOptions(const MemberOptions& options) {
  if (auto s = CheckName("group_instance_id", options.instance_id); !s.ok()) return s;
  if (auto s = CheckName("client_id", options.client_id); !s.ok()) return s;
  if (auto s = CheckName("the assignor's name", options.assignor.name); !s.ok()) return s;
  if (auto s = CheckTime("session_timeout", options.session_timeout); !s.ok()) return s;
  if (auto s = CheckTime("max_poll_interval", options.max_poll_interval); !s.ok()) return s;
  if (options.assignor.name.empty()) return absl::InvalidArgumentError("the assignor has no name");
  if (IsBuiltInAssignor(options.assignor.name) == (options.assignor.assign == nullptr)) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "the assignor \"{}\" is {}", options.assignor.name,
      options.assignor.assign == nullptr ? "not one of the library's, and no function was given for it"
                                         : "one of the library's, and a function of one's own needs another name"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Member>> Member::Join(std::shared_ptr<broker::Folder> folder, std::string group_id,
                                                     MemberOptions options, std::vector<std::string> topics) {
  if (folder == nullptr) return absl::UnimplementedError("groups need a broker of a folder of this machine");
  if (auto s = CheckOptions(options); !s.ok()) return s;
  if (folder->read_only()) {
    return absl::PermissionDeniedError(fmt::format(
        "{}: is open read-only, and a member of a group writes; open it for writing, or Assign", folder->path()));
  }
  std::unique_ptr<Member> member(new Member(std::move(folder), std::move(group_id), std::move(options)));
  if (auto s = member->JoinGroup(std::move(topics)); !s.ok()) return s;
  return member;
}

Member::Member(std::shared_ptr<broker::Folder> folder, std::string group_id, MemberOptions options)
    : folder_(std::move(folder)), group_id_(std::move(group_id)), options_(std::move(options)) {}

// What cannot be told to the group it finds out: by the process's end, or by max_poll_interval.
Member::~Member() { Leave().IgnoreError(); }

absl::Status Member::JoinGroup(std::vector<std::string> topics) {
  absl::StatusOr<std::vector<std::string>> normalized = broker::NormalizeTopics(std::move(topics));
  if (!normalized.ok()) return normalized.status();
  const std::string_view name = options_.client_id.empty() ? std::string_view("consumer") : options_.client_id;
  const std::string member_id = fmt::format("{}-{}", name, base::UuidToString(base::MakeUuid(folder_->random())));
  for (;;) {
    absl::StatusOr<std::unique_ptr<GroupFile>> file = OpenGroupFile(*folder_, group_id_, GroupOpening::kCreate);
    if (!file.ok()) return file.status();
    if (auto s = (*file)->VerdictStatus(); !s.ok()) return s;
    auto joined = std::make_unique<Joined>(*std::move(file), LockName(group_id_));
    // Whoever died here gives way at once.
    if (auto s = RemoveTheDead(*folder_, *joined->file, joined->lock_name, LookAtOthers::kNow); !s.ok()) return s;
    JoinEvent event{.member = {}, .assignor = options_.assignor.name, .topics = *normalized, .facts = {}};
    event.member.process = folder_->locker()->self();
    event.member.pid = base::CurrentPid();
    event.member.session_timeout_ms = options_.session_timeout.count();
    event.member.max_poll_ms = options_.max_poll_interval.count();
    event.member.member_id = member_id;
    event.member.instance_id = options_.instance_id;
    event.member.client_id = options_.client_id;
    event.member.host = base::HostName();
    const absl::Status applied = joined->ApplyWithFacts(*folder_, *normalized, [&](LockedGroup& group, auto& facts) {
      event.facts = facts;
      const absl::StatusOr<MemberIndex> index = group.Apply(event);
      if (!index.ok()) return index.status();
      joined->index = *index;
      joined->epoch = joined->line().epoch.load(std::memory_order_relaxed);
      return absl::OkStatus();
    });
    // Deleted between our opening of the file and the lock on it.
    if (absl::IsNotFound(applied)) continue;
    if (!applied.ok()) return applied;
    member_id_ = member_id;
    news_ = &joined->line().news;
    news_seen_ = news_->load(std::memory_order_relaxed) - 1;
    joined_ = std::move(joined);
    owned_.clear();
    replaced_ = false;
    return absl::OkStatus();
  }
}

absl::Status Member::CheckJoined() {
  if (joined_ == nullptr) {
    return absl::FailedPreconditionError(fmt::format("this member has left the group \"{}\"", group_id_));
  }
  if (auto s = folder_->Usable(); !s.ok()) return s;
  return joined_->IsFenced() ? Fenced() : absl::OkStatus();
}

absl::Status Member::Fenced() {
  const FenceReason reason = WhyFenced(joined_->line(), joined_->epoch);
  replaced_ = reason == FenceReason::kReplaced;
  return FencedStatus(reason, group_id_, options_.instance_id);
}

bool Member::NeedsLook() const {
  if (news_ == nullptr || news_->load(std::memory_order_relaxed) != news_seen_) return true;
  // The clock may be set, forwards or back: then it looks once too often.
  const std::int64_t since = folder_->clock().WallMillisCoarse() - looked_at_;
  return since < 0 || since >= kLookEvery.count();
}

absl::Status Member::Acknowledge(std::span<const GroupPartition> partitions) {
  if (auto s = CheckJoined(); !s.ok()) return s;
  if (partitions.empty()) return absl::OkStatus();
  ReleaseEvent event{.member = joined_->index, .partitions = {}};
  for (const GroupPartition& partition : partitions) {
    ReleasedPartition& released = event.partitions.emplace_back();
    released.topic = partition.name.topic;
    released.partition = partition.name.partition;
    if (!base::UuidFromString(partition.topic_id, released.id)) event.partitions.pop_back();
  }
  {
    LockedGroup group(*folder_, *joined_->file, joined_->lock_name);
    if (!group.status().ok()) return group.status();
    if (joined_->IsFenced()) return Fenced();
    if (const auto s = group.Apply(event); !s.ok()) return s.status();
  }
  // Named by the caller perhaps from owned() itself.
  const std::vector<GroupPartition> released(partitions.begin(), partitions.end());
  const auto is_released = [&](const GroupPartition& partition) {
    return std::find(released.begin(), released.end(), partition) != released.end();
  };
  std::erase_if(owned_, is_released);
  std::erase_if(joined_->revoked, is_released);
  for (const GroupPartition& partition : released) joined_->places.erase(partition.place);
  return absl::OkStatus();
}

absl::Status Member::Resubscribe(std::vector<std::string> topics) {
  if (auto s = CheckJoined(); !s.ok()) return s;
  absl::StatusOr<std::vector<std::string>> normalized = broker::NormalizeTopics(std::move(topics));
  if (!normalized.ok()) return normalized.status();
  return joined_->ApplyWithFacts(*folder_, *normalized, [&](LockedGroup& group, auto& facts) {
    if (joined_->IsFenced()) return Fenced();
    const ResubscribeEvent event{.member = joined_->index, .topics = *normalized, .facts = facts};
    return group.Apply(event).status();
  });
}

absl::Status Member::Rejoin(std::vector<std::string> topics) {
  if (auto s = Leave(LeaveKind::kForGood); !s.ok() && !absl::IsAborted(s)) return s;
  return JoinGroup(std::move(topics));
}

absl::Status Member::Leave(LeaveKind kind) {
  if (joined_ == nullptr) return absl::OkStatus();
  const std::unique_ptr<Joined> joined = std::move(joined_);
  owned_.clear();
  news_ = nullptr;
  if (joined->IsFenced()) return absl::OkStatus();
  LockedGroup group(*folder_, *joined->file, joined->lock_name);
  if (!group.status().ok()) return group.status();
  if (joined->IsFenced()) return absl::OkStatus();
  const bool stays = kind == LeaveKind::kAsConfigured && !options_.instance_id.empty();
  const GroupEvent event =
      stays ? GroupEvent(StepAwayEvent{.member = joined->index}) : GroupEvent(RemoveEvent{.member = joined->index});
  return group.Apply(event, FenceReason::kLeft).status();
}

}  // namespace leat::group
