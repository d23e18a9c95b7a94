// Bytes that a person cannot type, as \n, \t, \x1e and the like.
#ifndef LEAT_CLI_TEXT_ESCAPES_H_
#define LEAT_CLI_TEXT_ESCAPES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

// Reads what stands behind a backslash at the front of `text` and takes it away: n, t, r, 0, \, xHH.
std::optional<char> TakeEscape(std::string_view* text);

// The text with all of them replaced. kInvalidArgument: a backslash before something else; not a byte.
absl::StatusOr<std::string> Unescape(std::string_view text);

}  // namespace leat::cli

#endif  // LEAT_CLI_TEXT_ESCAPES_H_
