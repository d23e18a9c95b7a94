// Batches and records, as they come from a file or a wire.
#include <leat/batch.h>

#include <cstdint>
#include <string>

#include "base/check.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "record/validate.h"
#include "support/log_files.h"

namespace leat::testing {
namespace {

void LookWithin(BytesView field, std::span<const std::byte> bytes) {
  if (field.data() == nullptr || field.size() == 0) return;
  LEAT_CHECK(field.data() >= bytes.data());
  LEAT_CHECK(field.data() + field.size() <= bytes.data() + bytes.size());
}

void LookAtHeaders(const RecordView& record, std::span<const std::byte> bytes) {
  for (const Header& header : record.headers) {
    LEAT_CHECK(header.key.empty() || (reinterpret_cast<const std::byte*>(header.key.data()) >= bytes.data()));
    LookWithin(header.value, bytes);
  }
}

// What was found right is read: each record, within the batch.
void ReadRecords(std::span<const std::byte> bytes) {
  const BatchView batch(bytes);
  std::int32_t count = 0;
  std::int32_t last = -1;
  for (RecordReader reader(batch); reader.Next(); ++count) {
    const RecordView& record = reader.record();
    LookWithin(record.key, batch.bytes());
    LookWithin(record.value, batch.bytes());
    LookAtHeaders(record, batch.bytes());
    LEAT_CHECK(record.offset_delta > last);
    LEAT_CHECK(record.offset_delta <= batch.last_offset_delta());
    last = record.offset_delta;
  }
  LEAT_CHECK(count == batch.count());
}

void Judge(std::span<const std::byte> bytes) {
  for (const auto deltas : {record::OffsetDeltas::kDense, record::OffsetDeltas::kGrowing}) {
    const BatchVerdict verdict = record::ValidateBatch(bytes, deltas);
    if (verdict == BatchVerdict::kOk) {
      ReadRecords(bytes);
    } else {
      LEAT_CHECK(!record::AppendError(verdict).ok());
      LEAT_CHECK(!record::ReadError(verdict, "file", 7).ok());
    }
  }
}

}  // namespace

void FuzzBatch(FuzzBytes bytes) {
  Judge(bytes);
  // A search does not guess checksums.
  if (CheckBatchHeader(bytes) != BatchVerdict::kOk) return;
  std::vector<std::byte> sealed = Exactly(bytes.first(BatchView(bytes).size_bytes()));
  Reseal(sealed);
  Judge(sealed);
}

FuzzSeeds BatchSeeds() {
  FuzzSeeds seeds = {MakeBatch({}), MakeBatch({.base = 1000, .count = 3, .epoch = 7, .value_size = 300}),
                     MakeBatch({.count = 200, .value_size = 2})};
  BatchBuilder builder;
  const Header headers[] = {{"trace", BytesView("abc")}, {"empty", BytesView()}};
  if (builder.Append("key", "value", headers, 12345) && builder.Append("deleted", nullptr, {}, 12346)) {
    const auto sealed = builder.Seal({});
    seeds.emplace_back(sealed.begin(), sealed.end());
  }
  return seeds;
}

void FuzzRecord(FuzzBytes bytes) {
  RecordView record;
  const std::byte* const end = bytes.data() + bytes.size();
  const std::byte* from = bytes.data();
  while (from != end && from != nullptr) {
    const std::byte* const next = DecodeRecord(from, end, &record);
    if (next == nullptr) return;
    LEAT_CHECK(next > from && next <= end);
    LookWithin(record.key, bytes);
    LookWithin(record.value, bytes);
    LookAtHeaders(record, bytes);
    from = next;
  }
}

FuzzSeeds RecordSeeds() {
  FuzzSeeds seeds;
  for (const auto& batch : BatchSeeds()) {
    const auto records = BatchView(batch).record_bytes();
    seeds.emplace_back(records.begin(), records.end());
  }
  return seeds;
}

}  // namespace leat::testing
