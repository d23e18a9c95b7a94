// Where a partition is read from when there is no place to read on from.
#ifndef LEAT_CLIENT_RESET_POLICY_H_
#define LEAT_CLIENT_RESET_POLICY_H_

#include <leat/consumer.h>
#include <leat/types.h>

#include <chrono>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "broker/backend.h"

namespace leat::client {

// What ConsumerOptions::auto_offset_reset says. Safe from all threads.
class ResetPolicy {
 public:
  ResetPolicy(const ConsumerOptions& options, const base::Clock& clock)
      : kind_(options.auto_offset_reset), duration_(options.auto_offset_reset_duration), clock_(clock) {}

  // kNone: nowhere but where a Seek leads.
  bool none() const { return kind_ == OffsetReset::kNone; }
  // Whether the place depends on when one asks.
  bool moves() const { return kind_ == OffsetReset::kLatest || kind_ == OffsetReset::kByDuration; }

  // The place, now; under kNone the log's start, which nobody is to read from.
  absl::StatusOr<Offset> Place(broker::PartitionBackend& partition) const;

 private:
  OffsetReset kind_;
  std::chrono::milliseconds duration_;
  const base::Clock& clock_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_RESET_POLICY_H_
