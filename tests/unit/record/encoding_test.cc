#include <leat/encoding.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.h"

namespace leat {
namespace {

std::vector<std::byte> Encode(std::int64_t value) {
  std::vector<std::byte> bytes(kMaxVarint64Size);
  bytes.resize(static_cast<std::size_t>(EncodeVarint(bytes.data(), ZigZag64(value)) - bytes.data()));
  return bytes;
}

std::vector<std::byte> Bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

// All numbers at which the encoded size changes, with their neighbours, of both signs.
std::vector<std::int64_t> Borders() {
  std::vector<std::int64_t> values = {0, std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min()};
  for (unsigned bit = 0; bit < 63; ++bit) {
    const std::int64_t power = std::int64_t{1} << bit;
    for (const std::int64_t value : {power - 1, power, power + 1}) {
      values.push_back(value);
      values.push_back(-value);
    }
  }
  return values;
}

}  // namespace

TEST_CASE("fixed numbers stand with the most significant byte first") {
  std::array<std::byte, 8> bytes = {};
  StoreBig64(bytes.data(), 0x0102030405060708);
  CHECK(bytes[0] == std::byte{1});
  CHECK(bytes[7] == std::byte{8});
  CHECK(LoadBig64(bytes.data()) == 0x0102030405060708);
  CHECK(LoadBig32(bytes.data() + 1) == 0x02030405);
  CHECK(LoadBig16(bytes.data() + 3) == 0x0405);
  StoreBig32(bytes.data() + 1, 0xa1a2a3a4);
  CHECK(LoadBig64(bytes.data()) == 0x01a1a2a3a4060708);
  StoreBig16(bytes.data() + 6, 0xb1b2);
  CHECK(LoadBig64(bytes.data()) == 0x01a1a2a3a406b1b2);
}

TEST_CASE("varints are those that Kafka's documents show") {
  CHECK(Encode(0) == Bytes({0x00}));
  CHECK(Encode(-1) == Bytes({0x01}));
  CHECK(Encode(1) == Bytes({0x02}));
  CHECK(Encode(63) == Bytes({0x7e}));
  CHECK(Encode(-64) == Bytes({0x7f}));
  CHECK(Encode(64) == Bytes({0x80, 0x01}));
  CHECK(Encode(300) == Bytes({0xd8, 0x04}));
  CHECK(Encode(std::numeric_limits<std::int32_t>::max()) == Bytes({0xfe, 0xff, 0xff, 0xff, 0x0f}));
  CHECK(Encode(std::numeric_limits<std::int64_t>::min()) ==
        Bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
}

TEST_CASE("varints come back as they went, and take the size that was said") {
  for (const std::int64_t value : Borders()) {
    const std::vector<std::byte> bytes = Encode(value);
    const std::byte* const end = bytes.data() + bytes.size();
    REQUIRE(bytes.size() == VarintSize(ZigZag64(value)));
    std::int64_t decoded = 0;
    REQUIRE(DecodeVarint64(bytes.data(), end, &decoded) == end);
    REQUIRE(decoded == value);
    std::int32_t narrow = 0;
    if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max()) {
      REQUIRE(DecodeVarint32(bytes.data(), end, &narrow) == end);
      REQUIRE(narrow == value);
      REQUIRE(ZigZag32(narrow) == ZigZag64(value));
    } else {
      REQUIRE(DecodeVarint32(bytes.data(), end, &narrow) == nullptr);
    }
  }
}

TEST_CASE("a varint that is cut off at any byte is refused") {
  for (const std::int64_t value : Borders()) {
    const std::vector<std::byte> bytes = Encode(value);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      std::int64_t wide = 0;
      std::int32_t narrow = 0;
      REQUIRE(DecodeVarint64(part.data(), part.data() + size, &wide) == nullptr);
      REQUIRE(DecodeVarint32(part.data(), part.data() + size, &narrow) == nullptr);
    }
  }
}

TEST_CASE("a varint that never ends is refused") {
  const std::vector<std::byte> bytes(20, std::byte{0x80});
  std::int64_t wide = 0;
  std::int32_t narrow = 0;
  CHECK(DecodeVarint64(bytes.data(), bytes.data() + bytes.size(), &wide) == nullptr);
  CHECK(DecodeVarint32(bytes.data(), bytes.data() + bytes.size(), &narrow) == nullptr);
}

TEST_CASE("a varint that is longer than it needs to be is read") {
  const std::vector<std::byte> bytes = Bytes({0x82, 0x80, 0x00});
  std::int32_t value = 0;
  CHECK(DecodeVarint32(bytes.data(), bytes.data() + bytes.size(), &value) == bytes.data() + 3);
  CHECK(value == 1);
}

}  // namespace leat
