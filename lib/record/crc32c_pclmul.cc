#if defined(__x86_64__)

#include <immintrin.h>

#include "record/crc32c.h"
#include "record/crc32c_polynomial.h"

#define LEAT_PCLMUL __attribute__((target("pclmul,sse4.2")))

namespace leat::record {
namespace {

// Where folding begins to pay; less than 64 bytes cannot fill the registers.
constexpr std::size_t kMinSize = 128;
constexpr std::size_t kStride = 64;

// Named, because a compiler need not compute a constexpr call before run time otherwise, and clang does not.
constexpr long long kStrideLow = Crc32cFoldLow(8 * kStride);
constexpr long long kStrideHigh = Crc32cFoldHigh(8 * kStride);
constexpr long long kRegisterLow = Crc32cFoldLow(128);
constexpr long long kRegisterHigh = Crc32cFoldHigh(128);

LEAT_PCLMUL inline __m128i Load(const std::byte* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

// Moves `value` to where `onto` stands and adds them.
LEAT_PCLMUL inline __m128i Fold(__m128i value, __m128i by, __m128i onto) {
  const __m128i low = _mm_clmulepi64_si128(value, by, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

}  // namespace

LEAT_PCLMUL std::uint32_t Crc32cPclmul(std::uint32_t state, const std::byte* data, std::size_t size) {
  if (size < kMinSize) return Crc32cSse42(state, data, size);
  const __m128i by_stride = _mm_set_epi64x(kStrideHigh, kStrideLow);
  const __m128i by_register = _mm_set_epi64x(kRegisterHigh, kRegisterLow);

  __m128i a = _mm_xor_si128(Load(data), _mm_cvtsi32_si128(static_cast<int>(state)));
  __m128i b = Load(data + 16);
  __m128i c = Load(data + 32);
  __m128i d = Load(data + 48);
  for (size -= kStride, data += kStride; size >= kStride; size -= kStride, data += kStride) {
    a = Fold(a, by_stride, Load(data));
    b = Fold(b, by_stride, Load(data + 16));
    c = Fold(c, by_stride, Load(data + 32));
    d = Fold(d, by_stride, Load(data + 48));
  }
  d = Fold(Fold(Fold(a, by_register, b), by_register, c), by_register, d);
  for (; size >= 16; size -= 16, data += 16) d = Fold(d, by_register, Load(data));

  // What is left stands for all that came before: its own checksum is theirs.
  std::uint64_t wide = _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(d)));
  wide = _mm_crc32_u64(wide, static_cast<std::uint64_t>(_mm_extract_epi64(d, 1)));
  return size == 0 ? static_cast<std::uint32_t>(wide) : Crc32cSse42(static_cast<std::uint32_t>(wide), data, size);
}

}  // namespace leat::record

#endif  // defined(__x86_64__)
