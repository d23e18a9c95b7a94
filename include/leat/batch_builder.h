// BatchBuilder: encodes records into a RecordBatch. Inline, because it runs per record.
#ifndef LEAT_BATCH_BUILDER_H_
#define LEAT_BATCH_BUILDER_H_

#include <leat/batch_layout.h>
#include <leat/batch_view.h>
#include <leat/encoding.h>
#include <leat/record.h>
#include <leat/types.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace leat {
inline namespace v1 {

// What a batch says about all of its records, besides the records themselves.
struct BatchAttributes {
  // Set: all records get this time (milliseconds since 1970) and are of kLogAppendTime; their own ones stay as they
  // are, but unused. Not set: kCreateTime.
  std::optional<std::int64_t> append_timestamp = {};
  // The fields of the format for idempotent producers and transactions, written as they are given; -1: none.
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
// Lifetime: owns its bytes; what Claim() and Seal() return is good until the next call that changes the builder, and
// is no source for that call. Moving the builder leaves the bytes where they are.
class BatchBuilder {
 public:
  // Memory for `capacity` bytes of batch is taken at the first record; it doubles when that is too little.
  explicit BatchBuilder(std::size_t capacity = kDefaultCapacity) : initial_capacity_(capacity) {}

  // Leaves `from` as if new.
  BatchBuilder(BatchBuilder&& from) noexcept : BatchBuilder(from.initial_capacity_) { Swap(from); }
  BatchBuilder& operator=(BatchBuilder&& from) noexcept {
    BatchBuilder taken(std::move(from));
    Swap(taken);
    return *this;
  }

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

  // How many records there are, and whether there is none.
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
  // Zigzagged numbers below it take at most two bytes; so does the length of a record with less than this of key and
  // value.
  static constexpr std::uint64_t kTwoByteVarints = 1 << 14;
  static constexpr std::size_t kShortRecord = 8000;
  static constexpr std::size_t kMaxSize = std::numeric_limits<std::int32_t>::max();

  void Swap(BatchBuilder& other) noexcept;
  // Writes all of a record but its value; returns the value's place, or nullptr when refused.
  std::byte* Begin(BytesView key, std::size_t value_size, bool value_is_null, HeadersView headers,
                   std::int64_t timestamp);
  bool Reserve(BytesView key, std::size_t value_size, HeadersView headers);
  static std::size_t EncodedSize(HeadersView headers);
  static std::byte* EncodeLongHead(std::byte* to, std::uint64_t timestamp_delta, std::uint64_t offset_delta,
                                   BytesView key, std::size_t value_size, std::uint64_t encoded_value_size,
                                   HeadersView headers);
  static std::byte* EncodeHeaders(std::byte* to, HeadersView headers);
  static std::uint64_t TwoByteVarint(std::uint64_t zigzagged);
  static void StoreLittle64(std::byte* to, std::uint64_t value);
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

// Implementation only from here on.

inline void BatchBuilder::Swap(BatchBuilder& other) noexcept {
  std::swap(buffer_, other.buffer_);
  std::swap(capacity_, other.capacity_);
  std::swap(size_, other.size_);
  std::swap(undo_size_, other.undo_size_);
  std::swap(base_timestamp_, other.base_timestamp_);
  std::swap(max_timestamp_, other.max_timestamp_);
  std::swap(undo_max_timestamp_, other.undo_max_timestamp_);
  std::swap(count_, other.count_);
  std::swap(initial_capacity_, other.initial_capacity_);
}

// Copies without a call what is short, as most keys and many values are: a first and a last piece, which may overlap.
[[gnu::always_inline]] inline void BatchBuilder::CopyShort(std::byte* to, const std::byte* from, std::size_t size) {
  const auto copy_ends = [to, from, size]<std::size_t kPiece>(std::integral_constant<std::size_t, kPiece>) {
    std::memcpy(to, from, kPiece);
    std::memcpy(to + size - kPiece, from + size - kPiece, kPiece);
  };
  if (size > 32) {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    copy_ends(std::integral_constant<std::size_t, 16>{});
  } else if (size >= 8) {
    copy_ends(std::integral_constant<std::size_t, 8>{});
  } else if (size >= 4) {
    copy_ends(std::integral_constant<std::size_t, 4>{});
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
}

inline std::size_t BatchBuilder::EncodedSize(HeadersView headers) {
  std::size_t size = VarintSize(headers.size() * 2);
  for (const Header& header : headers) {
    size += VarintSize(ZigZag64(static_cast<std::int64_t>(header.key.size()))) + header.key.size();
    size += header.value.is_null() ? 1 : VarintSize(ZigZag64(static_cast<std::int64_t>(header.value.size())));
    size += header.value.size();
  }
  return size;
}

inline std::byte* BatchBuilder::EncodeHeaders(std::byte* to, HeadersView headers) {
  to = EncodeVarint(to, headers.size() * 2);
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

// The one or two bytes of a varint below kTwoByteVarints, the first in the lowest.
inline std::uint64_t BatchBuilder::TwoByteVarint(std::uint64_t zigzagged) {
  const std::uint64_t is_long = zigzagged >= 0x80;
  return (zigzagged & 0x7f) | is_long << 7 | (zigzagged & 0x3f80) << 1;
}

inline void BatchBuilder::StoreLittle64(std::byte* to, std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  std::memcpy(to, &value, sizeof(value));
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

[[gnu::always_inline]] inline std::byte* BatchBuilder::Begin(BytesView key, std::size_t value_size,
                                                             bool value_is_null, HeadersView headers,
                                                             std::int64_t timestamp) {
  // Sizes below 2^31 cannot overflow when added up.
  const bool fits = headers.empty() && (key.size() | value_size) < kMaxSize &&
                    size_ + kMaxRecordOverhead + key.size() + value_size <= capacity_;
  if (!fits) [[unlikely]] {
    if (!Reserve(key, value_size, headers)) return nullptr;
  }
  const bool first = count_ == 0;
  const std::int64_t base_timestamp = first ? timestamp : base_timestamp_;
  const std::int64_t max_timestamp = first ? timestamp : max_timestamp_;
  // Unsigned: any two timestamps have a difference modulo 2^64, and the reader adds it modulo 2^64.
  const std::uint64_t timestamp_delta = ZigZag64(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp) - static_cast<std::uint64_t>(base_timestamp)));
  std::byte* const begin = buffer_.get() + size_;
  undo_size_ = size_;
  undo_max_timestamp_ = max_timestamp_;
  base_timestamp_ = base_timestamp;
  max_timestamp_ = std::max(max_timestamp, timestamp);
  const auto offset_delta = static_cast<std::uint64_t>(count_++) * 2;

  const std::uint64_t key_size = key.is_null() ? 1 : key.size() * 2;
  const std::uint64_t encoded_value_size = value_is_null ? 1 : static_cast<std::uint64_t>(value_size) * 2;
  const bool short_head = timestamp_delta < 0x80 && key_size < 0x80 && offset_delta < kTwoByteVarints &&
                          key.size() + value_size < kShortRecord && headers.empty();
  std::byte* to;
  if (short_head) [[likely]] {
    // All in front of the key is seven bytes at most: put together in a register and stored at once.
    const std::uint64_t value_size_is_long = encoded_value_size >= 0x80;
    const std::uint64_t offset_is_long = offset_delta >= 0x80;
    const std::uint64_t length = (6 + offset_is_long + value_size_is_long + key.size() + value_size) * 2;
    const std::uint64_t length_is_long = length >= 0x80;
    const std::uint64_t rest =
        timestamp_delta << 8 | TwoByteVarint(offset_delta) << 16 | key_size << (24 + 8 * offset_is_long);
    StoreLittle64(begin, TwoByteVarint(length) | rest << (8 + 8 * length_is_long));
    to = begin + 5 + length_is_long + offset_is_long;
    CopyShort(to, key.data(), key.size());
    to += key.size();
    StoreLittle64(to, TwoByteVarint(encoded_value_size));
    to += 1 + value_size_is_long;
    to[value_size] = std::byte{0};
    size_ = static_cast<std::size_t>(to - buffer_.get()) + value_size + 1;
    return to;
  }
  to = EncodeLongHead(begin, timestamp_delta, offset_delta, key, value_size, encoded_value_size, headers);
  size_ = static_cast<std::size_t>(EncodeHeaders(to + value_size, headers) - buffer_.get());
  return to;
}

// The general road: writes up to and with the value's size, whatever the sizes are.
[[gnu::noinline]] inline std::byte* BatchBuilder::EncodeLongHead(std::byte* to, std::uint64_t timestamp_delta,
                                                                 std::uint64_t offset_delta, BytesView key,
                                                                 std::size_t value_size,
                                                                 std::uint64_t encoded_value_size,
                                                                 HeadersView headers) {
  const std::uint64_t key_size = key.is_null() ? 1 : key.size() * 2;
  const std::size_t length = 1 + VarintSize(timestamp_delta) + VarintSize(offset_delta) + VarintSize(key_size) +
                             key.size() + VarintSize(encoded_value_size) + value_size + EncodedSize(headers);
  to = EncodeVarint(to, length * 2);
  *to++ = std::byte{0};
  to = EncodeVarint(to, timestamp_delta);
  to = EncodeVarint(to, offset_delta);
  to = EncodeVarint(to, key_size);
  CopyShort(to, key.data(), key.size());
  return EncodeVarint(to + key.size(), encoded_value_size);
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

#endif  // LEAT_BATCH_BUILDER_H_
