// What a group remembers of a partition, and what it calls the partition.
#ifndef LEAT_GROUP_OFFSET_H_
#define LEAT_GROUP_OFFSET_H_

#include <leat/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::group {

// Where a partition's entry stands in the group's file, in units of 64 bytes; it never moves. 0 is no place.
using EntryPlace = std::uint32_t;

// A partition of one incarnation of a topic: one that is deleted and made again has another id, and inherits nothing.
struct GroupPartition {
  TopicPartition name;
  std::string topic_id;  // Kafka's form: 22 characters of base64
  EntryPlace place = 0;

  friend bool operator==(const GroupPartition&, const GroupPartition&) = default;
};

// The longest metadata text of a commit, in bytes (Kafka's offset.metadata.max.bytes).
inline constexpr std::size_t kMetadataMax = 4096;

struct OffsetToCommit {
  EntryPlace place = 0;
  Offset offset = 0;              // the next to be read
  LeaderEpoch leader_epoch = -1;  // of the record before it; -1 when that is not known
  std::string_view metadata = {};
};

struct CommittedOffset {
  Offset offset = 0;
  LeaderEpoch leader_epoch = -1;
  std::string metadata = {};
  Timestamp committed_at{};
  // Where the commit stood before it turned out, after a power loss, that the log does not have that much any more.
  // Told until the next commit.
  std::optional<Offset> set_back_from = {};

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

}  // namespace leat::group

#endif  // LEAT_GROUP_OFFSET_H_
