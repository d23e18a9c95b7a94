#include "cli/base64.h"

#include <absl/strings/escaping.h>

#include <cstddef>
#include <cstdint>

namespace leat::cli {
namespace {

// How many bytes a character takes that begins with `lead`; 0 when none does.
std::size_t LengthOf(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = LengthOf(at(i));
    if (length == 0 || bytes.size() - i < length) return false;
    for (std::size_t j = 1; j < length; ++j) {
      if ((at(i + j) & 0xc0) != 0x80) return false;
    }
    // Not in more bytes than it takes, no surrogates, nothing above U+10FFFF.
    if (at(i) == 0xe0 && at(i + 1) < 0xa0) return false;
    if (at(i) == 0xed && at(i + 1) > 0x9f) return false;
    if (at(i) == 0xf0 && at(i + 1) < 0x90) return false;
    if (at(i) == 0xf4 && at(i + 1) > 0x8f) return false;
    i += length;
  }
  return true;
}

std::string ToBase64(std::string_view bytes) { return absl::Base64Escape({bytes.data(), bytes.size()}); }

std::optional<std::string> FromBase64(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape({text.data(), text.size()}, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace leat::cli
