// Kafka's RecordBatch in place: BatchBuilder writes one, BatchView and RecordReader read one, where it stands,
// without copying. batch_layout.h has the picture. All of it is inline because it runs per record.
#ifndef LEAT_BATCH_H_
#define LEAT_BATCH_H_

#include <leat/batch_layout.h>
#include <leat/encoding.h>
#include <leat/record.h>
#include <leat/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace leat {
inline namespace v1 {

// CRC-32C (Castagnoli) of `bytes`, as Kafka seals its batches with; "123456789" gives 0xe3069283. Given the checksum
// of what stands before, it continues: Crc32c(b, Crc32c(a)) is that of a followed by b. Uses what the processor
// offers, found out once at run time. Threads: any.
std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

// How the records of a batch are compressed.
enum class Codec : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

// What is wrong with the bytes of a batch, if anything. Costs nothing to return; the library turns it into an
// absl::Status that names file and position.
enum class BatchVerdict : std::uint8_t {
  kOk,
  kUnwritten,   // zeros, as in the part of a segment that no batch has reached
  kTruncated,   // the batch goes on behind the end of the bytes
  kBadLength,   // shorter than a header, or longer than any batch may be
  kOldMagic,    // message format 0 or 1, which Kafka 4 no longer writes either
  kBadMagic,    // no message format at all
  kBadCrc,      // the checksum is of other bytes
  kBadCount,    // count and last offset delta contradict each other
  kBadRecord,   // the checksum is right, but a record is malformed, or they do not fill the batch
  kCompressed,  // well-formed as far as can be seen: the records are compressed
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

  Offset base_offset() const { return static_cast<Offset>(LoadBig64(data_ + batch_layout::kBaseOffset)); }
  // Inclusive; next_offset() is one past it. Offsets between may be missing once a topic was compacted.
  Offset last_offset() const { return base_offset() + last_offset_delta(); }
  Offset next_offset() const { return last_offset() + 1; }
  // Bytes of the whole batch, header included; as the header says it, which CheckBatchHeader() has compared with the
  // bytes.
  std::size_t size_bytes() const { return LoadBig32(data_ + batch_layout::kLength) + batch_layout::kLengthOverhead; }
  LeaderEpoch leader_epoch() const { return Load32(batch_layout::kLeaderEpoch); }
  std::int8_t magic() const { return static_cast<std::int8_t>(data_[batch_layout::kMagic]); }
  std::uint32_t crc() const { return LoadBig32(data_ + batch_layout::kCrc); }
  std::uint16_t attributes() const { return LoadBig16(data_ + batch_layout::kAttributes); }
  Codec codec() const { return static_cast<Codec>(attributes() & batch_layout::kCodecMask); }
  TimestampType timestamp_type() const {
    return Has(batch_layout::kLogAppendTimeBit) ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
  }
  bool is_transactional() const { return Has(batch_layout::kTransactionalBit); }
  // A marker of a transaction or of the cluster, not data: consumers step over it.
  bool is_control() const { return Has(batch_layout::kControlBit); }
  // The base timestamp is then the time until which a compacted topic keeps the batch's deletions.
  bool has_delete_horizon() const { return Has(batch_layout::kDeleteHorizonBit); }
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

// Reads the record that starts at `from` and returns the byte after it; nullptr when it is malformed or does not end
// by `end`. The headers are not looked at (RecordHeaders::FillExactly() does). Never reads `end` or beyond.
inline const std::byte* DecodeRecord(const std::byte* from, const std::byte* end, RecordView* record);

// Walks over the records of a batch that is not compressed.
//
//   leat::RecordReader reader(batch);
//   while (reader.Next()) use(reader.record());
//   if (reader.malformed()) ...
//
// Whatever the bytes are, it never reads beyond the batch or the bytes given; where they make no sense it stops and
// malformed() is true. Does not compare the checksum.
//
// Lifetime: borrows the bytes. Threads: one at a time.
class RecordReader {
 public:
  // Of a compressed batch: no records, and malformed().
  explicit RecordReader(BatchView batch) : RecordReader(batch.record_bytes(), batch.count()) {
    if (batch.codec() != Codec::kNone || batch.bytes().size() < batch.size_bytes()) {
      left_ = 0;
      malformed_ = true;
    }
  }
  // The records by themselves, as a compressed batch has them when decompressed.
  RecordReader(std::span<const std::byte> records, std::int32_t count)
      : next_(records.data()), end_(next_ + records.size()), left_(count) {}

  // Goes to the next record, the first one at first; false when there is none, and from then on.
  bool Next() {
    if (left_ <= 0) [[unlikely]]
      return Finish();
    --left_;
    const std::byte* next = DecodeRecord(next_, end_, &record_);
    if (next == nullptr) [[unlikely]]
      return Fail();
    next_ = next;
    return true;
  }

  // The record that the last Next() went to.
  const RecordView& record() const { return record_; }

  // Whether the walk ended early, or with bytes left over.
  bool malformed() const { return malformed_; }

 private:
  bool Finish() {
    if (next_ != end_ || left_ < 0) malformed_ = true;
    return false;
  }
  bool Fail() {
    left_ = 0;
    malformed_ = true;
    return false;
  }

  const std::byte* next_;
  const std::byte* end_;
  std::int32_t left_;
  bool malformed_ = false;
  RecordView record_;
};

// What a batch says about all of its records, besides the records themselves.
struct BatchAttributes {
  // Set: all records get this time (milliseconds since 1970) and are of kLogAppendTime; their own ones stay as they
  // are, but unused. Not set: kCreateTime.
  std::optional<std::int64_t> append_timestamp = {};
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  bool transactional = false;
  bool control = false;
};

// Encodes records, one behind the other, into a batch in a private buffer, which is kept from batch to batch.
//
//   leat::BatchBuilder builder;
//   builder.Append("ada", "countess", {}, now_ms);
//   partition.Append(builder.Seal({}));
//   builder.Clear();
//
// Order: records get the offset deltas 0, 1, 2 ... in the order of the calls. Threads: one at a time.
// Lifetime: owns its bytes; what Claim() and Seal() return is good until the next call that changes the builder.
// Moving it keeps the bytes where they are; a builder that was moved from may only be destroyed or assigned to.
class BatchBuilder {
 public:
  // Memory for `capacity` bytes of batch is taken at the first record; it doubles when that is too little.
  explicit BatchBuilder(std::size_t capacity = kDefaultCapacity) : initial_capacity_(capacity) {}

  BatchBuilder(BatchBuilder&&) = default;
  BatchBuilder& operator=(BatchBuilder&&) = default;

  // Adds a record; copies everything. Timestamps are milliseconds since 1970; no order among them is asked for.
  // Returns false, and adds nothing, when the record is larger than the format can say: the whole batch, this record
  // included, has to stay below 2 GiB. What a topic takes (max_message_bytes) is for the caller to compare with
  // size().
  [[nodiscard]] bool Append(BytesView key, BytesView value, HeadersView headers, std::int64_t timestamp) {
    std::byte* place = Begin(key, value.size(), value.is_null(), headers, timestamp);
    if (place == nullptr) [[unlikely]]
      return false;
    CopyShort(place, value.data(), value.size());
    return true;
  }

  // Adds a record with a value of `value_size` bytes and returns the value's place, for the caller to fill before the
  // next call; its content is unspecified until then. data() is nullptr when refused, as in Append().
  [[nodiscard]] std::span<std::byte> Claim(BytesView key, std::size_t value_size, HeadersView headers,
                                           std::int64_t timestamp) {
    std::byte* place = Begin(key, value_size, false, headers, timestamp);
    return {place, place == nullptr ? 0 : value_size};
  }

  // Takes back the record added last, once: a Claim() that is given up. False, and nothing changes, when there is
  // none, or it was taken back already.
  bool Undo() {
    if (undo_size_ == 0) return false;
    size_ = undo_size_;
    max_timestamp_ = undo_max_timestamp_;
    --count_;
    undo_size_ = 0;
    return true;
  }

  std::int32_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // Bytes of the batch, its header included, whether or not there are records.
  std::size_t size() const { return size_; }
  // Of the records so far; unspecified while there are none.
  std::int64_t base_timestamp() const { return base_timestamp_; }
  std::int64_t max_timestamp() const { return max_timestamp_; }

  // Forgets the records and keeps the memory.
  void Clear() {
    size_ = batch_layout::kHeaderSize;
    undo_size_ = 0;
    count_ = 0;
  }

  // At most what such a record adds to size(), whatever the records before it.
  static std::size_t EncodedSizeBound(BytesView key, std::size_t value_size, HeadersView headers) {
    std::size_t bound = kMaxRecordOverhead + key.size() + value_size;
    for (const Header& header : headers) bound += 2 * kMaxVarint32Size + header.key.size() + header.value.size();
    return bound;
  }

  // Writes the header - base offset 0, leader epoch -1, for the log to fill in - and the checksum, and returns the
  // batch. May be called again, with other attributes or after more records. A batch needs a record: of an empty
  // builder the result is empty.
  std::span<std::byte> Seal(const BatchAttributes& attributes);

 private:
  static constexpr std::size_t kDefaultCapacity = 16 * 1024;
  // Length, attributes, timestamp delta, offset delta, sizes of key and value, header count.
  static constexpr std::size_t kMaxRecordOverhead = 1 + 5 * kMaxVarint32Size + kMaxVarint64Size;
  // A store of eight bytes may go over the end of what it is for.
  static constexpr std::size_t kSlack = 16;
  static constexpr std::size_t kMaxSize = std::numeric_limits<std::int32_t>::max();

  // Writes all of a record but its value; returns the value's place, or nullptr when refused.
  std::byte* Begin(BytesView key, std::size_t value_size, bool value_is_null, HeadersView headers,
                   std::int64_t timestamp);
  bool Reserve(BytesView key, std::size_t value_size, HeadersView headers);
  static std::size_t EncodedSize(HeadersView headers);
  static std::byte* EncodeHeaders(std::byte* to, HeadersView headers);
  static void CopyShort(std::byte* to, const std::byte* from, std::size_t size);

  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;  // of the buffer, kSlack not counted
  std::size_t size_ = batch_layout::kHeaderSize;
  std::size_t undo_size_ = 0;  // size_ before the last record; 0: nothing to take back
  std::int64_t base_timestamp_ = -1;
  std::int64_t max_timestamp_ = -1;
  std::int64_t undo_max_timestamp_ = -1;
  std::int32_t count_ = 0;
  std::size_t initial_capacity_;
};

// Fills in what a log adds to a batch that it takes. Touches bytes 0 to 7 and 12 to 15 only, which no checksum
// covers.
inline void PatchBatch(std::span<std::byte> batch, Offset base_offset, LeaderEpoch leader_epoch) {
  StoreBig64(batch.data() + batch_layout::kBaseOffset, static_cast<std::uint64_t>(base_offset));
  StoreBig32(batch.data() + batch_layout::kLeaderEpoch, static_cast<std::uint32_t>(leader_epoch));
}

// Implementation only from here on.

inline const std::byte* DecodeRecord(const std::byte* from, const std::byte* end, RecordView* record) {
  const std::byte* const begin = from;
  std::int32_t length = 0;
  from = DecodeVarint32(from, end, &length);
  // At least the attributes, so that stepping over them stays inside.
  if (from == nullptr || length < 1 || length > end - from) [[unlikely]]
    return nullptr;
  end = from + length;
  record->size = static_cast<std::int32_t>(end - begin);
  from = DecodeVarint64(from + 1, end, &record->timestamp_delta);
  if (from == nullptr) [[unlikely]]
    return nullptr;
  from = DecodeVarint32(from, end, &record->offset_delta);
  if (from == nullptr) [[unlikely]]
    return nullptr;

  std::int32_t size = 0;
  from = DecodeVarint32(from, end, &size);
  if (from == nullptr || size < -1 || size > end - from) [[unlikely]]
    return nullptr;
  record->key = size < 0 ? BytesView() : BytesView(from, static_cast<std::size_t>(size));
  from += size < 0 ? 0 : size;
  from = DecodeVarint32(from, end, &size);
  if (from == nullptr || size < -1 || size > end - from) [[unlikely]]
    return nullptr;
  record->value = size < 0 ? BytesView() : BytesView(from, static_cast<std::size_t>(size));
  from += size < 0 ? 0 : size;
  record->headers = RecordHeaders({from, end});
  return end;
}

// Copies without a call where it is short, as most keys and values are: in pieces of a power of two, the last of
// which overlaps the one before.
inline void BatchBuilder::CopyShort(std::byte* to, const std::byte* from, std::size_t size) {
  const auto copy16 = [to, from](std::size_t at) { std::memcpy(to + at, from + at, 16); };
  if (size > 256) {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    for (std::size_t at = 0; at + 16 < size; at += 16) copy16(at);
    copy16(size - 16);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
}

inline std::size_t BatchBuilder::EncodedSize(HeadersView headers) {
  std::size_t size = 0;
  for (const Header& header : headers) {
    size += VarintSize(ZigZag64(static_cast<std::int64_t>(header.key.size()))) + header.key.size();
    size += header.value.is_null() ? 1 : VarintSize(ZigZag64(static_cast<std::int64_t>(header.value.size())));
    size += header.value.size();
  }
  return size;
}

inline std::byte* BatchBuilder::EncodeHeaders(std::byte* to, HeadersView headers) {
  for (const Header& header : headers) {
    to = EncodeVarint(to, ZigZag64(static_cast<std::int64_t>(header.key.size())));
    CopyShort(to, reinterpret_cast<const std::byte*>(header.key.data()), header.key.size());
    to += header.key.size();
    to = EncodeVarint(to, header.value.is_null() ? 1 : ZigZag64(static_cast<std::int64_t>(header.value.size())));
    CopyShort(to, header.value.data(), header.value.size());
    to += header.value.size();
  }
  return to;
}

// Makes room for one more record. False when the batch would become too large, or have too many records.
[[gnu::noinline]] inline bool BatchBuilder::Reserve(BytesView key, std::size_t value_size, HeadersView headers) {
  // One by one, so that the sum of them cannot overflow.
  if (key.size() > kMaxSize || value_size > kMaxSize || headers.size() > kMaxSize) return false;
  std::size_t needed = size_ + kMaxRecordOverhead + key.size() + value_size;
  for (const Header& header : headers) {
    if (header.key.size() > kMaxSize || header.value.size() > kMaxSize || needed > kMaxSize) return false;
    needed += 2 * kMaxVarint32Size + header.key.size() + header.value.size();
  }
  if (needed > kMaxSize) return false;
  if (needed <= capacity_) return true;
  const std::size_t capacity = std::max({needed, 2 * capacity_, initial_capacity_});
  std::unique_ptr<std::byte[]> buffer(new std::byte[capacity + kSlack]);
  if (buffer_ != nullptr) std::memcpy(buffer.get(), buffer_.get(), size_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
  return true;
}

inline std::byte* BatchBuilder::Begin(BytesView key, std::size_t value_size, bool value_is_null, HeadersView headers,
                                      std::int64_t timestamp) {
  const std::size_t free = capacity_ - size_;
  // The sum of sizes that are each below 2^62 cannot overflow; larger ones do not exist, but in a claim.
  const bool fits = capacity_ != 0 && headers.empty() && value_size < kMaxSize &&
                    kMaxRecordOverhead + key.size() + value_size <= free;
  if (!fits) [[unlikely]] {
    if (!Reserve(key, value_size, headers)) return nullptr;
  }
  undo_size_ = size_;
  undo_max_timestamp_ = max_timestamp_;
  if (count_ == 0) base_timestamp_ = max_timestamp_ = timestamp;
  max_timestamp_ = std::max(max_timestamp_, timestamp);

  // Unsigned: any two timestamps have a difference modulo 2^64, and the reader adds it modulo 2^64.
  const std::uint64_t timestamp_delta = ZigZag64(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp) - static_cast<std::uint64_t>(base_timestamp_)));
  const std::uint64_t offset_delta = ZigZag32(count_);
  const std::uint64_t key_size = key.is_null() ? 1 : key.size() * 2;
  const std::uint64_t encoded_value_size = value_is_null ? 1 : static_cast<std::uint64_t>(value_size) * 2;
  const std::size_t encoded_value_size_size = VarintSize(encoded_value_size);
  std::size_t rest =
      key.size() + encoded_value_size_size + value_size + (headers.empty() ? 1 : VarintSize(headers.size() * 2));
  if (!headers.empty()) rest += EncodedSize(headers);

  std::byte* to = buffer_.get() + size_;
  if (timestamp_delta < 0x80 && key_size < 0x80) [[likely]] {
    // All in front of the key, in a register: length (up to 4 bytes here), 0, timestamp, offset (up to 5), key size.
    const std::size_t offset_delta_size = VarintSize(offset_delta);
    to = EncodeVarint(to, (1 + 1 + offset_delta_size + 1 + rest) * 2);
    *to++ = std::byte{0};
    *to++ = static_cast<std::byte>(timestamp_delta);
    to = EncodeVarint(to, offset_delta);
    *to++ = static_cast<std::byte>(key_size);
  } else {
    const std::size_t head = 1 + VarintSize(timestamp_delta) + VarintSize(offset_delta) + VarintSize(key_size);
    to = EncodeVarint(to, (head + rest) * 2);
    *to++ = std::byte{0};
    to = EncodeVarint(to, timestamp_delta);
    to = EncodeVarint(to, offset_delta);
    to = EncodeVarint(to, key_size);
  }
  CopyShort(to, key.data(), key.size());
  to = EncodeVarint(to + key.size(), encoded_value_size);
  std::byte* const place = to;
  to += value_size;
  if (headers.empty()) [[likely]] {
    *to++ = std::byte{0};
  } else {
    to = EncodeHeaders(EncodeVarint(to, headers.size() * 2), headers);
  }
  size_ = static_cast<std::size_t>(to - buffer_.get());
  ++count_;
  return place;
}

inline std::span<std::byte> BatchBuilder::Seal(const BatchAttributes& attributes) {
  if (empty()) return {};
  std::byte* const to = buffer_.get();
  std::uint16_t bits = 0;
  if (attributes.append_timestamp.has_value()) bits |= batch_layout::kLogAppendTimeBit;
  if (attributes.transactional) bits |= batch_layout::kTransactionalBit;
  if (attributes.control) bits |= batch_layout::kControlBit;
  const std::int64_t max_timestamp = attributes.append_timestamp.value_or(max_timestamp_);
  const auto count = static_cast<std::uint32_t>(count_);

  PatchBatch({to, size_}, 0, -1);
  StoreBig32(to + batch_layout::kLength, static_cast<std::uint32_t>(size_ - batch_layout::kLengthOverhead));
  to[batch_layout::kMagic] = static_cast<std::byte>(batch_layout::kMagicV2);
  StoreBig16(to + batch_layout::kAttributes, bits);
  StoreBig32(to + batch_layout::kLastOffsetDelta, count - 1);
  StoreBig64(to + batch_layout::kBaseTimestamp, static_cast<std::uint64_t>(base_timestamp_));
  StoreBig64(to + batch_layout::kMaxTimestamp, static_cast<std::uint64_t>(max_timestamp));
  StoreBig64(to + batch_layout::kProducerId, static_cast<std::uint64_t>(attributes.producer_id));
  StoreBig16(to + batch_layout::kProducerEpoch, static_cast<std::uint16_t>(attributes.producer_epoch));
  StoreBig32(to + batch_layout::kBaseSequence, static_cast<std::uint32_t>(attributes.base_sequence));
  StoreBig32(to + batch_layout::kRecordCount, count);
  const std::span<std::byte> batch(to, size_);
  StoreBig32(to + batch_layout::kCrc, Crc32c(batch.subspan(batch_layout::kCrcBegin)));
  return batch;
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_BATCH_H_
