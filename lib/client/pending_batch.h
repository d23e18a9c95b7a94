// Records of one partition that wait to be sent together, and who wants to hear of them.
#ifndef LEAT_CLIENT_PENDING_BATCH_H_
#define LEAT_CLIENT_PENDING_BATCH_H_

#include <leat/batch.h>
#include <leat/producer.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "broker/backend.h"

namespace leat::client {

struct PendingBatch {
  // A record whose delivery somebody awaits.
  struct Awaited {
    std::int32_t index;
    std::int64_t timestamp;
    DeliveryCallback callback;
  };

  explicit PendingBatch(std::size_t capacity) : builder(capacity) {}

  // Calls each callback, in the order of the records. `first` is the first record's.
  void Tell(const absl::StatusOr<Delivery>& first) {
    for (Awaited& one : std::exchange(awaited, {})) {
      if (!first.ok()) {
        one.callback(first);
        continue;
      }
      Delivery own = *first;
      own.offset += one.index;
      if (partition->topic_options().timestamp_type == TimestampType::kCreateTime) {
        own.timestamp = Timestamp(std::chrono::milliseconds(one.timestamp));
      }
      one.callback(own);
    }
  }

  std::shared_ptr<broker::PartitionBackend> partition;
  BatchBuilder builder;
  std::vector<Awaited> awaited;
  Durability durability = Durability::kTopicDefault;  // the greatest that a record asks for
  std::uint64_t sequence = 0;
  std::chrono::nanoseconds begun{};
  std::chrono::nanoseconds not_before{};  // of the next try
  bool full = false;

  // Once it is appended, or has failed for good: what to tell. Not before the sync up to `unsynced_end`, if that is not 0.
  absl::StatusOr<Delivery> delivery = absl::UnknownError("not sent");
  Offset unsynced_end = 0;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_PENDING_BATCH_H_
