// Databases that one might keep such records in.
#ifndef LEAT_BENCH_PEERS_PEERS_H_
#define LEAT_BENCH_PEERS_PEERS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "harness/flow.h"

namespace leat::bench {

enum class LmdbMode : std::uint8_t { kNoSync, kNoSyncWriteMap };

// Each writes the flow's values under the keys 0, 1, 2 ..., `flow.batch` of them a transaction, into a new database
// that syncs nothing before it acknowledges, and counts them at the end. Millions of records a second.

// MDB_APPEND, which takes keys in order.
absl::StatusOr<double> AppendToLmdb(const Flow& flow, LmdbMode mode, const std::string& folder);
// With its write-ahead log; every option as it comes.
absl::StatusOr<double> AppendToRocksDb(const Flow& flow, const std::string& folder);
// journal_mode=WAL, synchronous=NORMAL.
absl::StatusOr<double> AppendToSqlite(const Flow& flow, const std::string& folder);

}  // namespace leat::bench

#endif  // LEAT_BENCH_PEERS_PEERS_H_
