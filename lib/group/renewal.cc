#include "group/renewal.h"

#include <map>
#include <string>
#include <utility>

#include "broker/epoch_end.h"
#include "broker/topics.h"
#include "group/offset_entry.h"
#include "group/offset_table.h"

namespace leat::group {
namespace {

// The topic as it is today; all zeros as id when there is none. A file that cannot be read is somebody else's error.
class TopicsOfToday {
 public:
  explicit TopicsOfToday(broker::Folder& folder) : folder_(folder) {}

  const broker::TopicFile& Find(const std::string& name) {
    const auto [at, is_new] = topics_.try_emplace(name);
    if (is_new) {
      absl::StatusOr<broker::TopicFile> topic = broker::ReadTopic(folder_, name);
      if (topic.ok()) at->second = *std::move(topic);
    }
    return at->second;
  }

 private:
  broker::Folder& folder_;
  std::map<std::string, broker::TopicFile> topics_;
};

// How far the log goes along with the commit.
Offset EndFor(broker::Folder& folder, const broker::TopicFile& topic, const EntryKey& key,
              const CommittedOffset& committed) {
  if (topic.id != key.topic_id || key.partition >= topic.options.partitions) return committed.offset;
  const absl::StatusOr<Offset> end = broker::EndOfEpoch(folder, topic, key.partition, committed.leader_epoch);
  return end.ok() ? std::min(*end, committed.offset) : committed.offset;
}

}  // namespace

absl::Status CarryOver(broker::Folder& folder, const GroupFile& from, GroupFile& to) {
  OffsetTable old_table(from), table(to);
  TopicsOfToday topics(folder);
  // Of each topic as many as there were, not only those with an offset: a partition's entry never moves.
  std::map<base::Uuid, std::pair<std::string, PartitionId>> counts;
  const std::vector<OffsetTable::Entry> entries = old_table.All();
  for (const OffsetTable::Entry& entry : entries) {
    auto& [name, count] = counts[entry.key.topic_id];
    name = entry.topic;
    count = std::max(count, entry.key.partition + 1);
  }
  for (const OffsetTable::Entry& entry : entries) {
    const auto committed = ReadEntry(from, entry.place, entry.key, DamagedSlots::kIgnored);
    if (!committed.ok()) return committed.status();
    if (!committed->has_value()) continue;
    const auto& [name, count] = counts[entry.key.topic_id];
    const absl::StatusOr<EntryPlace> place = table.Make(to, entry.key, name, count);
    if (!place.ok()) return place.status();
    if (auto s = MakeRoomForMetadata(to, *place, (*committed)->metadata.size()); !s.ok()) return s;
    const Offset end = EndFor(folder, topics.Find(entry.topic), entry.key, **committed);
    const Offset was = (*committed)->set_back_from.value_or(-1);
    auto written = WriteEntry(to, *place, entry.key,
                              {.offset = end,
                               .leader_epoch = (*committed)->leader_epoch,
                               .metadata = (*committed)->metadata,
                               .committed_at = (*committed)->committed_at.time_since_epoch().count(),
                               .set_back_from = end < (*committed)->offset ? (*committed)->offset : was});
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace leat::group
