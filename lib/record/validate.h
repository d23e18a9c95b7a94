// Whether bytes are the batch that they claim to be, down to the last record.
#ifndef LEAT_RECORD_VALIDATE_H_
#define LEAT_RECORD_VALIDATE_H_

#include <absl/status/status.h>
#include <leat/batch.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace leat::record {

// What the offset deltas of a batch's records have to be.
enum class OffsetDeltas : std::uint8_t {
  kDense,    // 0, 1, 2 ... up to the last offset delta, as producers write them
  kGrowing,  // growing, none beyond the last offset delta: compaction takes records out, up to all of them
};

// Checks the batch at the beginning of `bytes`, which may go on behind it: its header as CheckBatchHeader() does, its
// checksum, and then, if it is not compressed, that each record is well-formed and that together they fill it
// exactly. kCompressed when all but the records was checked and is right: ExpandBatch() goes on from there
// (expand.h). Never reads beyond `bytes`, whatever is in them.
BatchVerdict ValidateBatch(std::span<const std::byte> bytes, OffsetDeltas deltas);

// The same without the checksum, for bytes whose checksum was just computed or compared; `batch` has a checked
// header.
BatchVerdict ValidateRecords(BatchView batch, OffsetDeltas deltas);

// As Kafka's compression.type names it; bytes may hold numbers that no codec has.
std::string_view CodecName(Codec codec);

// The error of a batch at a position of a file, for whoever reads that file: names both, what is wrong, and the way
// out. kUnimplemented for kOldMagic and kUnknownCodec, kDataLoss for all others; `verdict` is not kOk.
absl::Status ReadError(BatchVerdict verdict, std::string_view file, std::uint64_t position);

// The error of a batch that an application asked to append: kInvalidArgument; `verdict` is not kOk.
absl::Status AppendError(BatchVerdict verdict);

}  // namespace leat::record

#endif  // LEAT_RECORD_VALIDATE_H_
