#include "group/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "group/group_file.h"
#include "group/offset_entry.h"
#include "group/offset_table.h"
#include "group/open_group.h"
#include "group/opened_group.h"
#include "group/state_store.h"

namespace leat::group {
namespace {

// What can be said of the members: nothing where they are of another boot.
absl::StatusOr<MembershipState> StateOf(const GroupFile& file) {
  if (file.verdict() == GroupVerdict::kElsewhere) return MembershipState{};
  if (auto s = file.VerdictStatus(); !s.ok()) return s;
  absl::StatusOr<StoredState> stored = ReadState(file);
  if (!stored.ok()) return stored.status();
  return std::move(stored->state);
}

DescribedMember Describe(const MembershipState& state, const MemberState& member, const GroupFile& file,
                         const base::Clock& clock) {
  DescribedMember described{.member_id = member.member_id,
                            .instance_id = member.instance_id,
                            .client_id = member.client_id,
                            .host = member.host,
                            .pid = member.pid,
                            .away = member.away(),
                            .topics = state.subscriptions[member.subscription],
                            .owned = {},
                            .to_have = {}};
  for (const TopicState& topic : state.topics) {
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      const TopicPartition name{topic.name, static_cast<PartitionId>(p)};
      if (topic.owner[p] == member.index) described.owned.push_back(name);
      if (topic.target[p] == member.index) described.to_have.push_back(name);
    }
  }
  const auto heartbeat = std::chrono::nanoseconds(file.line(member.index).heartbeat.load(std::memory_order_relaxed));
  described.since_poll = std::chrono::duration_cast<std::chrono::milliseconds>(clock.Monotonic() - heartbeat);
  return described;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Group>> Group::Open(std::shared_ptr<broker::Folder> folder, std::string id,
                                                   GroupOpening opening) {
  if (folder == nullptr) return absl::UnimplementedError("groups need a broker of a folder of this machine");
  absl::StatusOr<std::unique_ptr<GroupFile>> file = OpenGroupFile(*folder, id, opening);
  if (!file.ok()) return file.status();
  auto opened = std::make_unique<Opened>(*std::move(file));
  return std::unique_ptr<Group>(new Group(std::move(folder), std::move(id), std::move(opened)));
}

Group::Group(std::shared_ptr<broker::Folder> folder, std::string id, std::unique_ptr<Opened> opened)
    : folder_(std::move(folder)), id_(std::move(id)), opened_(std::move(opened)) {}

Group::~Group() = default;

absl::StatusOr<DescribedGroup> Group::Describe() const {
  if (auto s = opened_->Check(*folder_, id_); !s.ok()) return s;
  const absl::StatusOr<MembershipState> state = StateOf(*opened_->file);
  if (!state.ok()) return state.status();
  DescribedGroup described{.id = id_, .generation = state->generation, .assignor = state->assignor, .members = {}};
  if (!state->members.empty()) described.state = IsSettled(*state) ? GroupState::kStable : GroupState::kRebalancing;
  for (const MemberState& member : state->members) {
    described.members.push_back(group::Describe(*state, member, *opened_->file, folder_->clock()));
  }
  return described;
}

absl::StatusOr<std::vector<RememberedOffset>> Group::Offsets() const {
  if (auto s = opened_->Check(*folder_, id_); !s.ok()) return s;
  std::vector<RememberedOffset> offsets;
  for (const OffsetTable::Entry& entry : OffsetTable(*opened_->file).All()) {
    auto committed = ReadEntry(*opened_->file, entry.place, entry.key, opened_->damaged_slots());
    // damage() tells.
    if (!committed.ok() || !committed->has_value()) continue;
    offsets.push_back({.partition = {.name = {entry.topic, entry.key.partition},
                                     .topic_id = base::UuidToString(entry.key.topic_id),
                                     .place = entry.place},
                       .committed = **std::move(committed)});
  }
  std::sort(offsets.begin(), offsets.end(), [](const RememberedOffset& a, const RememberedOffset& b) {
    return std::tie(a.partition.name, a.partition.topic_id) < std::tie(b.partition.name, b.partition.topic_id);
  });
  return offsets;
}

absl::StatusOr<std::optional<CommittedOffset>> Group::Committed(const TopicPartition& partition,
                                                                std::string_view topic_id) const {
  if (auto s = opened_->Check(*folder_, id_); !s.ok()) return s;
  EntryKey key{.topic_id = {}, .partition = partition.partition};
  if (!base::UuidFromString(std::string(topic_id), key.topic_id)) {
    return absl::InvalidArgumentError(fmt::format("\"{}\" is not a topic's id", topic_id));
  }
  OffsetTable table(*opened_->file);
  const EntryPlace place = table.Find(key);
  if (place == 0) {
    // After a reboot what is not whole is what had not been written out.
    if (opened_->file->verdict() == GroupVerdict::kOurs) {
      if (auto s = table.Damage(); !s.ok()) return s;
    }
    return std::optional<CommittedOffset>();
  }
  return ReadEntry(*opened_->file, place, key, opened_->damaged_slots());
}

absl::Status Group::damage() const {
  const GroupFile& file = *opened_->file;
  if (auto s = file.VerdictStatus(); !s.ok()) return s;
  // What is not whole after a reboot is what had not been written out.
  if (file.verdict() != GroupVerdict::kOurs) return absl::OkStatus();
  if (const auto state = ReadState(file); !state.ok()) return state.status();
  OffsetTable table(file);
  if (auto s = table.Damage(); !s.ok()) return s;
  for (const OffsetTable::Entry& entry : table.All()) {
    if (const auto read = ReadEntry(file, entry.place, entry.key); !read.ok()) return read.status();
  }
  return absl::OkStatus();
}

}  // namespace leat::group
