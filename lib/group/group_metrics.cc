#include "group/group_metrics.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/random.h"
#include "broker/topics.h"
#include "group/group.h"
#include "group/group_file.h"
#include "group/opened_group.h"
#include "shared/counters.h"

namespace leat::group {

const GroupCounters* Group::counters() const {
  return opened_->file->verdict() == GroupVerdict::kOurs ? &opened_->file->header().counters : nullptr;
}

namespace {

using metrics::Id;
using metrics::Labels;
using metrics::Samples;
using shared::Read;

// Topics as they are now, each read once.
class Topics {
 public:
  explicit Topics(broker::Folder& folder) : folder_(folder) {}

  // Null when there is no such partition.
  const shared::PartitionPage* PageOf(const TopicPartition& name, const std::string* topic_id) {
    const auto [at, is_new] = known_.try_emplace(name.topic);
    if (is_new) {
      if (auto topic = broker::ReadTopic(folder_, name.topic); topic.ok()) at->second = *std::move(topic);
    }
    const std::optional<broker::TopicFile>& topic = at->second;
    if (!topic.has_value() || name.partition < 0 || name.partition >= topic->options.partitions) return nullptr;
    if (topic_id != nullptr && base::UuidToString(topic->id) != *topic_id) return nullptr;
    const auto page = folder_.PageOf(*topic, name.partition);
    return page.ok() ? *page : nullptr;
  }

 private:
  broker::Folder& folder_;
  std::map<std::string, std::optional<broker::TopicFile>> known_;
};

// Of numbers that may be anything, as doubles: no difference of them overflows.
double LagOf(const shared::PartitionPage& page, Offset committed) {
  const Offset from = std::max(committed, page.log_start.load(std::memory_order_relaxed));
  const Offset end = page.high_watermark.load(std::memory_order_relaxed);
  return std::max(static_cast<double>(end) - static_cast<double>(from), 0.0);
}

absl::Status AddGroup(const Group& group, Topics& topics, Samples& samples) {
  const absl::StatusOr<DescribedGroup> described = group.Describe();
  if (!described.ok()) return described.status();
  const auto offsets = group.Offsets();
  if (!offsets.ok()) return offsets.status();
  const Labels labels{.group = group.id()};
  samples.Add(Id::kGroupMembers, labels, described->members.size());
  samples.Add(Id::kGroupGeneration, labels, described->generation);
  std::map<TopicPartition, Offset> places;
  for (const DescribedMember& member : described->members) {
    for (const TopicPartition& owned : member.owned) places[owned] = 0;
  }
  for (const RememberedOffset& one : *offsets) {
    // Of a topic that was deleted, nothing is left to be read from there.
    if (topics.PageOf(one.partition.name, &one.partition.topic_id) == nullptr) continue;
    places[one.partition.name] = one.committed.offset;
    samples.Add(Id::kGroupCommittedOffset,
                {.topic = one.partition.name.topic, .partition = one.partition.name.partition, .group = group.id()},
                one.committed.offset);
  }
  for (const auto& [name, place] : places) {
    const shared::PartitionPage* const page = topics.PageOf(name, nullptr);
    if (page == nullptr) continue;
    samples.Add(Id::kGroupLag, {.topic = name.topic, .partition = name.partition, .group = group.id()},
                LagOf(*page, place));
  }
  if (const GroupCounters* const counters = group.counters(); counters != nullptr) {
    samples.Add(Id::kGroupCommits, labels, Read(counters->commits));
    samples.Add(Id::kGroupCommittedOffsets, labels, Read(counters->committed_offsets));
    samples.Add(Id::kGroupJoins, labels, Read(counters->joins));
    samples.Add(Id::kGroupLeaves, labels, Read(counters->leaves));
    samples.Add(Id::kGroupFenced, labels, Read(counters->fenced));
    samples.Add(Id::kGroupChanges, labels, Read(counters->changes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddGroupMetrics(const std::shared_ptr<broker::Folder>& folder, Samples& samples) {
  const auto ids = ListGroups(*folder);
  if (!ids.ok()) return ids.status();
  Topics topics(*folder);
  std::int64_t groups = 0;
  for (const std::string& id : *ids) {
    const auto group = Group::Open(folder, id, GroupOpening::kExisting);
    absl::Status added = group.ok() ? AddGroup(**group, topics, samples) : group.status();
    if (absl::IsNotFound(added)) continue;  // deleted meanwhile
    ++groups;
    if (!added.ok()) samples.LeaveOut(std::move(added));
  }
  samples.Add(Id::kFolderGroups, {}, groups);
  return absl::OkStatus();
}

}  // namespace leat::group
