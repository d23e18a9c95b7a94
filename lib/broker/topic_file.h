// The file topics/<topic>: what a topic is, and that it is. Putting it there creates the topic, taking it away
// deletes it.
#ifndef LEAT_BROKER_TOPIC_FILE_H_
#define LEAT_BROKER_TOPIC_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include <leat/topic_options.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "io/file_system.h"

namespace leat::broker {

// Where the topics' files are, in `folder`.
std::string TopicsFolderPath(std::string_view folder);

// Puts on the disk which topics there are.
absl::Status SyncTopicNames(io::FileSystem& files, std::string_view folder);

// What is about to be done to a topic stands in a file beside the topics' own; no topic's name has a '~'.
inline constexpr char kPendingMark = '~';

struct TopicFile {
  std::string name;
  base::Uuid id{};
  std::uint64_t incarnation = 0;  // grows from one topic of a name to the next
  TopicOptions options;           // partitions among them
  bool adopted = false;           // a real Kafka wrote its partitions: offsets may be missing between batches

  friend bool operator==(const TopicFile&, const TopicFile&) = default;
};

// What of it its partitions' pages say: shared::PartitionFlags.
std::uint32_t FlagsOf(const TopicFile& topic);

std::string FormatTopicFile(const TopicFile& topic);
// `path` is for messages. kDataLoss, kFailedPrecondition as CheckedText::Parse.
absl::StatusOr<TopicFile> ParseTopicFile(std::string_view text, std::string_view path);

std::string TopicFilePath(std::string_view folder, std::string_view topic);

// kNotFound when there is no such topic.
absl::StatusOr<TopicFile> ReadTopicFile(io::FileSystem& files, std::string_view folder, std::string_view topic);

}  // namespace leat::broker

#endif  // LEAT_BROKER_TOPIC_FILE_H_
