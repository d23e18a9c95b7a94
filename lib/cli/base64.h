// Base64 with padding (RFC 4648), for bytes that JSON cannot hold, and the question which bytes these are.
#ifndef LEAT_CLI_BASE64_H_
#define LEAT_CLI_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace leat::cli {

bool IsUtf8(std::string_view bytes);

std::string ToBase64(std::string_view bytes);

// nullopt: it is not base64.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace leat::cli

#endif  // LEAT_CLI_BASE64_H_
