#include "client/keys.h"

#include <fmt/format.h>

#include "client/append.h"

namespace leat::client {

absl::Status KeyIsMissing(const broker::PartitionBackend& partition) {
  return absl::InvalidArgumentError(
      fmt::format("{}: a record without a key was to be appended to a compacted topic, which keeps the last value of "
                  "each key: send it with a key, or alter the topic's cleanup_policy to delete",
                  NameOf(partition)));
}

absl::Status CheckKeys(const broker::PartitionBackend& partition, BatchView batch) {
  // A marker of a transaction is no record.
  if (partition.topic_options().cleanup_policy == CleanupPolicy::kDelete || batch.is_control())
    return absl::OkStatus();
  for (RecordReader reader(batch); reader.Next();) {
    if (reader.record().key.is_null()) return KeyIsMissing(partition);
  }
  return absl::OkStatus();
}

absl::Status CheckKeys(const broker::PartitionBackend& partition, BatchBuilder& builder) {
  if (partition.topic_options().cleanup_policy == CleanupPolicy::kDelete || builder.empty()) return absl::OkStatus();
  return CheckKeys(partition, BatchView(builder.Seal({})));
}

}  // namespace leat::client
