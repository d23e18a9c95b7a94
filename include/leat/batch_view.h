// BatchView: the header of a RecordBatch, read where it stands.
#ifndef LEAT_BATCH_VIEW_H_
#define LEAT_BATCH_VIEW_H_

#include <leat/batch_layout.h>
#include <leat/encoding.h>
#include <leat/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace leat {
inline namespace v1 {

// CRC-32C (Castagnoli) of `bytes`, as Kafka seals its batches with; "123456789" gives 0xe3069283. Given the checksum
// of what stands before, it continues: Crc32c(b, Crc32c(a)) is that of a followed by b. Uses what the processor
// offers, found out once at run time. Threads: any.
std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

// How the records of a batch are compressed. Of bytes that nobody has checked, a number that is none of these, too.
using Codec = Compression;

// What is wrong with the bytes of a batch, if anything. Costs nothing to return; the library turns it into an
// absl::Status that names file and position.
enum class BatchVerdict : std::uint8_t {
  kOk,
  kUnwritten,       // zeros, as in the part of a segment that no batch has reached
  kTruncated,       // the batch goes on behind the end of the bytes
  kBadLength,       // shorter than a header, or longer than any batch may be
  kOldMagic,        // message format 0 or 1, which Kafka 4 no longer writes either
  kBadMagic,        // no message format at all
  kBadCrc,          // the checksum is of other bytes
  kBadCount,        // count and last offset delta contradict each other
  kBadRecord,       // the checksum is right, but a record is malformed, or they do not fill the batch
  kCompressed,      // well-formed as far as can be seen: the records are compressed
  kBadCompression,  // the checksum is right, but the records are not what their codec makes
  kExpandsTooMuch,  // the records would take more memory than leat/compression.h allows for
  kUnknownCodec,    // compressed by a codec that Kafka has not
};

// A look at the header of one batch and of all that follow it in the log, without a look at the records. A forward
// walk over a log is: while CheckBatchHeader() says kOk, BatchView, then on by size_bytes().
//
// Lifetime: borrows the bytes. Threads: any, it only reads.
class LEAT_VIEW_TYPE BatchView {
 public:
  // `bytes` begin with a whole header: CheckBatchHeader() said kOk, or at least kHeaderSize bytes are there. They
  // need not end where the batch does.
  explicit BatchView(std::span<const std::byte> bytes) : data_(bytes.data()), available_(bytes.size()) {}

  // Of its first record when it was appended.
  Offset base_offset() const { return static_cast<Offset>(LoadBig64(data_ + batch_layout::kBaseOffset)); }
  // Inclusive; next_offset() is one past it. Offsets between may be missing once a topic was compacted.
  // Of a header that nobody has checked they wrap around.
  Offset last_offset() const { return Sum(base_offset(), last_offset_delta()); }
  Offset next_offset() const { return Sum(last_offset(), 1); }
  // Bytes of the whole batch, header included; as the header says it, which CheckBatchHeader() has compared with the
  // bytes.
  std::size_t size_bytes() const { return LoadBig32(data_ + batch_layout::kLength) + batch_layout::kLengthOverhead; }
  // What the header says, as it stands there.
  LeaderEpoch leader_epoch() const { return Load32(batch_layout::kLeaderEpoch); }
  std::int8_t magic() const { return static_cast<std::int8_t>(data_[batch_layout::kMagic]); }
  std::uint32_t crc() const { return LoadBig32(data_ + batch_layout::kCrc); }
  std::uint16_t attributes() const { return LoadBig16(data_ + batch_layout::kAttributes); }
  Codec codec() const { return static_cast<Codec>(attributes() & batch_layout::kCodecMask); }
  TimestampType timestamp_type() const {
    return Has(batch_layout::kLogAppendTimeBit) ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
  }
  // Whether it is part of a transaction.
  bool is_transactional() const { return Has(batch_layout::kTransactionalBit); }
  // A marker of a transaction or of the cluster, not data: consumers step over it.
  bool is_control() const { return Has(batch_layout::kControlBit); }
  // The base timestamp is then the time until which a compacted topic keeps the batch's deletions.
  bool has_delete_horizon() const { return Has(batch_layout::kDeleteHorizonBit); }
  // Of the last record to base_offset().
  std::int32_t last_offset_delta() const { return Load32(batch_layout::kLastOffsetDelta); }
  // Milliseconds since 1970; -1 where there is none.
  std::int64_t base_timestamp() const { return Load64(batch_layout::kBaseTimestamp); }
  std::int64_t max_timestamp() const { return Load64(batch_layout::kMaxTimestamp); }
  // -1 where the batch is not of an idempotent producer.
  std::int64_t producer_id() const { return Load64(batch_layout::kProducerId); }
  std::int16_t producer_epoch() const {
    return static_cast<std::int16_t>(LoadBig16(data_ + batch_layout::kProducerEpoch));
  }
  std::int32_t base_sequence() const { return Load32(batch_layout::kBaseSequence); }
  // Records in the batch; 0 where compaction has removed them all and kept the header.
  std::int32_t count() const { return Load32(batch_layout::kRecordCount); }

  // Where the batch begins.
  const std::byte* data() const { return data_; }
  // The whole batch, or of it what the bytes given hold.
  std::span<const std::byte> bytes() const { return {data_, std::min(available_, size_bytes())}; }
  // Its records, as they stand there: compressed, if there is a codec.
  std::span<const std::byte> record_bytes() const {
    const std::size_t end = bytes().size();
    return {data_ + batch_layout::kHeaderSize, end < batch_layout::kHeaderSize ? 0 : end - batch_layout::kHeaderSize};
  }

  // The checksum that crc() should be. Reads the whole batch.
  std::uint32_t ComputeCrc() const {
    const std::span<const std::byte> whole = bytes();
    return whole.size() < batch_layout::kCrcBegin ? 0 : Crc32c(whole.subspan(batch_layout::kCrcBegin));
  }

 private:
  static Offset Sum(Offset a, std::int64_t b) {
    return static_cast<Offset>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
  bool Has(std::uint16_t bit) const { return (attributes() & bit) != 0; }
  std::int32_t Load32(std::size_t field) const { return static_cast<std::int32_t>(LoadBig32(data_ + field)); }
  std::int64_t Load64(std::size_t field) const { return static_cast<std::int64_t>(LoadBig64(data_ + field)); }

  const std::byte* data_;
  std::size_t available_;
};

// Whether a BatchView may be laid over the beginning of `bytes` and finds the whole batch there: kOk, kUnwritten,
// kTruncated, kBadLength, kOldMagic or kBadMagic. Looks at the length and the magic only, so that hopping over a log
// costs a cache line a batch. No checksum is computed: lib/record/validate.h does that.
inline BatchVerdict CheckBatchHeader(std::span<const std::byte> bytes) {
  // The shortest thing that could tell its format; Kafka's oldest messages are that short, too.
  if (bytes.size() < batch_layout::kMagic + 1) return BatchVerdict::kTruncated;
  const auto length = static_cast<std::int32_t>(LoadBig32(bytes.data() + batch_layout::kLength));
  const auto magic = static_cast<std::int8_t>(bytes[batch_layout::kMagic]);
  if (magic != batch_layout::kMagicV2) [[unlikely]] {
    if (length == 0 && magic == 0) return BatchVerdict::kUnwritten;
    return magic == 0 || magic == 1 ? BatchVerdict::kOldMagic : BatchVerdict::kBadMagic;
  }
  if (length < static_cast<std::int32_t>(batch_layout::kHeaderSize - batch_layout::kLengthOverhead)) [[unlikely]] {
    return BatchVerdict::kBadLength;
  }
  const std::size_t size = static_cast<std::size_t>(length) + batch_layout::kLengthOverhead;
  return size <= bytes.size() ? BatchVerdict::kOk : BatchVerdict::kTruncated;
}

// Fills in what a log adds to a batch that it takes. Touches bytes 0 to 7 and 12 to 15 only, which no checksum
// covers.
inline void PatchBatch(std::span<std::byte> batch, Offset base_offset, LeaderEpoch leader_epoch) {
  StoreBig64(batch.data() + batch_layout::kBaseOffset, static_cast<std::uint64_t>(base_offset));
  StoreBig32(batch.data() + batch_layout::kLeaderEpoch, static_cast<std::uint32_t>(leader_epoch));
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_BATCH_VIEW_H_
