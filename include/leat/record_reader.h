// RecordReader: the records of a batch, decoded where they stand. Inline, because it runs per record.
#ifndef LEAT_RECORD_READER_H_
#define LEAT_RECORD_READER_H_

#include <leat/batch_view.h>
#include <leat/encoding.h>
#include <leat/record.h>
#include <leat/types.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace leat {
inline namespace v1 {

namespace record_decoding {

// What stands in front of a record's key.
struct RecordHead {
  const std::byte* key;  // where the key's bytes begin, or would; nullptr: malformed
  const std::byte* record_end;
  std::int64_t timestamp_delta;
  std::int32_t offset_delta;
  std::uint32_t key_size;  // zigzagged
};

// The head of any record.
[[gnu::noinline]] inline RecordHead DecodeAnyHead(const std::byte* from, const std::byte* end) {
  RecordHead head = {};
  std::int32_t length = 0;
  from = DecodeVarint32(from, end, &length);
  // At least the attributes, so that stepping over them stays inside.
  if (from == nullptr || length < 1 || length > end - from) return {};
  head.record_end = from + length;
  from = DecodeVarint64(from + 1, head.record_end, &head.timestamp_delta);
  if (from == nullptr) return {};
  from = DecodeVarint32(from, head.record_end, &head.offset_delta);
  if (from == nullptr) return {};
  head.key = DecodeZigZag32(from, head.record_end, &head.key_size);
  return head;
}

// The high bits of the eight bytes at the beginning of a record tell how long its first numbers are. Nearly every
// head has one or two bytes each of length and offset delta, and one each of attributes, timestamp delta and key
// size. Such a head is at most seven bytes, which are taken apart in a register.
template <unsigned kLengthSize, unsigned kOffsetSize>
struct ShortHead {
  static constexpr unsigned kTimestampAt = kLengthSize + 1;  // after the attributes
  static constexpr unsigned kOffsetAt = kTimestampAt + 1;
  static constexpr unsigned kKeySizeAt = kOffsetAt + kOffsetSize;
  static constexpr unsigned kSize = kKeySizeAt + 1;

  static constexpr std::uint64_t HighBit(unsigned byte) { return std::uint64_t{0x80} << (8 * byte); }
  // The attributes' high bit says nothing.
  static constexpr std::uint64_t kMask = (HighBit(kSize) - HighBit(0)) & 0x8080808080808080 & ~HighBit(kLengthSize);
  static constexpr std::uint64_t kPattern =
      (kLengthSize == 2 ? HighBit(0) : 0) | (kOffsetSize == 2 ? HighBit(kOffsetAt) : 0);

  static bool Matches(std::uint64_t word) { return (word & kMask) == kPattern; }

  template <unsigned kBytes>
  static std::uint32_t Number(std::uint64_t word, unsigned at) {
    const std::uint64_t low = (word >> (8 * at)) & 0x7f;
    return static_cast<std::uint32_t>(kBytes == 1 ? low : low | ((word >> (8 * at + 1)) & 0x3f80));
  }

  [[gnu::always_inline]] static inline RecordHead Decode(std::uint64_t word, const std::byte* from,
                                                         const std::byte* end) {
    const std::uint32_t length = Number<kLengthSize>(word, 0);
    const std::size_t size = kLengthSize + (length >> 1);
    const bool fits = (length & 1) == 0 && size >= kSize && size <= static_cast<std::size_t>(end - from);
    if (!fits) [[unlikely]]
      return {};
    return {from + kSize, from + size, UnZigZag32(Number<1>(word, kTimestampAt)),
            UnZigZag32(Number<kOffsetSize>(word, kOffsetAt)), Number<1>(word, kKeySizeAt)};
  }
};

[[gnu::always_inline]] inline RecordHead DecodeHead(const std::byte* from, const std::byte* end) {
  if (std::endian::native != std::endian::little || end - from < 8) [[unlikely]]
    return DecodeAnyHead(from, end);
  std::uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  if ((word & 0x80) != 0) {
    if (ShortHead<2, 2>::Matches(word)) return ShortHead<2, 2>::Decode(word, from, end);
    if (ShortHead<2, 1>::Matches(word)) return ShortHead<2, 1>::Decode(word, from, end);
  } else {
    if (ShortHead<1, 2>::Matches(word)) return ShortHead<1, 2>::Decode(word, from, end);
    if (ShortHead<1, 1>::Matches(word)) return ShortHead<1, 1>::Decode(word, from, end);
  }
  return DecodeAnyHead(from, end);
}

// The bytes of a key or a value, at `from`, whose size was read; returns the byte after them, or nullptr.
[[gnu::always_inline]] inline const std::byte* DecodeField(std::uint32_t zigzagged_size, const std::byte* from,
                                                           const std::byte* end, BytesView* field) {
  if ((zigzagged_size & 1) != 0) {
    *field = BytesView();
    return zigzagged_size == 1 ? from : nullptr;
  }
  const std::size_t size = zigzagged_size >> 1;
  if (size > static_cast<std::size_t>(end - from)) [[unlikely]]
    return nullptr;
  *field = BytesView(from, size);
  return from + size;
}

}  // namespace record_decoding

// Reads the record that starts at `from` and returns the byte after it; nullptr when it is malformed or does not end
// by `end`. The headers are not looked at (RecordHeaders::FillExactly() does). Never reads `end` or beyond.
[[gnu::always_inline]] inline const std::byte* DecodeRecord(const std::byte* from, const std::byte* end,
                                                            RecordView* record) {
  const std::byte* const begin = from;
  const record_decoding::RecordHead head = record_decoding::DecodeHead(from, end);
  if (head.key == nullptr) [[unlikely]]
    return nullptr;
  end = head.record_end;
  from = record_decoding::DecodeField(head.key_size, head.key, end, &record->key);
  std::uint32_t value_size = 0;
  if (from != nullptr) [[likely]]
    from = DecodeZigZag32(from, end, &value_size);
  if (from != nullptr) [[likely]]
    from = record_decoding::DecodeField(value_size, from, end, &record->value);
  if (from == nullptr) [[unlikely]]
    return nullptr;
  record->headers = RecordHeaders({from, end});
  record->timestamp_delta = head.timestamp_delta;
  record->offset_delta = head.offset_delta;
  record->size = static_cast<std::int32_t>(end - begin);
  return end;
}

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

}  // namespace v1
}  // namespace leat

#endif  // LEAT_RECORD_READER_H_
