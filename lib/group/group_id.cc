#include "group/group_id.h"

#include <fmt/format.h>

namespace leat::group {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

bool StandsForItself(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         (c == '.' && !first);
}

}  // namespace

absl::Status CheckGroupId(std::string_view id) {
  if (id.empty()) return absl::InvalidArgumentError("a group's id is empty");
  const std::size_t size = GroupFileName(id).size();
  if (size <= kGroupFileNameMax) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "a group's id has {} bytes as a file's name (bytes other than [a-zA-Z0-9._-] take three), and {} are "
      "allowed; take a shorter one than \"{}...\"",
      size, kGroupFileNameMax, GroupFileName(id).substr(0, 32)));
}

std::string GroupFileName(std::string_view id) {
  std::string name;
  for (const char c : id) {
    if (StandsForItself(c, name.empty())) {
      name += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      name += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return name;
}

std::optional<std::string> ParseGroupFileName(std::string_view name) {
  std::string id;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      id += name[i];
      continue;
    }
    if (name.size() - i < 3) return std::nullopt;
    const std::size_t high = kDigits.find(name[i + 1]), low = kDigits.find(name[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    id += static_cast<char>(high << 4 | low);
    i += 2;
  }
  // One name an id: what encodes otherwise was not made by us.
  if (!CheckGroupId(id).ok() || GroupFileName(id) != name) return std::nullopt;
  return id;
}

}  // namespace leat::group
