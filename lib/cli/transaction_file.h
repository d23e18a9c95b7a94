// Kafka's files about transactions and idempotent producers: .txnindex and .snapshot.
#ifndef LEAT_CLI_TRANSACTION_FILE_H_
#define LEAT_CLI_TRANSACTION_FILE_H_

#include <leat/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace leat::cli {

// A transaction that was aborted: its records between the two offsets are not to be read by who reads the committed.
struct AbortedTransaction {
  std::int64_t producer_id = -1;
  Offset first_offset = 0;
  Offset last_offset = 0;
  Offset last_stable_offset = 0;
};

// What a broker knew of a producer when it wrote the snapshot.
struct ProducerSnapshot {
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t last_sequence = -1;
  Offset last_offset = -1;
  std::int32_t offset_delta = 0;
  std::int64_t timestamp = -1;
  std::int32_t coordinator_epoch = -1;
  Offset transaction_first_offset = -1;  // of the transaction that is open; -1: none is
};

// kDataLoss, naming file and position, when the bytes are not of that form, or the snapshot's checksum is of others;
// kUnimplemented for a version that nobody here knows.
absl::StatusOr<std::vector<AbortedTransaction>> ReadTransactionIndex(const std::string& path);
absl::StatusOr<std::vector<ProducerSnapshot>> ReadProducerSnapshot(const std::string& path);

}  // namespace leat::cli

#endif  // LEAT_CLI_TRANSACTION_FILE_H_
