#include "record/validate.h"

#include <fmt/format.h>

#include "base/check.h"

namespace leat::record {
namespace {

// The count against the last offset delta, and what is always so of a control batch.
bool CountIsRight(BatchView batch, OffsetDeltas deltas) {
  const std::int64_t count = batch.count();
  const std::int64_t most = std::int64_t{batch.last_offset_delta()} + 1;
  if (count < 0 || most < 1) return false;
  if (batch.is_control() && count > 1) return false;
  return deltas == OffsetDeltas::kDense ? count == most : count <= most;
}

// Walks over all records; the order of their deltas is checked as the rule's first and last allowed delta.
template <OffsetDeltas kDeltas>
bool RecordsAreRight(BatchView batch) {
  const std::span<const std::byte> bytes = batch.record_bytes();
  const std::byte* next = bytes.data();
  const std::byte* const end = next + bytes.size();
  const std::int32_t last = batch.last_offset_delta();
  const std::int32_t count = batch.count();
  std::int64_t before = -1;
  for (std::int32_t i = 0; i < count; ++i) {
    RecordView record;
    next = DecodeRecord(next, end, &record);
    if (next == nullptr) return false;
    if constexpr (kDeltas == OffsetDeltas::kDense) {
      if (record.offset_delta != i) return false;
    } else {
      if (record.offset_delta <= before || record.offset_delta > last) return false;
      before = record.offset_delta;
    }
    if (!record.headers.FillExactly()) return false;
  }
  return next == end;
}

const char* Describe(BatchVerdict verdict) {
  switch (verdict) {
    case BatchVerdict::kOk:
      break;
    case BatchVerdict::kUnwritten:
      return "nothing was written there";
    case BatchVerdict::kTruncated:
      return "it is cut off";
    case BatchVerdict::kBadLength:
      return "its length is less than that of a batch's header";
    case BatchVerdict::kOldMagic:
      return "it has message format 0 or 1, which leat does not read";
    case BatchVerdict::kBadMagic:
      return "it has no message format that Kafka knows";
    case BatchVerdict::kBadCrc:
      return "its checksum is wrong";
    case BatchVerdict::kBadCount:
      return "its number of records contradicts its offsets";
    case BatchVerdict::kBadRecord:
      return "its checksum is right, but a record in it is malformed";
    case BatchVerdict::kCompressed:
      return "its records are compressed";
    case BatchVerdict::kBadCompression:
      return "its checksum is right, but its records are not what their codec makes";
    case BatchVerdict::kExpandsTooMuch:
      return "decompressed, its records would be more than 64 MiB and more than 32 times as large";
    case BatchVerdict::kUnknownCodec:
      return "its records are compressed by a codec that Kafka has not";
  }
  return "it is not a batch";
}

const char* Remedy(BatchVerdict verdict) {
  switch (verdict) {
    case BatchVerdict::kOldMagic:
      return "let a Kafka of version 3 rewrite the topic, or copy it through a consumer and a producer";
    case BatchVerdict::kExpandsTooMuch:
      return "seek behind it";
    case BatchVerdict::kUnknownCodec:
      return "seek behind it, or read it with what wrote it";
    default:
      return "restore the file from a copy, or seek behind the damage";
  }
}

}  // namespace

BatchVerdict ValidateBatch(std::span<const std::byte> bytes, OffsetDeltas deltas) {
  const BatchVerdict header = CheckBatchHeader(bytes);
  if (header != BatchVerdict::kOk) return header;
  const BatchView batch(bytes);
  if (batch.ComputeCrc() != batch.crc()) return BatchVerdict::kBadCrc;
  return ValidateRecords(batch, deltas);
}

BatchVerdict ValidateRecords(BatchView batch, OffsetDeltas deltas) {
  if (!CountIsRight(batch, deltas)) return BatchVerdict::kBadCount;
  if (batch.codec() != Codec::kNone) return BatchVerdict::kCompressed;
  const bool right = deltas == OffsetDeltas::kDense ? RecordsAreRight<OffsetDeltas::kDense>(batch)
                                                    : RecordsAreRight<OffsetDeltas::kGrowing>(batch);
  return right ? BatchVerdict::kOk : BatchVerdict::kBadRecord;
}

std::string_view CodecName(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return "none";
    case Codec::kGzip:
      return "gzip";
    case Codec::kSnappy:
      return "snappy";
    case Codec::kLz4:
      return "lz4";
    case Codec::kZstd:
      return "zstd";
  }
  return "an unknown codec";
}

absl::Status ReadError(BatchVerdict verdict, std::string_view file, std::uint64_t position) {
  LEAT_CHECK(verdict != BatchVerdict::kOk);
  const std::string message = fmt::format("{}: the batch at position {} cannot be read: {}; {}", file, position,
                                          Describe(verdict), Remedy(verdict));
  const bool unimplemented = verdict == BatchVerdict::kOldMagic || verdict == BatchVerdict::kUnknownCodec;
  return unimplemented ? absl::UnimplementedError(message) : absl::DataLossError(message);
}

absl::Status AppendError(BatchVerdict verdict) {
  LEAT_CHECK(verdict != BatchVerdict::kOk);
  return absl::InvalidArgumentError(
      fmt::format("the batch to append was refused: {}; build it with leat::BatchBuilder", Describe(verdict)));
}

}  // namespace leat::record
