// Takes turns among the partitions of a Consumer and gathers what a Poll returns.
#ifndef LEAT_CLIENT_FETCHER_H_
#define LEAT_CLIENT_FETCHER_H_

#include <leat/consumer.h>
#include <leat/consumer_records.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "client/assigned_partition.h"
#include "client/records_builder.h"
#include "client/reset_policy.h"

namespace leat::client {

using AssignedPartitions = std::vector<std::unique_ptr<AssignedPartition>>;

// Errors take turns with records: a partition's error is remembered (AssignedPartition::failure) while others have
// records, and returned by itself, so that it neither hides records nor is hidden. The place stays where the error
// is; looking there again is what makes it stick, and what ends it when its cause is gone.
//
// Not safe from several threads at once, but for missed().
class Fetcher {
 public:
  Fetcher(const ConsumerOptions& options, const ResetPolicy& policy) : options_(options), policy_(policy) {}

  // Fills `records`, which is empty, with what the partitions have now, or with an error; leaves it empty when there
  // is neither. Returns the bytes fetched.
  std::size_t Collect(const AssignedPartitions& partitions, ConsumerRecords& records);

  // Another set of partitions: what was known of the old is void.
  void StartAnew() { turn_ = 0; }

  // Counts and tells that `partition` goes on at `to`, because the log does not have `from`.
  void TellReset(const AssignedPartition& partition, Offset from, Offset to);

  std::int64_t missed() const { return missed_.load(std::memory_order_relaxed); }

 private:
  std::size_t CollectRecords(const AssignedPartitions& partitions, ConsumerRecords& records);
  bool CollectError(const AssignedPartitions& partitions, ConsumerRecords& records);
  absl::Status FetchInto(AssignedPartition& partition, std::size_t max_bytes, RecordsBuilder& builder,
                         std::size_t* bytes);
  absl::Status ResetPlace(AssignedPartition& partition, const absl::Status& why);

  const ConsumerOptions& options_;
  const ResetPolicy& policy_;
  std::size_t turn_ = 0;        // whose turn it is to be first
  std::size_t error_turn_ = 0;  // whose error is first
  bool errors_next_ = false;    // records came last while there was an error
  std::atomic<std::int64_t> missed_{0};
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_FETCHER_H_
