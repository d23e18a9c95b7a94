// From a time to a place to read from.
#ifndef LEAT_CLIENT_OFFSET_AT_TIME_H_
#define LEAT_CLIENT_OFFSET_AT_TIME_H_

#include <leat/types.h>

#include "absl/status/statusor.h"
#include "broker/backend.h"

namespace leat::client {

// The first record, in log order, whose timestamp is at or after `time`; when there is none, behind the newest there was
// when the search began, so that none is stepped over that comes meanwhile.
absl::StatusOr<Offset> OffsetAtTime(broker::PartitionBackend& partition, Timestamp time);

}  // namespace leat::client

#endif  // LEAT_CLIENT_OFFSET_AT_TIME_H_
