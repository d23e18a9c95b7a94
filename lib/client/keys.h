// Whether records have the keys that their topic asks for.
#ifndef LEAT_CLIENT_KEYS_H_
#define LEAT_CLIENT_KEYS_H_

#include <leat/batch.h>
#include <leat/types.h>

#include "absl/status/status.h"
#include "broker/backend.h"

namespace leat::client {

absl::Status KeyIsMissing(const broker::PartitionBackend& partition);

// kInvalidArgument, naming the topic and the way out, for a null key in a compacted topic.
inline absl::Status CheckKey(const broker::PartitionBackend& partition, BytesView key) {
  if (!key.is_null() || partition.topic_options().cleanup_policy == CleanupPolicy::kDelete) [[likely]]
    return absl::OkStatus();
  return KeyIsMissing(partition);
}

// Of all records of a batch, which is not compressed.
absl::Status CheckKeys(const broker::PartitionBackend& partition, BatchView batch);
// The same of records that stand in a builder.
absl::Status CheckKeys(const broker::PartitionBackend& partition, BatchBuilder& builder);

}  // namespace leat::client

#endif  // LEAT_CLIENT_KEYS_H_
