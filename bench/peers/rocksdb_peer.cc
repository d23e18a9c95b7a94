#include <leat/encoding.h>
#include <rocksdb/db.h>

#include <array>
#include <cstddef>
#include <memory>

#include "harness/clock.h"
#include "harness/values.h"
#include "peers/peers.h"

namespace leat::bench {
namespace {

absl::Status StatusOf(const rocksdb::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnavailableError("RocksDB: " + status.ToString());
}

rocksdb::Slice SliceOf(const std::byte* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::array<std::byte, 8> KeyOf(std::int64_t i) {
  std::array<std::byte, 8> key;
  StoreBig64(key.data(), static_cast<std::uint64_t>(i));
  return key;
}

// The last one there says that all before it are.
absl::Status CheckLast(rocksdb::DB& database, std::int64_t records) {
  const std::array<std::byte, 8> key = KeyOf(records - 1);
  std::string value;
  if (absl::Status s = StatusOf(database.Get({}, SliceOf(key.data(), key.size()), &value)); !s.ok()) return s;
  if (Values::StampOf(value) == Values::MakeStamp(0, records - 1)) return absl::OkStatus();
  return absl::DataLossError("RocksDB's last record is wrong");
}

}  // namespace

absl::StatusOr<double> AppendToRocksDb(const Flow& flow, const std::string& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  if (absl::Status s = StatusOf(rocksdb::DB::Open(options, folder, &raw)); !s.ok()) return s;
  const std::unique_ptr<rocksdb::DB> database(raw);
  Values values(flow.value_size);
  rocksdb::WriteBatch batch;
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t first = 0; first < flow.records; first += flow.batch) {
    batch.Clear();
    for (std::int64_t i = first; i < first + flow.batch; ++i) {
      const std::array<std::byte, 8> key = KeyOf(i);
      const BytesView value = values.Stamp(Values::MakeStamp(0, i));
      const rocksdb::Status put = batch.Put(SliceOf(key.data(), key.size()), SliceOf(value.data(), value.size()));
      if (!put.ok()) return StatusOf(put);
    }
    if (absl::Status s = StatusOf(database->Write({}, &batch)); !s.ok()) return s;
  }
  const double seconds = SecondsSince(begin_ns);
  if (absl::Status s = CheckLast(*database, flow.records); !s.ok()) return s;
  return static_cast<double>(flow.records) / 1e6 / seconds;
}

}  // namespace leat::bench
