#include "base/keyed_hash.h"

#include <bit>
#include <cstring>

namespace leat::base {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Take(std::uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
  std::uint64_t Finish() {
    for (int i = 0; i < 4; ++i) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

std::uint64_t LoadLittle(const std::byte* from, std::size_t size) {
  std::uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, from, size);
  } else {
    for (std::size_t i = 0; i < size; ++i) word |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  }
  return word;
}

}  // namespace

Hash128 KeyedHash(const HashKey& key, std::span<const std::byte> bytes) {
  State state{.v0 = key.low ^ 0x736f6d6570736575,
              .v1 = key.high ^ 0x646f72616e646f6d ^ 0xee,
              .v2 = key.low ^ 0x6c7967656e657261,
              .v3 = key.high ^ 0x7465646279746573};
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::size_t at = 0;
  for (; at + kWord <= bytes.size(); at += kWord) state.Take(LoadLittle(bytes.data() + at, kWord));
  const std::uint64_t rest = at < bytes.size() ? LoadLittle(bytes.data() + at, bytes.size() - at) : 0;
  state.Take(rest | static_cast<std::uint64_t>(bytes.size()) << 56);
  state.v2 ^= 0xee;
  const std::uint64_t low = state.Finish();
  state.v1 ^= 0xdd;
  return {.low = low, .high = state.Finish()};
}

}  // namespace leat::base
