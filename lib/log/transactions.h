// Which transactions of a log were committed. A Kafka's are in logs that it wrote: their records stand among the others, and a
// marker behind them says how it ended.
#ifndef LEAT_LOG_TRANSACTIONS_H_
#define LEAT_LOG_TRANSACTIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include <leat/batch.h>
#include <leat/types.h>
#include "absl/container/flat_hash_map.h"

namespace leat::log {

// Is shown batches in the order of the log, and answers questions about what it was shown. Takes 16 bytes for each transaction,
// and some more for each producer, however many there are.
class Transactions {
 public:
  void See(BatchView batch);

  // Whether the transaction that a transactional batch belongs to was committed; nullopt: it had not ended.
  std::optional<bool> IsCommitted(BatchView batch) const;

  // The first offset of one that had not ended.
  std::optional<Offset> FirstOpen() const;

 private:
  struct Marker {
    Offset offset;
    bool commit;
  };
  absl::flat_hash_map<std::int64_t, std::vector<Marker>> markers_;  // by producer
  absl::flat_hash_map<std::int64_t, Offset> open_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_TRANSACTIONS_H_
