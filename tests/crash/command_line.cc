#include "crash/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace leat::testing {
namespace {

bool Take(std::string_view text, const NumberOption& option) {
  return std::visit(
      [text](auto* number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
        return error == std::errc() && end == text.data() + text.size();
      },
      option.value);
}

}  // namespace

std::optional<int> TakeOptions(int argc, char** argv, std::span<const NumberOption> options, std::string_view usage) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view word = argv[i];
    if (word == "-h" || word == "--help") {
      fmt::print("{}", usage);
      return 0;
    }
    const auto option =
        std::find_if(options.begin(), options.end(), [word](const NumberOption& one) { return one.name == word; });
    if (option == options.end() || !Take(i + 1 < argc ? argv[i + 1] : "", *option)) {
      fmt::print(stderr, "{}", usage);
      return 2;
    }
  }
  return std::nullopt;
}

}  // namespace leat::testing
