// Where a record landed.
#ifndef LEAT_DELIVERY_H_
#define LEAT_DELIVERY_H_

#include <cstdint>

#include <leat/types.h>
#include "absl/status/statusor.h"

namespace leat {
inline namespace v1 {

// Of one record; of a batch, its first record: the others follow without gaps.
struct Delivery {
  PartitionId partition = 0;  // which one it went to
  Offset offset = 0;          // its place there
  Timestamp timestamp{};      // what the log keeps: the record's own, the producer's clock, or the time of appending
  LeaderEpoch leader_epoch = 0;  // of the partition when it was appended
};

// What became of one partition's share of a Send of many: all `count` records landed, or none did.
struct BatchDelivery {
  PartitionId partition = 0;          // -1: its records could not be given one
  std::int32_t count = 0;             // of its records
  absl::StatusOr<Delivery> delivery;  // of the first of them, or why none is there
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_DELIVERY_H_
