// Puts together what a Poll returns.
#ifndef LEAT_CLIENT_RECORDS_BUILDER_H_
#define LEAT_CLIENT_RECORDS_BUILDER_H_

#include <leat/consumer_records.h>
#include <leat/record.h>
#include <leat/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "broker/backend.h"

namespace leat::client {

using RecordFilter = std::function<bool(const ConsumerRecord&)>;

// Builds in place, so that nothing is moved where the compiler can leave it out.
class RecordsBuilder {
 public:
  // At most `max_records` (0: no limit) for which `filter` (null: no filter) returns true go into `records`, which is
  // empty.
  RecordsBuilder(ConsumerRecords& records, const RecordFilter* filter, std::int64_t max_records);

  // Adds what is wanted of `batches`, and takes from their front what was added or stepped over: behind it,
  // `batches.begin` is where to go on, and `batches.end` when nothing is left.
  //   kDataLoss   malformed bytes at batches.begin; what stands before was added
  absl::Status Add(const std::shared_ptr<const TopicPartition>& from, broker::FetchedBatches& batches);

  bool full() const { return max_records_ != 0 && records_.count_ >= max_records_; }
  bool has_records() const { return !records_.empty(); }

 private:
  void AddWhole(const std::shared_ptr<const TopicPartition>& from, broker::FetchedBatches& batches);
  absl::Status AddChosen(const std::shared_ptr<const TopicPartition>& from, broker::FetchedBatches& batches);

  ConsumerRecords& records_;
  const RecordFilter* filter_;
  std::int64_t max_records_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_RECORDS_BUILDER_H_
