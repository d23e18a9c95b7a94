#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "record/crc32c.h"

namespace leat::record {
namespace {

template <typename T>
T Load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

}  // namespace

__attribute__((target("sse4.2"))) std::uint32_t Crc32cSse42(std::uint32_t state, const std::byte* data,
                                                            std::size_t size) {
  std::uint64_t wide = state;
  for (; size >= 8; size -= 8, data += 8) wide = _mm_crc32_u64(wide, Load<std::uint64_t>(data));
  state = static_cast<std::uint32_t>(wide);
  if ((size & 4) != 0) {
    state = _mm_crc32_u32(state, Load<std::uint32_t>(data));
    data += 4;
  }
  if ((size & 2) != 0) {
    state = _mm_crc32_u16(state, Load<std::uint16_t>(data));
    data += 2;
  }
  if ((size & 1) != 0) state = _mm_crc32_u8(state, Load<std::uint8_t>(data));
  return state;
}

}  // namespace leat::record

#endif  // defined(__x86_64__)
