#include "record/crc32c.h"

#include <leat/batch.h>

#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace leat::record {
namespace {

std::vector<std::byte> RandomBytes(std::size_t size) {
  std::mt19937 random(20);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

std::span<const std::byte> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// One bit at a time, straight from the definition.
std::uint32_t BitByBit(std::uint32_t state, std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return state;
}

}  // namespace

TEST_CASE("the checksum of the known vectors is theirs") {
  CHECK(Crc32c(Bytes("123456789")) == 0xe3069283U);
  CHECK(Crc32c({}) == 0U);
  CHECK(Crc32c(std::vector<std::byte>(32, std::byte{0})) == 0x8a9136aaU);
  CHECK(Crc32c(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43U);
}

TEST_CASE("the table agrees with the definition") {
  const std::vector<std::byte> bytes = RandomBytes(100);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::span<const std::byte> part(bytes.data(), size);
    REQUIRE(Crc32cTable(~0U, part.data(), part.size()) == BitByBit(~0U, part));
  }
}

TEST_CASE("every implementation agrees with the table at every length, alignment and beginning") {
  constexpr std::size_t kLongest = 4096;
  const std::vector<std::byte> bytes = RandomBytes(kLongest + 64);
  for (const Crc32cImplementation& implementation : Crc32cImplementations()) {
    if (!implementation.supported) {
      WARN("this processor cannot run " << implementation.name);
      continue;
    }
    INFO(implementation.name);
    for (std::size_t size = 0; size <= kLongest; ++size) {
      for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{7}, size % 64}) {
        for (const std::uint32_t state : {~0U, 0x12345678U}) {
          const std::byte* data = bytes.data() + at;
          if (implementation.function(state, data, size) != Crc32cTable(state, data, size)) {
            FAIL("size " << size << " at " << at);
          }
        }
      }
    }
  }
  SUCCEED();
}

TEST_CASE("every implementation agrees with the table on megabytes") {
  const std::vector<std::byte> bytes = RandomBytes((4U << 20) + 13);
  const std::uint32_t expected = Crc32cTable(~0U, bytes.data(), bytes.size());
  for (const Crc32cImplementation& implementation : Crc32cImplementations()) {
    if (implementation.supported) CHECK(implementation.function(~0U, bytes.data(), bytes.size()) == expected);
  }
}

TEST_CASE("a checksum continues where another ended") {
  const std::vector<std::byte> bytes = RandomBytes(1000);
  const std::span<const std::byte> whole(bytes);
  for (std::size_t cut = 0; cut <= whole.size(); cut += 37) {
    CHECK(Crc32c(whole.subspan(cut), Crc32c(whole.first(cut))) == Crc32c(whole));
  }
}

TEST_CASE("the last implementation is the table, which runs everywhere") {
  CHECK(Crc32cImplementations().back().name == "table");
  CHECK(Crc32cImplementations().back().supported);
}

}  // namespace leat::record
