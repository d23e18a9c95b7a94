// How much of a partition there is behind a place.
#ifndef LEAT_CLIENT_LAG_H_
#define LEAT_CLIENT_LAG_H_

#include <leat/consumer.h>
#include <leat/types.h>

#include "absl/status/statusor.h"
#include "broker/backend.h"

namespace leat::client {

// A place behind the end lags by nothing.
absl::StatusOr<ConsumerLag> LagBehind(broker::Backend& backend, broker::PartitionBackend& partition, Offset place);

// Both together.
ConsumerLag Sum(const ConsumerLag& a, const ConsumerLag& b);

}  // namespace leat::client

#endif  // LEAT_CLIENT_LAG_H_
