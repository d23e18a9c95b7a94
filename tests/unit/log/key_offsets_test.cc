#include "log/key_offsets.h"

#include <string>

#include <leat/types.h>
#include "support/catch.h"

namespace leat::log {
namespace {

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST_CASE("of each key the newest offset is known, and of others none") {
  KeyOffsets keys(1 << 20, 1000, {.low = 1, .high = 2});
  for (Offset offset = 0; offset < 1000; ++offset)
    REQUIRE(keys.Put(Bytes("k" + std::to_string(offset % 300)), offset));
  CHECK(keys.size() == 300);
  for (int i = 0; i < 300; ++i) {
    CHECK(keys.Find(Bytes("k" + std::to_string(i))) == (i < 100 ? 900 + i : 600 + i));
  }
  CHECK(keys.Find(Bytes("k300")) == std::nullopt);
  CHECK(keys.Find(Bytes("")) == std::nullopt);
}

TEST_CASE("an offset that comes later and is older changes nothing") {
  KeyOffsets keys(1 << 20, 10, {});
  REQUIRE(keys.Put(Bytes("a"), 7));
  REQUIRE(keys.Put(Bytes("a"), 3));
  CHECK(keys.Find(Bytes("a")) == 7);
}

TEST_CASE("an empty key is a key, and offset 0 an offset") {
  KeyOffsets keys(1 << 20, 10, {});
  REQUIRE(keys.Put({}, 0));
  CHECK(keys.Find({}) == 0);
}

TEST_CASE("a table takes no more memory than it may, says when it is full, and still takes the keys it has") {
  for (const std::size_t memory : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
    KeyOffsets keys(memory, 1'000'000, {.low = 3});
    CHECK(keys.size_bytes() <= std::max<std::size_t>(memory, 2 * KeyOffsets::kEntrySize));
    CHECK(keys.capacity() >= 1);
    Offset offset = 0;
    while (keys.Put(Bytes("k" + std::to_string(offset)), offset)) ++offset;
    CHECK(static_cast<std::size_t>(offset) == keys.capacity());
    CHECK(keys.Put(Bytes("k0"), 5000));
    CHECK(keys.Find(Bytes("k0")) == 5000);
    CHECK(keys.Find(Bytes("k" + std::to_string(offset))) == std::nullopt);
  }
}

TEST_CASE("a table for a few keys takes little memory") {
  CHECK(KeyOffsets(std::size_t{1} << 40, 10, {}).size_bytes() < 1000);
}

}  // namespace
}  // namespace leat::log
