#include "broker/partition_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "broker/side_by_side.h"
#include "broker/topic_name.h"
#include "log/epochs.h"
#include "log/partition_metadata.h"
#include "log/segment_files.h"

namespace leat::broker {
namespace {

// As Kafka names a folder that is going, cut to what a file name may have.
std::string DoomedPath(const FolderPlace& place, const TopicFile& topic, PartitionId partition) {
  const std::string tail = fmt::format("-{}.{}-delete", partition, base::UuidToString(topic.id));
  constexpr std::size_t kNameMax = 255;
  return io::JoinPath(place.path, topic.name.substr(0, kNameMax - tail.size()) + tail);
}

// Whether the folder is of this topic: by its id, or because its making got no further than that.
absl::StatusOr<bool> Belongs(const FolderPlace& place, const std::string& folder, const TopicFile& topic) {
  const std::string path = io::JoinPath(folder, log::kPartitionMetadataFileName);
  const absl::StatusOr<std::string> text = io::ReadWholeFile(place.files, path);
  if (text.ok()) {
    const absl::StatusOr<log::TopicId> id = log::ParsePartitionMetadata(*text, path);
    if (id.ok()) return *id == topic.id;
  } else if (!absl::IsNotFound(text.status())) {
    // A disk that does not answer says nothing: a folder that stayed would be taken for a Kafka's, and come back as a topic.
    return text.status();
  }
  const absl::StatusOr<std::vector<std::string>> names = place.files.List(folder);
  if (!names.ok()) return names.status();
  // The first file made in it is the metadata's; a file that is only half of that ends so.
  for (const std::string& name : *names) {
    if (!name.starts_with(log::kPartitionMetadataFileName)) return false;
  }
  return true;
}

absl::Status MakeFirstSegment(const FolderPlace& place, const std::string& folder) {
  const std::string path = io::JoinPath(folder, log::SegmentFileName(0, log::kLogSuffix));
  const absl::StatusOr<std::unique_ptr<io::File>> file = place.files.Open(path, io::OpenMode::kCreateNew);
  if (!file.ok()) return file.status();
  return (*file)->TakePermissionsOf(place.like);
}

absl::Status CheckEmpty(const FolderPlace& place, const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = place.files.List(folder);
  if (!names.ok()) return names.status();
  if (names->empty()) return absl::OkStatus();
  return absl::AlreadyExistsError(
      fmt::format("{}: is there already, with \"{}\" in it, and is no topic's; move it away (a folder that a Kafka "
                  "wrote becomes a "
                  "topic when the folder is opened next by one process alone)",
                  folder, names->front()));
}

// Under another name first, so that a topic of the same name can be made whatever happens to this folder's files.
absl::Status Doom(const FolderPlace& place, const TopicFile& topic, PartitionId partition) {
  const std::string folder = PartitionFolderPath(place, topic.name, partition);
  const absl::StatusOr<io::FileInfo> info = place.files.Info(folder);
  if (absl::IsNotFound(info.status())) return absl::OkStatus();
  if (!info.ok()) return info.status();
  const absl::StatusOr<bool> belongs = Belongs(place, folder, topic);
  if (!belongs.ok()) return belongs.status();
  return *belongs ? place.files.Rename(folder, DoomedPath(place, topic, partition)) : absl::OkStatus();
}

}  // namespace

std::string PartitionFolderPath(const FolderPlace& place, std::string_view topic, PartitionId partition) {
  return io::JoinPath(place.path, PartitionFolderName(topic, partition));
}

absl::Status MakePartitionFolder(const FolderPlace& place, const TopicFile& topic, PartitionId partition) {
  const std::string folder = PartitionFolderPath(place, topic.name, partition);
  absl::Status made = place.files.MakeDirectory(folder);
  if (absl::IsAlreadyExists(made)) made = CheckEmpty(place, folder);
  if (!made.ok()) return made;
  if (auto s = place.files.TakePermissionsOf(folder, place.like); !s.ok()) return s;
  if (auto s = log::WritePartitionMetadata(place.files, folder, topic.id, place.like); !s.ok()) return s;
  log::Epochs epochs;
  epochs.Append(0, 0);
  if (auto s = log::WriteEpochs(place.files, folder, epochs, place.like); !s.ok()) return s;
  if (auto s = MakeFirstSegment(place, folder); !s.ok()) return s;
  return place.files.SyncDirectory(folder);
}

absl::Status RemovePartitionFolders(const FolderPlace& place, const TopicFile& topic, PartitionId begin,
                                    PartitionId end) {
  const auto count = static_cast<std::size_t>(std::max(end - begin, 0));
  const auto each = [&](const auto& what) {
    return SideBySide(count, [&](std::size_t i) { return what(begin + static_cast<PartitionId>(i)); });
  };
  if (auto s = each([&](PartitionId p) { return Doom(place, topic, p); }); !s.ok()) return s;
  // A power loss that undid the renaming but not the removing would leave a folder that nobody can tell the owner of.
  if (auto s = place.files.SyncDirectory(place.path); !s.ok()) return s;
  if (auto s = each([&](PartitionId p) { return io::RemoveTree(place.files, DoomedPath(place, topic, p)); });
      !s.ok()) {
    return s;
  }
  return place.files.SyncDirectory(place.path);
}

}  // namespace leat::broker
