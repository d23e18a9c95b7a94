// Colour and bold type, for a person at a terminal who has not said otherwise.
#ifndef LEAT_CLI_STYLES_H_
#define LEAT_CLI_STYLES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace leat::cli {

enum class Style : std::uint8_t { kBold, kRed, kGreen };

// Whether what is written to `descriptor` goes to a screen on which a line can be drawn anew: a terminal, and no dumb
// one.
bool IsScreen(int descriptor);

// Whether colours may be used there, too: NO_COLOR is not there, or empty (https://no-color.org).
bool HasStyles(int descriptor);

// `text` in that style if it will be seen by such a person, else as it is. It takes as many columns as before.
std::string Styled(std::string_view text, Style style, int descriptor = 1);

}  // namespace leat::cli

#endif  // LEAT_CLI_STYLES_H_
