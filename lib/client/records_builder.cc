#include "client/records_builder.h"

#include <utility>

namespace leat::client {

RecordsBuilder::RecordsBuilder(ConsumerRecords& records, const RecordFilter* filter, std::int64_t max_records)
    : records_(records), filter_(filter), max_records_(max_records) {
  if (filter_ != nullptr || max_records_ != 0) records_.count_ = 0;
}

absl::Status RecordsBuilder::Add(const std::shared_ptr<const TopicPartition>& from, broker::FetchedBatches& batches) {
  if (filter_ != nullptr || max_records_ != 0) return AddChosen(from, batches);
  AddWhole(from, batches);
  return absl::OkStatus();
}

void RecordsBuilder::AddWhole(const std::shared_ptr<const TopicPartition>& from, broker::FetchedBatches& batches) {
  if (batches.bytes.empty()) return;
  records_.AddRun({.from = from.get(),
                   .batch = batches.bytes.data(),
                   .bytes_end = batches.bytes.data() + batches.bytes.size(),
                   .begin = batches.begin,
                   .end = batches.end});
  records_.AddSource({.from = from, .pin = std::move(batches.pin)});
  batches.bytes = {};
  batches.begin = batches.end;
}

// Looks at every record. Those that are wanted and stand next to each other become one run.
absl::Status RecordsBuilder::AddChosen(const std::shared_ptr<const TopicPartition>& from,
                                       broker::FetchedBatches& batches) {
  ConsumerRecords all;
  const std::int64_t count_before = records_.count_;
  const std::shared_ptr<const void> pin = batches.pin;
  broker::FetchedBatches whole = batches;
  RecordsBuilder(all, nullptr, 0).AddWhole(from, whole);

  bool run_goes_on = false;
  auto at = all.begin();
  for (; at != all.end() && !full(); ++at) {
    const ConsumerRecord record = *at;
    const Offset next = record.offset() + 1;
    batches.begin = next;
    if (filter_ != nullptr && !(*filter_)(record)) {
      run_goes_on = false;
      continue;
    }
    if (!run_goes_on) {
      records_.AddRun({.from = from.get(),
                       .batch = at.batch_,
                       .begin = record.offset(),
                       .record = at.next_ - record.size(),
                       .records_left = at.left_ + 1});
      run_goes_on = true;
    }
    records_.last_run().bytes_end = at.batch_end_;
    records_.last_run().end = next;
    ++records_.count_;
  }
  if (records_.count_ != count_before) records_.AddSource({.from = from, .pin = pin});
  if (absl::Status status = all.status(); !status.ok()) return status;
  if (at == all.end()) {
    batches.begin = batches.end;
    batches.bytes = {};
    batches.pin.reset();
  } else {
    // What is left begins in this batch: the next call need not walk over those before it.
    batches.bytes = batches.bytes.subspan(static_cast<std::size_t>(at.batch_ - batches.bytes.data()));
  }
  return absl::OkStatus();
}

}  // namespace leat::client
