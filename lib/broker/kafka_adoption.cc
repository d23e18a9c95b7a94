#include "broker/kafka_adoption.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/topic_config.h"
#include "broker/topic_mending.h"
#include "broker/topic_name.h"
#include "log/partition_metadata.h"
#include "log/segment_files.h"

namespace leat::broker {
namespace {

constexpr std::string_view kClusterMetadata = "__cluster_metadata";

struct Found {
  std::set<PartitionId> partitions;
  std::optional<log::TopicId> id;
  std::int64_t largest_segment = 0;
};

// What is in one folder; nothing if it has no segment.
absl::Status LookInto(const FolderPlace& place, const TopicPartition& name, Found& found) {
  const std::string folder = PartitionFolderPath(place, name.topic, name.partition);
  const absl::StatusOr<std::vector<log::SegmentFiles>> segments = log::ListSegments(place.files, folder);
  if (!segments.ok()) return segments.status();
  if (segments->empty()) return absl::OkStatus();
  for (const log::SegmentFiles& segment : *segments) {
    const auto info = place.files.Info(io::JoinPath(folder, log::SegmentFileName(segment.base, log::kLogSuffix)));
    if (!info.ok()) return info.status();
    found.largest_segment = std::max(found.largest_segment, info->size);
  }
  const absl::StatusOr<log::TopicId> id = log::ReadPartitionMetadata(place.files, folder);
  if (id.ok() && !found.id.has_value()) found.id = *id;
  found.partitions.insert(name.partition);
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, Found>> FindUnclaimed(const FolderPlace& place,
                                                           const std::vector<std::string>& topics) {
  const absl::StatusOr<std::vector<std::string>> names = place.files.List(place.path);
  if (!names.ok()) return names.status();
  std::map<std::string, Found> unclaimed;
  for (const std::string& name : *names) {
    const std::optional<TopicPartition> parsed = ParsePartitionFolderName(name);
    if (!parsed.has_value() || parsed->topic == kClusterMetadata || parsed->partition >= kPartitionsMax) continue;
    if (std::binary_search(topics.begin(), topics.end(), parsed->topic)) continue;
    const absl::StatusOr<io::FileInfo> info = place.files.Info(io::JoinPath(place.path, name));
    if (!info.ok() || !info->is_directory) continue;
    Found found;
    if (const auto it = unclaimed.find(parsed->topic); it != unclaimed.end()) found = it->second;
    if (absl::Status status = LookInto(place, *parsed, found); !status.ok()) return status;
    if (!found.partitions.empty()) unclaimed[parsed->topic] = found;
  }
  return unclaimed;
}

absl::Status Adopt(const FolderPlace& place, const TopicFile& topic, const Found& found) {
  if (absl::Status status = WritePending(place, topic, Pending::kAdopt); !status.ok()) return status;
  for (PartitionId p = 0; p < topic.options.partitions; ++p) {
    if (found.partitions.contains(p)) continue;
    if (absl::Status status = MakePartitionFolder(place, topic, p); !status.ok()) return status;
  }
  if (absl::Status status = place.files.SyncDirectory(place.path); !status.ok()) return status;
  if (absl::Status status =
          place.files.Rename(PendingPath(place, topic.id, Pending::kAdopt), TopicFilePath(place.path, topic.name));
      !status.ok()) {
    return status;
  }
  return SyncTopicNames(place.files, place.path);
}

}  // namespace

absl::Status AdoptKafkaFolders(const FolderPlace& place, const base::Clock& clock, base::Random& random) {
  const absl::StatusOr<TopicNames> names = ListTopicNames(place);
  if (!names.ok()) return names.status();
  const auto unclaimed = FindUnclaimed(place, names->topics);
  if (!unclaimed.ok()) return unclaimed.status();
  for (const auto& [name, found] : *unclaimed) {
    TopicFile topic{.name = name,
                    .id = found.id.has_value() ? *found.id : base::MakeUuid(random),
                    .incarnation = static_cast<std::uint64_t>(std::max<std::int64_t>(clock.WallMillis(), 1)),
                    .options = {.partitions = *found.partitions.rbegin() + 1},
                    .adopted = true};
    topic.options.segment_bytes = std::clamp(found.largest_segment, topic.options.segment_bytes, kSegmentBytesMax);
    if (absl::Status status = Adopt(place, topic, found); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace leat::broker
