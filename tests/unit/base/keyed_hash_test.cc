#include "base/keyed_hash.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include "support/catch.h"

namespace leat::base {
namespace {

constexpr HashKey kKey{.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};

// As the byte string that other implementations give.
std::string Text(const Hash128& hash) {
  std::string text;
  for (const std::uint64_t word : {hash.low, hash.high}) {
    for (int i = 0; i < 8; ++i) text += fmt::format("{:02x}", (word >> (8 * i)) & 0xff);
  }
  return text;
}

std::string HashOfCount(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return Text(KeyedHash(kKey, bytes));
}

// By `openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:16 SIPHASH`.
TEST_CASE("the keyed hash is SipHash-2-4 with 128 bits, as OpenSSL computes it") {
  CHECK(HashOfCount(0) == "a3817f04ba25a8e66df67214c7550293");
  CHECK(HashOfCount(1) == "da87c1d86b99af44347659119b22fc45");
  CHECK(HashOfCount(7) == "a1f1ebbed8dbc153c0b84aa61ff08239");
  CHECK(HashOfCount(8) == "3b62a9ba6258f5610f83e264f31497b4");
  CHECK(HashOfCount(15) == "5493e99933b0a8117e08ec0f97cfc3d9");
  CHECK(HashOfCount(16) == "6ee2a4ca67b054bbfd3315bf85230577");
  CHECK(HashOfCount(63) == "5150d1772f50834a503e069a973fbd7c");
}

TEST_CASE("another key gives another hash") {
  const std::byte byte{1};
  CHECK(!(KeyedHash({.low = 1}, {&byte, 1}) == KeyedHash({.low = 2}, {&byte, 1})));
  CHECK(!(KeyedHash({.high = 1}, {&byte, 1}) == KeyedHash({.high = 2}, {&byte, 1})));
}

}  // namespace
}  // namespace leat::base
