// Bytes laid over the bytes of a file: where a format has an identity and checksums, a search that made the whole file would
// never come past them.
#ifndef LEAT_TESTS_FUZZ_OVERLAY_H_
#define LEAT_TESTS_FUZZ_OVERLAY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "fuzz/input.h"

namespace leat::testing {

// One patch: a place (4 bytes, taken modulo the size), a length (1 byte), so many bytes.
inline void LayOver(FuzzInput& input, std::span<std::byte> file) {
  if (file.empty()) return;
  const std::size_t place = input.Number<std::uint32_t>() % file.size();
  const std::span<const std::byte> bytes = input.Bytes(input.Number<std::uint8_t>());
  std::memcpy(file.data() + place, bytes.data(), std::min(bytes.size(), file.size() - place));
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_FUZZ_OVERLAY_H_
