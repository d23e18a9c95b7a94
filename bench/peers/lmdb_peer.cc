#include <fmt/format.h>
#include <leat/encoding.h>
#include <lmdb.h>

#include <array>
#include <cstddef>
#include <memory>

#include "harness/clock.h"
#include "harness/values.h"
#include "peers/peers.h"

namespace leat::bench {
namespace {

absl::Status StatusOf(int result) {
  return result == MDB_SUCCESS ? absl::OkStatus()
                               : absl::UnavailableError(fmt::format("LMDB: {}", mdb_strerror(result)));
}

struct CloseEnvironment {
  void operator()(MDB_env* environment) const { mdb_env_close(environment); }
};
using Environment = std::unique_ptr<MDB_env, CloseEnvironment>;

absl::StatusOr<Environment> Open(const Flow& flow, LmdbMode mode, const std::string& folder) {
  MDB_env* raw = nullptr;
  if (absl::Status s = StatusOf(mdb_env_create(&raw)); !s.ok()) return s;
  Environment environment(raw);
  const auto map_size = static_cast<std::size_t>(4 * LogBytes(flow)) + (std::size_t{64} << 20);
  if (absl::Status s = StatusOf(mdb_env_set_mapsize(raw, map_size)); !s.ok()) return s;
  const unsigned flags = MDB_NOSYNC | (mode == LmdbMode::kNoSyncWriteMap ? unsigned{MDB_WRITEMAP} : 0U);
  if (absl::Status s = StatusOf(mdb_env_open(raw, folder.c_str(), flags, 0600)); !s.ok()) return s;
  return environment;
}

// One transaction; frees it whatever happens.
absl::Status AppendBatch(MDB_env* environment, const Flow& flow, std::int64_t first, Values& values) {
  MDB_txn* transaction = nullptr;
  if (absl::Status s = StatusOf(mdb_txn_begin(environment, nullptr, 0, &transaction)); !s.ok()) return s;
  MDB_dbi database = 0;
  int result = mdb_dbi_open(transaction, nullptr, 0, &database);
  for (std::int64_t i = first; i < first + flow.batch && result == MDB_SUCCESS; ++i) {
    std::array<std::byte, 8> number;
    StoreBig64(number.data(), static_cast<std::uint64_t>(i));
    const BytesView bytes = values.Stamp(Values::MakeStamp(0, i));
    MDB_val key{number.size(), number.data()};
    MDB_val value{bytes.size(), const_cast<std::byte*>(bytes.data())};
    result = mdb_put(transaction, database, &key, &value, MDB_APPEND);
  }
  if (result == MDB_SUCCESS) return StatusOf(mdb_txn_commit(transaction));
  mdb_txn_abort(transaction);
  return StatusOf(result);
}

absl::Status CheckCount(MDB_env* environment, std::int64_t records) {
  MDB_stat statistics{};
  if (absl::Status s = StatusOf(mdb_env_stat(environment, &statistics)); !s.ok()) return s;
  if (statistics.ms_entries == static_cast<std::size_t>(records)) return absl::OkStatus();
  return absl::DataLossError(fmt::format("LMDB has {} records of {}", statistics.ms_entries, records));
}

}  // namespace

absl::StatusOr<double> AppendToLmdb(const Flow& flow, LmdbMode mode, const std::string& folder) {
  const absl::StatusOr<Environment> environment = Open(flow, mode, folder);
  if (!environment.ok()) return environment.status();
  Values values(flow.value_size);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t first = 0; first < flow.records; first += flow.batch) {
    if (absl::Status s = AppendBatch(environment->get(), flow, first, values); !s.ok()) return s;
  }
  const double seconds = SecondsSince(begin_ns);
  if (absl::Status s = CheckCount(environment->get(), flow.records); !s.ok()) return s;
  return static_cast<double>(flow.records) / 1e6 / seconds;
}

}  // namespace leat::bench
