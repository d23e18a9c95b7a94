// The file partition.metadata: which topic, by id, a partition's folder belongs to. Kafka's form, two lines of text.
#ifndef LEAT_LOG_PARTITION_METADATA_H_
#define LEAT_LOG_PARTITION_METADATA_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::string_view kPartitionMetadataFileName = "partition.metadata";

// Kafka's Uuid.
using TopicId = std::array<std::byte, 16>;

// URL-safe Base64 without padding, 22 characters, as Kafka prints it.
std::string FormatTopicId(const TopicId& id);

// `path` is for messages. kDataLoss, naming it, when the text is not of that form.
absl::StatusOr<TopicId> ParsePartitionMetadata(std::string_view text, std::string_view path);
std::string FormatPartitionMetadata(const TopicId& id);

// kNotFound when there is no such file.
absl::StatusOr<TopicId> ReadPartitionMetadata(io::FileSystem& files, const std::string& partition_folder);
// Replaces the file, synced.
absl::Status WritePartitionMetadata(io::FileSystem& files, const std::string& partition_folder, const TopicId& id,
                                    const io::FileInfo& like);

}  // namespace leat::log

#endif  // LEAT_LOG_PARTITION_METADATA_H_
