// The folders of a topic's partitions: making them, and taking them away.
#ifndef LEAT_BROKER_PARTITION_FOLDERS_H_
#define LEAT_BROKER_PARTITION_FOLDERS_H_

#include <string>

#include <leat/types.h>
#include "absl/status/status.h"
#include "broker/topic_file.h"
#include "io/file_system.h"

namespace leat::broker {

// A folder's files, as the functions here need them.
struct FolderPlace {
  io::FileSystem& files;
  const std::string& path;
  const io::FileInfo& like;
};

std::string PartitionFolderPath(const FolderPlace& place, std::string_view topic, PartitionId partition);

// Makes the folder of a new, empty partition, with what Kafka keeps in one and its first segment's file. The caller
// syncs the folder above. kAlreadyExists when there is a folder of that name with something in it.
absl::Status MakePartitionFolder(const FolderPlace& place, const TopicFile& topic, PartitionId partition);

// Removes the folders of partitions [begin, end) that are this very topic's, by the id within or because nothing is
// in them; those of another topic of that name are left alone. Synced when it returns. May be killed, or lose power, and
// be done again.
absl::Status RemovePartitionFolders(const FolderPlace& place, const TopicFile& topic, PartitionId begin,
                                    PartitionId end);

}  // namespace leat::broker

#endif  // LEAT_BROKER_PARTITION_FOLDERS_H_
