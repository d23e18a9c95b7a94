// Whole numbers as text, all of it.
#ifndef LEAT_CLI_NUMBER_H_
#define LEAT_CLI_NUMBER_H_

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace leat::cli {

template <std::integral T>
std::optional<T> ParseNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace leat::cli

#endif  // LEAT_CLI_NUMBER_H_
