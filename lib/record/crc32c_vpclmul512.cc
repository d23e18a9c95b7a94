#if defined(__x86_64__)

#include <immintrin.h>

#include "record/crc32c.h"
#include "record/crc32c_polynomial.h"

#define LEAT_VPCLMUL512 __attribute__((target("vpclmulqdq,pclmul,avx512f,avx2,sse4.2")))

namespace leat::record {
namespace {

constexpr std::size_t kMinSize = 512;
constexpr std::size_t kStride = 256;

// The two factors of a fold over so many bits, in the order of a register's halves.
struct Factors {
  long long low;
  long long high;
};
constexpr Factors FoldOver(unsigned bits) { return {Crc32cFoldLow(bits), Crc32cFoldHigh(bits)}; }

constexpr Factors kByStride = FoldOver(8 * kStride);
constexpr Factors kByRegister = FoldOver(512);
// The last register's four quarters, each to where the last one stands; that one stays.
alignas(64) constexpr Factors kToLastQuarter[] = {FoldOver(384), FoldOver(256), FoldOver(128), {0, 0}};

LEAT_VPCLMUL512 inline __m512i Load(const void* from) { return _mm512_loadu_si512(from); }

LEAT_VPCLMUL512 inline __m512i ForEachQuarter(Factors factors) {
  return _mm512_set_epi64(factors.high, factors.low, factors.high, factors.low, factors.high, factors.low,
                          factors.high, factors.low);
}

LEAT_VPCLMUL512 inline __m512i Fold(__m512i value, __m512i by, __m512i onto) {
  constexpr int kXorOfThree = 0x96;
  const __m512i low = _mm512_clmulepi64_epi128(value, by, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(value, by, 0x11);
  return _mm512_ternarylogic_epi64(low, high, onto, kXorOfThree);
}

}  // namespace

LEAT_VPCLMUL512 std::uint32_t Crc32cVpclmul512(std::uint32_t state, const std::byte* data, std::size_t size) {
  if (size < kMinSize) return Crc32cPclmul(state, data, size);
  const __m512i by_stride = ForEachQuarter(kByStride);
  const __m512i by_register = ForEachQuarter(kByRegister);

  const __m512i start = _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(state)));
  __m512i a = _mm512_xor_si512(Load(data), start);
  __m512i b = Load(data + 64);
  __m512i c = Load(data + 128);
  __m512i d = Load(data + 192);
  for (size -= kStride, data += kStride; size >= kStride; size -= kStride, data += kStride) {
    a = Fold(a, by_stride, Load(data));
    b = Fold(b, by_stride, Load(data + 64));
    c = Fold(c, by_stride, Load(data + 128));
    d = Fold(d, by_stride, Load(data + 192));
  }
  d = Fold(Fold(Fold(a, by_register, b), by_register, c), by_register, d);

  alignas(64) std::uint64_t folded[8];
  alignas(64) std::uint64_t last[8];
  _mm512_store_si512(folded, Fold(d, Load(kToLastQuarter), _mm512_setzero_si512()));
  _mm512_store_si512(last, d);
  const std::uint64_t low = folded[0] ^ folded[2] ^ folded[4] ^ last[6];
  const std::uint64_t high = folded[1] ^ folded[3] ^ folded[5] ^ last[7];
  const std::uint64_t wide = _mm_crc32_u64(_mm_crc32_u64(0, low), high);
  return Crc32cPclmul(static_cast<std::uint32_t>(wide), data, size);
}

}  // namespace leat::record

#endif  // defined(__x86_64__)
