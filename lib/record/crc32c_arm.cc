#if defined(__aarch64__)

#include <arm_acle.h>

#include <cstring>

#include "record/crc32c.h"

#if defined(__clang__)
#define LEAT_ARM_CRC __attribute__((target("crc")))
#else
#define LEAT_ARM_CRC __attribute__((target("+crc")))
#endif

namespace leat::record {
namespace {

template <typename T>
T Load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

}  // namespace

LEAT_ARM_CRC std::uint32_t Crc32cArm(std::uint32_t state, const std::byte* data, std::size_t size) {
  for (; size >= 8; size -= 8, data += 8) state = __crc32cd(state, Load<std::uint64_t>(data));
  if ((size & 4) != 0) {
    state = __crc32cw(state, Load<std::uint32_t>(data));
    data += 4;
  }
  if ((size & 2) != 0) {
    state = __crc32ch(state, Load<std::uint16_t>(data));
    data += 2;
  }
  if ((size & 1) != 0) state = __crc32cb(state, Load<std::uint8_t>(data));
  return state;
}

}  // namespace leat::record

#endif  // defined(__aarch64__)
