#include <array>
#include <bit>
#include <cstring>

#include "record/crc32c.h"
#include "record/crc32c_polynomial.h"

namespace leat::record {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// Table n has, for each byte, what it leaves in the register after n more bytes of zero.
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = Crc32cTimesX(state);
    tables[0][byte] = state;
  }
  for (std::size_t n = 1; n < 8; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

std::uint64_t LoadLittle64(const std::byte* from) {
  std::uint64_t value;
  std::memcpy(&value, from, sizeof(value));
  return std::endian::native == std::endian::little ? value : __builtin_bswap64(value);
}

}  // namespace

std::uint32_t Crc32cTable(std::uint32_t state, const std::byte* data, std::size_t size) {
  for (; size >= 8; size -= 8, data += 8) {
    const std::uint64_t word = LoadLittle64(data) ^ state;
    state = 0;
    for (unsigned byte = 0; byte < 8; ++byte) state ^= kTables[7 - byte][(word >> (8 * byte)) & 0xff];
  }
  for (; size > 0; --size, ++data) {
    state = (state >> 8) ^ kTables[0][(state ^ static_cast<std::uint32_t>(*data)) & 0xff];
  }
  return state;
}

}  // namespace leat::record
