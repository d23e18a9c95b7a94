// How Kafka writes numbers: fixed ones big-endian, small ones as zigzag variable-length integers. Inline, because
// every record of a batch takes several of them.
#ifndef LEAT_ENCODING_H_
#define LEAT_ENCODING_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace leat {
inline namespace v1 {

// Fixed-width integers at any alignment, most significant byte first.
inline std::uint16_t LoadBig16(const std::byte* from) {
  std::uint16_t value;
  std::memcpy(&value, from, sizeof(value));
  return std::endian::native == std::endian::little ? __builtin_bswap16(value) : value;
}
inline std::uint32_t LoadBig32(const std::byte* from) {
  std::uint32_t value;
  std::memcpy(&value, from, sizeof(value));
  return std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
}
inline std::uint64_t LoadBig64(const std::byte* from) {
  std::uint64_t value;
  std::memcpy(&value, from, sizeof(value));
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}
inline void StoreBig16(std::byte* to, std::uint16_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap16(value);
  std::memcpy(to, &value, sizeof(value));
}
inline void StoreBig32(std::byte* to, std::uint32_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap32(value);
  std::memcpy(to, &value, sizeof(value));
}
inline void StoreBig64(std::byte* to, std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  std::memcpy(to, &value, sizeof(value));
}

// Zigzag puts the sign into the lowest bit, so that small negative numbers are short, too: 0, -1, 1, -2 become 0, 1,
// 2, 3.
constexpr std::uint32_t ZigZag32(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}
constexpr std::uint64_t ZigZag64(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int32_t UnZigZag32(std::uint32_t value) {
  return static_cast<std::int32_t>((value >> 1) ^ (~(value & 1) + 1));
}
constexpr std::int64_t UnZigZag64(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// Bytes that a variable-length integer takes at most, of 32 and of 64 bits.
inline constexpr std::size_t kMaxVarint32Size = 5;
inline constexpr std::size_t kMaxVarint64Size = 10;

// The number of bytes, 1 to 10, that a zigzagged number takes at seven bits a byte.
constexpr std::size_t VarintSize(std::uint64_t zigzagged) {
  return static_cast<std::size_t>(std::bit_width(zigzagged | 1) + 6) / 7;
}

// Writes a zigzagged number, lowest seven bits first, and returns the byte after it. `to` must have VarintSize()
// bytes.
inline std::byte* EncodeVarint(std::byte* to, std::uint64_t zigzagged) {
  while (zigzagged >= 0x80) {
    *to++ = static_cast<std::byte>(zigzagged | 0x80);
    zigzagged >>= 7;
  }
  *to++ = static_cast<std::byte>(zigzagged);
  return to;
}

// Any number of bytes up to that of `max_bits` bits; the road for what DecodeVarint32 and DecodeVarint64 do not do at
// once.
[[gnu::noinline]] inline const std::byte* DecodeLongVarint(const std::byte* from, const std::byte* end,
                                                           unsigned max_bits, std::uint64_t* zigzagged) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < max_bits && from < end; shift += 7) {
    const auto byte = static_cast<std::uint64_t>(*from++);
    const std::uint64_t bits = byte & 0x7f;
    if (shift + 7 > max_bits && (bits >> (max_bits - shift)) != 0) return nullptr;
    value |= bits << shift;
    if (byte < 0x80) {
      *zigzagged = value;
      return from;
    }
  }
  return nullptr;
}

// Reads the number that starts at `from` and returns the byte after it; nullptr when it does not end before `end` or
// does not fit the type. Never looks at `end` or beyond. The first leaves it zigzagged.
inline const std::byte* DecodeZigZag32(const std::byte* from, const std::byte* end, std::uint32_t* zigzagged) {
  if (from < end && static_cast<std::uint8_t>(*from) < 0x80) [[likely]] {
    *zigzagged = static_cast<std::uint32_t>(*from);
    return from + 1;
  }
  if (end - from >= 2 && static_cast<std::uint8_t>(from[1]) < 0x80) [[likely]] {
    *zigzagged = (static_cast<std::uint32_t>(from[0]) & 0x7f) | static_cast<std::uint32_t>(from[1]) << 7;
    return from + 2;
  }
  std::uint64_t any = 0;
  from = DecodeLongVarint(from, end, 32, &any);
  *zigzagged = static_cast<std::uint32_t>(any);
  return from;
}
inline const std::byte* DecodeVarint32(const std::byte* from, const std::byte* end, std::int32_t* value) {
  std::uint32_t zigzagged = 0;
  from = DecodeZigZag32(from, end, &zigzagged);
  *value = UnZigZag32(zigzagged);
  return from;
}
inline const std::byte* DecodeVarint64(const std::byte* from, const std::byte* end, std::int64_t* value) {
  if (from < end && static_cast<std::uint8_t>(*from) < 0x80) [[likely]] {
    *value = UnZigZag64(static_cast<std::uint64_t>(*from));
    return from + 1;
  }
  std::uint64_t zigzagged = 0;
  from = DecodeLongVarint(from, end, 64, &zigzagged);
  *value = UnZigZag64(zigzagged);
  return from;
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_ENCODING_H_
