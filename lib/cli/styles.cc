#include "cli/styles.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace leat::cli {
namespace {

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

std::string_view CodeOf(Style style) {
  switch (style) {
    case Style::kBold:
      return "1";
    case Style::kRed:
      return "31";
    case Style::kGreen:
      break;
  }
  return "32";
}

}  // namespace

bool IsScreen(int descriptor) {
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return ::isatty(descriptor) == 1 && !dumb;
}

bool HasStyles(int descriptor) { return IsScreen(descriptor) && !IsSet("NO_COLOR"); }

std::string Styled(std::string_view text, Style style, int descriptor) {
  if (!HasStyles(descriptor)) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[m", CodeOf(style), text);
}

}  // namespace leat::cli
