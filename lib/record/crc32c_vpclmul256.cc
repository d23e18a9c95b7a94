#if defined(__x86_64__)

#include <immintrin.h>

#include "record/crc32c.h"
#include "record/crc32c_polynomial.h"

#define LEAT_VPCLMUL256 __attribute__((target("vpclmulqdq,pclmul,avx2,sse4.2")))

namespace leat::record {
namespace {

constexpr std::size_t kMinSize = 512;
constexpr std::size_t kStride = 256;  // eight registers: as many as hide the multiplication's latency

LEAT_VPCLMUL256 inline __m256i Load(const std::byte* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

LEAT_VPCLMUL256 inline __m256i Fold(__m256i value, __m256i by, __m256i onto) {
  const __m256i low = _mm256_clmulepi64_epi128(value, by, 0x00);
  const __m256i high = _mm256_clmulepi64_epi128(value, by, 0x11);
  return _mm256_xor_si256(_mm256_xor_si256(low, high), onto);
}

}  // namespace

LEAT_VPCLMUL256 std::uint32_t Crc32cVpclmul256(std::uint32_t state, const std::byte* data, std::size_t size) {
  if (size < kMinSize) return Crc32cPclmul(state, data, size);
  static constexpr long long kByStride[] = {Crc32cFoldLow(8 * kStride), Crc32cFoldHigh(8 * kStride)};
  static constexpr long long kByRegister[] = {Crc32cFoldLow(256), Crc32cFoldHigh(256)};
  static constexpr long long kByHalf[] = {Crc32cFoldLow(128), Crc32cFoldHigh(128)};
  const __m256i by_stride = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kByStride)));
  const __m256i by_register =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kByRegister)));
  const __m128i by_half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kByHalf));

  __m256i r[8];
  for (int i = 0; i < 8; ++i) r[i] = Load(data + 32 * i);
  r[0] = _mm256_xor_si256(r[0], _mm256_zextsi128_si256(_mm_cvtsi32_si128(static_cast<int>(state))));
  for (size -= kStride, data += kStride; size >= kStride; size -= kStride, data += kStride) {
    for (int i = 0; i < 8; ++i) r[i] = Fold(r[i], by_stride, Load(data + 32 * i));
  }
  for (int i = 1; i < 8; ++i) r[i] = Fold(r[i - 1], by_register, r[i]);

  const __m128i first = _mm256_castsi256_si128(r[7]);
  const __m128i low = _mm_clmulepi64_si128(first, by_half, 0x00);
  const __m128i high = _mm_clmulepi64_si128(first, by_half, 0x11);
  const __m128i last = _mm_xor_si128(_mm_xor_si128(low, high), _mm256_extracti128_si256(r[7], 1));
  std::uint64_t wide = _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(last)));
  wide = _mm_crc32_u64(wide, static_cast<std::uint64_t>(_mm_extract_epi64(last, 1)));
  return Crc32cPclmul(static_cast<std::uint32_t>(wide), data, size);
}

}  // namespace leat::record

#endif  // defined(__x86_64__)
