#include "record/thin_out.h"

#include <leat/compression.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/wrapping.h"
#include "record/compress.h"
#include "record/expand.h"

namespace leat::record {
std::int32_t CodecLevels::Of(Codec codec) const {
  switch (codec) {
    case Codec::kGzip:
      return gzip;
    case Codec::kLz4:
      return lz4;
    case Codec::kZstd:
      return zstd;
    default:
      return 0;
  }
}

BatchVerdict BatchThinner::Readable(BatchView batch, BatchView& readable) {
  if (batch.codec() == Codec::kNone) return BatchVerdict::kOk;
  expanded_.Clear();
  const BatchVerdict verdict = ExpandBatch(batch, OffsetDeltas::kGrowing, expanded_);
  if (verdict == BatchVerdict::kOk) readable = BatchView(expanded_.bytes());
  return verdict;
}

BatchVerdict BatchThinner::ForEach(BatchView batch,
                                   absl::FunctionRef<bool(Offset offset, const RecordView& record)> see) {
  BatchView readable = batch;
  if (const BatchVerdict verdict = Readable(batch, readable); verdict != BatchVerdict::kOk) return verdict;
  for (RecordReader reader(readable); reader.Next();) {
    if (!see(batch.base_offset() + reader.record().offset_delta, reader.record())) break;
  }
  return BatchVerdict::kOk;
}

BatchVerdict BatchThinner::ThinOut(BatchView batch, const ThinningRules& rules, Thinned& thinned) {
  thinned = {.bytes = batch.bytes()};
  BatchView readable = batch;
  if (const BatchVerdict verdict = Readable(batch, readable); verdict != BatchVerdict::kOk) return verdict;
  keeps_.clear();
  bool has_tombstones = false;
  std::int64_t max_delta = 0;
  for (RecordReader reader(readable); reader.Next();) {
    const RecordView& record = reader.record();
    const bool keep = rules.keep(batch.base_offset() + record.offset_delta, record);
    keeps_.push_back(keep);
    if (!keep) continue;
    max_delta = thinned.kept == 0 ? record.timestamp_delta : std::max(max_delta, record.timestamp_delta);
    ++thinned.kept;
    has_tombstones = has_tombstones || record.value.is_null();
  }
  thinned.removed = batch.count() - thinned.kept;
  const bool sets_horizon = has_tombstones && rules.horizon.has_value() && !batch.has_delete_horizon();
  if (thinned.kept == 0 && !rules.keep_header) {
    thinned.bytes = {};
    return BatchVerdict::kOk;
  }
  if (thinned.removed == 0 && !sets_horizon) return BatchVerdict::kOk;

  if (sets_horizon && Make(batch, readable, rules, rules.horizon, max_delta, thinned)) return BatchVerdict::kOk;
  const bool thins = thinned.removed > 0;
  if (thins && Make(batch, readable, rules, std::nullopt, max_delta, thinned)) return BatchVerdict::kOk;
  thinned.kept += thinned.removed;
  thinned.unwritten = std::exchange(thinned.removed, 0);
  return BatchVerdict::kOk;
}

// False: it would take too much room, or be refused by readers.
bool BatchThinner::Make(BatchView batch, BatchView readable, const ThinningRules& rules,
                        std::optional<std::int64_t> horizon, std::int64_t max_delta, Thinned& thinned) {
  CopyKept(readable, horizon);
  const bool own_times = batch.timestamp_type() == TimestampType::kCreateTime && thinned.kept > 0;
  std::span<std::byte> made =
      Seal(readable, thinned.kept, horizon,
           own_times ? base::WrappingAdd(readable.base_timestamp(), max_delta) : batch.max_timestamp());
  const std::size_t expanded_size = made.size() - batch_layout::kHeaderSize;
  if (batch.codec() != Codec::kNone && thinned.kept > 0) {
    made = CompressBatch(made, batch.codec(), rules.levels.Of(batch.codec()), compressed_);
  }
  const bool is_readable = expanded_size <= ExpandedSizeLimit(made.size() - batch_layout::kHeaderSize);
  const bool fits = made.size() <= std::max(rules.most, batch.size_bytes());
  if (!fits || !(batch.codec() == Codec::kNone || thinned.kept == 0 || is_readable)) return false;
  thinned.bytes = made;
  return true;
}

// Records are copied as they stand; where the batch gets another base timestamp, with another distance to it.
void BatchThinner::CopyKept(BatchView from, std::optional<std::int64_t> horizon) {
  made_.Clear();
  made_.Append(from.bytes().first(batch_layout::kHeaderSize));
  const std::span<const std::byte> records = from.record_bytes();
  std::size_t at = 0;
  std::size_t index = 0;
  for (RecordReader reader(from); reader.Next(); ++index) {
    const std::span<const std::byte> record = records.subspan(at, static_cast<std::size_t>(reader.record().size));
    at += record.size();
    if (!keeps_[index]) continue;
    if (!horizon.has_value()) {
      made_.Append(record);
    } else {
      CopyShifted(record, base::WrappingSubtract(
                              base::WrappingAdd(from.base_timestamp(), reader.record().timestamp_delta), *horizon));
    }
  }
}

void BatchThinner::CopyShifted(std::span<const std::byte> record, std::int64_t timestamp_delta) {
  const std::byte* const end = record.data() + record.size();
  std::int32_t length = 0;
  const std::byte* from = DecodeVarint32(record.data(), end, &length);
  const std::byte attributes = *from++;
  std::int64_t old_delta = 0;
  from = DecodeVarint64(from, end, &old_delta);
  const std::span<const std::byte> rest(from, end);
  const std::uint64_t delta = ZigZag64(timestamp_delta);
  std::byte head[kMaxVarint32Size + 1 + kMaxVarint64Size];
  const auto size = static_cast<std::int32_t>(1 + VarintSize(delta) + rest.size());
  std::byte* to = EncodeVarint(head, ZigZag32(size));
  *to++ = attributes;
  to = EncodeVarint(to, delta);
  made_.Append({head, to});
  made_.Append(rest);
}

// Not compressed, whatever it was.
std::span<std::byte> BatchThinner::Seal(BatchView from, std::int32_t count, std::optional<std::int64_t> horizon,
                                        std::int64_t max_timestamp) {
  const std::span<std::byte> batch = made_.bytes();
  auto attributes = static_cast<std::uint16_t>(from.attributes() & ~batch_layout::kCodecMask);
  std::int64_t base_timestamp = from.base_timestamp();
  if (horizon.has_value()) {
    attributes |= batch_layout::kDeleteHorizonBit;
    base_timestamp = *horizon;
  }
  // As Kafka leaves a header without records.
  if (count == 0) {
    attributes &= static_cast<std::uint16_t>(~batch_layout::kDeleteHorizonBit);
    base_timestamp = -1;
  }
  StoreBig32(batch.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(batch.size() - batch_layout::kLengthOverhead));
  StoreBig16(batch.data() + batch_layout::kAttributes, attributes);
  StoreBig64(batch.data() + batch_layout::kBaseTimestamp, static_cast<std::uint64_t>(base_timestamp));
  StoreBig64(batch.data() + batch_layout::kMaxTimestamp, static_cast<std::uint64_t>(max_timestamp));
  StoreBig32(batch.data() + batch_layout::kRecordCount, static_cast<std::uint32_t>(count));
  StoreBig32(batch.data() + batch_layout::kCrc, Crc32c(batch.subspan(batch_layout::kCrcBegin)));
  return batch;
}

}  // namespace leat::record
