#include "cli/text_escapes.h"

#include <fmt/format.h>

#include <charconv>

namespace leat::cli {

std::optional<char> TakeEscape(std::string_view* text) {
  if (text->empty()) return std::nullopt;
  const char letter = text->front();
  text->remove_prefix(1);
  constexpr std::string_view kLetters = "ntr0\\", kBytes{"\n\t\r\0\\", 5};
  if (const std::size_t at = kLetters.find(letter); at != kLetters.npos) return kBytes[at];
  if (letter != 'x' || text->size() < 2) return std::nullopt;
  unsigned char byte = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + 2, byte, 16);
  if (error != std::errc() || end != text->data() + 2) return std::nullopt;
  text->remove_prefix(2);
  return static_cast<char>(byte);
}

absl::StatusOr<std::string> Unescape(std::string_view text) {
  std::string plain;
  for (std::string_view left = text; !left.empty();) {
    const char next = left.front();
    left.remove_prefix(1);
    if (next != '\\') {
      plain += next;
      continue;
    }
    const auto byte = TakeEscape(&left);
    if (!byte.has_value()) {
      return absl::InvalidArgumentError(
          fmt::format("'{}': behind a backslash stands n, t, r, 0, xHH or another backslash", text));
    }
    plain += *byte;
  }
  return plain;
}

}  // namespace leat::cli
