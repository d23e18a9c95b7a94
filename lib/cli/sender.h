// Sends records in batches, and knows which lines they came from.
#ifndef LEAT_CLI_SENDER_H_
#define LEAT_CLI_SENDER_H_

#include <leat/producer.h>
#include <leat/topic.h>
#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "cli/output.h"

namespace leat::cli {

class Sender {
 public:
  // With `offsets`, "partition offset" of each record is printed there, and flushed, once it is acknowledged.
  Sender(Producer producer, Topic topic, Durability durability, bool one_partition, Output* offsets);

  // Takes a record, which has to stay where it is until Send, and sends what has come together when that is enough.
  // Whether it has sent.
  absl::StatusOr<bool> Add(const ProducerRecord& record);

  // Sends what was taken. An error names the records that were not sent by their numbers, from 1.
  absl::Status Send();

  std::int64_t sent() const { return sent_; }

 private:
  absl::Status SendBatch();
  absl::Status SendSingly();
  absl::Status SendSynced();
  absl::Status NotSent(std::size_t count, const absl::Status& why) const;

  Producer producer_;
  const Topic topic_;
  const Durability durability_;
  const bool singly_;  // for offsets in the order of the records
  const bool synced_;  // each Send waits for the disk
  const std::size_t enough_;
  Output* const offsets_;
  std::vector<ProducerRecord> taken_;
  std::size_t bytes_ = 0;
  std::int64_t sent_ = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_SENDER_H_
