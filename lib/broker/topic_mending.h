// What a process that was killed while it made, altered or deleted a topic has left: finishing it or undoing it.
#ifndef LEAT_BROKER_TOPIC_MENDING_H_
#define LEAT_BROKER_TOPIC_MENDING_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "broker/topic_file.h"

namespace leat::broker {

enum class Pending : std::uint8_t { kCreate, kAlter, kDelete, kAdopt };

// The path of the file that says what is about to be done to a topic.
std::string PendingPath(const FolderPlace& place, const base::Uuid& id, Pending what);

// Writes that file, synced. The sync of its name is left to whoever makes what it speaks of.
absl::Status WritePending(const FolderPlace& place, const TopicFile& topic, Pending what);

// The names in the folder of topics: topics', and those of pending files.
struct TopicNames {
  std::vector<std::string> topics;  // sorted
  std::vector<std::string> pending;
};
absl::StatusOr<TopicNames> ListTopicNames(const FolderPlace& place);

// Makes whole what the pending files speak of, and removes them. Under the header lock or the exclusive folder lock.
absl::Status MendTopics(Folder& folder, const std::vector<std::string>& pending);

// Marks the pages of partitions at or above `begin` of that topic: nobody appends to them any more. Wakes who sleeps
// there.
void CondemnPages(Folder& folder, const base::Uuid& id, PartitionId begin);

}  // namespace leat::broker

#endif  // LEAT_BROKER_TOPIC_MENDING_H_
