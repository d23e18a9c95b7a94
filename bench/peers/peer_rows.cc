// leat's producer alone beside databases: nobody reads, nothing is synced.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "peers/peers.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

struct Peer {
  const char* name;
  const char* reference_name;
  double target_single;
  double target_batch;
  std::function<absl::StatusOr<double>(const Flow& flow, const std::string& folder)> append;
};

absl::StatusOr<double> AppendToLmdbNoSync(const Flow& flow, const std::string& folder) {
  return AppendToLmdb(flow, LmdbMode::kNoSync, folder);
}
absl::StatusOr<double> AppendToLmdbWriteMap(const Flow& flow, const std::string& folder) {
  return AppendToLmdb(flow, LmdbMode::kNoSyncWriteMap, folder);
}

// The slow take so many records only that they take about as long as the others.
std::int64_t RecordsFor(const Scale& scale, const Flow& flow) {
  const std::int64_t most = flow.batch == 1 ? scale.slow_records : 5 * scale.slow_records;
  return std::max(std::int64_t{1}, std::min(flow.records, most) / flow.batch) * flow.batch;
}

void AddPeer(const Scale& scale, const Peer& peer, std::int32_t batch, Benchmarks& benchmarks) {
  const Flow flow = FlowOf(scale.bytes, 100, batch);
  Flow shorter = flow;
  shorter.records = RecordsFor(scale, flow);
  benchmarks.push_back(
      {.name = fmt::format("peers/{}_x{}", peer.name, batch),
       .what = fmt::format("100B values, {}, appended to fresh files",
                           batch == 1 ? "one by one" : fmt::format("batches of {}", batch)),
       .unit = "M msg/s",
       .leat = [flow](const std::string& folder) { return RunProducers(flow, folder); },
       .reference_name = peer.reference_name,
       .reference = [shorter, append = peer.append](const std::string& folder) { return append(shorter, folder); },
       .target_ratio = batch == 1 ? peer.target_single : peer.target_batch});
}

}  // namespace

void AddPeers(const Scale& scale, Benchmarks& benchmarks) {
  const Peer peers[] = {
      {"lmdb_nosync", "LMDB NOSYNC, append", 5, 2.5, AppendToLmdbNoSync},
      {"lmdb_writemap", "LMDB NOSYNC+WRITEMAP, append", 5, 2.5, AppendToLmdbWriteMap},
      {"rocksdb", "RocksDB, WAL, no sync", 25, 10, AppendToRocksDb},
      {"sqlite", "SQLite, WAL, NORMAL", 80, 15, AppendToSqlite},
  };
  for (const Peer& peer : peers) {
    for (const std::int32_t batch : {256, 1}) AddPeer(scale, peer, batch, benchmarks);
  }
}

}  // namespace leat::bench
