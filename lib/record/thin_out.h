// From a batch to the same batch with only some of its records: what compaction leaves of it.
#ifndef LEAT_RECORD_THIN_OUT_H_
#define LEAT_RECORD_THIN_OUT_H_

#include <leat/batch.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "record/byte_buffer.h"

namespace leat::record {

// How hard each codec tries (leat/topic_options.h).
struct CodecLevels {
  std::int32_t gzip = -1;
  std::int32_t lz4 = 9;
  std::int32_t zstd = 3;
  std::int32_t Of(Codec codec) const;
};

struct ThinningRules {
  absl::FunctionRef<bool(Offset offset, const RecordView& record)> keep;
  // Until when its tombstones are kept, if there are any left and nobody has said so yet; nullopt leaves them without.
  std::optional<std::int64_t> horizon = {};
  bool keep_header = false;  // of a batch of which no record is left
  std::size_t most = 0;      // bytes that what is left may take, if that is more than the batch
  CodecLevels levels = {};
};

struct Thinned {
  std::span<const std::byte> bytes;  // what is left: the batch itself, what BatchThinner has made of it, or nothing
  std::int32_t kept = 0;
  std::int32_t removed = 0;
  // That were to go, and stay, because what is left without them cannot be written so that it fits and readers take it.
  std::int32_t unwritten = 0;
};

// Keeps its memory from batch to batch. Threads: one at a time.
class BatchThinner {
 public:
  // `batch` is whole and valid (ValidateBatch). Its base offset, its last offset delta, its producer's fields and the records'
  // timestamps stay as they are; it is compressed by the codec it was. Where no record goes and no horizon is set, the result
  // is the batch, byte for byte; also where what is left cannot be written so that readers take it (Thinned::unwritten). A
  // horizon for which there is no room is for another time. What is returned is good until the next call. Another verdict than kOk: what is compressed is not what its codec makes.
  BatchVerdict ThinOut(BatchView batch, const ThinningRules& rules, Thinned& thinned);

  // The records of a batch, compressed or not, are shown to `see` in order, until it returns false.
  BatchVerdict ForEach(BatchView batch, absl::FunctionRef<bool(Offset offset, const RecordView& record)> see);

 private:
  BatchVerdict Readable(BatchView batch, BatchView& readable);
  bool Make(BatchView batch, BatchView readable, const ThinningRules& rules, std::optional<std::int64_t> horizon,
            std::int64_t max_delta, Thinned& thinned);
  void CopyKept(BatchView from, std::optional<std::int64_t> horizon);
  void CopyShifted(std::span<const std::byte> record, std::int64_t timestamp_delta);
  std::span<std::byte> Seal(BatchView from, std::int32_t count, std::optional<std::int64_t> horizon,
                            std::int64_t max_timestamp);

  std::vector<bool> keeps_;
  ByteBuffer expanded_;
  ByteBuffer made_;
  ByteBuffer compressed_;
};

}  // namespace leat::record

#endif  // LEAT_RECORD_THIN_OUT_H_
