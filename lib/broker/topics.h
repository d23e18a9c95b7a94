// Making, changing and deleting topics: what all processes of a folder do one at a time, under the control file's
// header lock, and each so that it may be killed anywhere.
//
// The file topics/<topic> decides. Before anything is touched, what is about to be done is written beside it, as
// topics/~<id>-<what>; the rename of that file onto the topic's (or, to delete, of the topic's onto it) is the moment
// it is done. A file with a '~' that somebody finds under the lock is thus of somebody who was killed, and is mended:
// what it began and did not finish to make is removed, what it began to delete is deleted.
#ifndef LEAT_BROKER_TOPICS_H_
#define LEAT_BROKER_TOPICS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <leat/broker.h>
#include <leat/topic_options.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "broker/topic_file.h"
#include "log/log.h"

namespace leat::broker {

// All of these but the readers wait for the header lock, and for a partition's append lock where one is deleted.

// With the folder's defaults, if `options` take them. kAlreadyExists, kInvalidArgument (name, options), kResourceExhausted, kPermissionDenied (read-only).
absl::StatusOr<TopicFile> CreateTopic(Folder& folder, std::string_view name, TopicOptions options);
absl::Status DeleteTopic(Folder& folder, std::string_view name);
// Where an altered topic's logs come from: those that this process has open vouch for what they have appended.
using LogOf = std::function<absl::StatusOr<std::shared_ptr<log::Log>>(const TopicFile& topic, PartitionId partition)>;
absl::StatusOr<TopicFile> AlterTopic(Folder& folder, std::string_view name, const TopicChanges& changes,
                                     const LogOf& log_of);
absl::StatusOr<TopicFile> AddPartitions(Folder& folder, std::string_view name, PartitionId count);

// Whoever uses a partition counts on its topic's name being on the disk, for records that are on the disk are lost without
// it. Who makes a topic syncs its name, but others see it before that, and he may die in between: so whoever opens a
// partition of which that is not known syncs it, too.
absl::Status SyncName(Folder& folder, shared::PartitionPage& page);
// Whoever has synced the list of topics says so.
void NameIsSynced(shared::PartitionPage& page);

// Read without any lock: topic files are replaced whole. kNotFound; kFailedPrecondition when the folder itself is
// gone.
absl::StatusOr<TopicFile> ReadTopic(Folder& folder, std::string_view name);
absl::StatusOr<std::vector<std::string>> ListTopics(Folder& folder);  // sorted

}  // namespace leat::broker

#endif  // LEAT_BROKER_TOPICS_H_
