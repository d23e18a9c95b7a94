#include "settings/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace leat::settings {
namespace {

constexpr std::string_view kBlanks = " \t\f";

std::string_view WithoutBlanksBefore(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

// Takes a line from the front of `text`; it ends with \n, \r or \r\n.
std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  text.remove_prefix(line.size());
  if (text.starts_with("\r\n")) text.remove_prefix(1);
  if (!text.empty()) text.remove_prefix(1);
  return line;
}

bool GoesOn(std::string_view line) {
  const std::size_t last = line.find_last_not_of('\\');
  const std::size_t backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
  return backslashes % 2 == 1;
}

void AppendUtf8(std::uint32_t code, std::string& to) {
  const auto put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// The four digits of \uXXXX, from the front of `text`.
std::optional<std::uint32_t> TakeUnit(std::string_view& text) {
  std::uint32_t unit = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, unit, 16);
  if (error != std::errc() || end != text.data() + 4) return std::nullopt;
  text.remove_prefix(4);
  return unit;
}

// What stands behind \u: one unit of UTF-16, or two that are a pair.
bool TakeUnicode(std::string_view& text, std::string& to) {
  const std::optional<std::uint32_t> first = TakeUnit(text);
  if (!first.has_value()) return false;
  if (*first < 0xd800 || *first > 0xdfff) {
    AppendUtf8(*first, to);
    return true;
  }
  if (*first > 0xdbff || !text.starts_with("\\u")) return false;
  text.remove_prefix(2);
  const std::optional<std::uint32_t> second = TakeUnit(text);
  if (!second.has_value() || *second < 0xdc00 || *second > 0xdfff) return false;
  AppendUtf8(0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00), to);
  return true;
}

// Takes one character, with its escape undone.
bool TakeCharacter(std::string_view& text, std::string& to) {
  const char c = text.front();
  text.remove_prefix(1);
  if (c != '\\' || text.empty()) {
    if (c != '\\') to += c;
    return true;
  }
  const char escaped = text.front();
  text.remove_prefix(1);
  switch (escaped) {
    case 'u':
      return TakeUnicode(text, to);
    case 't':
      to += '\t';
      return true;
    case 'n':
      to += '\n';
      return true;
    case 'r':
      to += '\r';
      return true;
    case 'f':
      to += '\f';
      return true;
    default:
      to += escaped;
      return true;
  }
}

// A line with those that it goes on in; nullopt: an escape is none.
std::optional<Property> ToProperty(std::string_view text) {
  Property property;
  while (!text.empty() && text.front() != '=' && text.front() != ':' && kBlanks.find(text.front()) == kBlanks.npos) {
    if (!TakeCharacter(text, property.name)) return std::nullopt;
  }
  text = WithoutBlanksBefore(text);
  if (!text.empty() && (text.front() == '=' || text.front() == ':')) text = WithoutBlanksBefore(text.substr(1));
  while (!text.empty()) {
    if (!TakeCharacter(text, property.value)) return std::nullopt;
  }
  property.value.erase(property.value.find_last_not_of(kBlanks) + 1);
  return property;
}

}  // namespace

absl::StatusOr<std::vector<Property>> ParseProperties(std::string_view text, std::string_view path) {
  std::vector<Property> properties;
  int lines = 0;
  while (!text.empty()) {
    const int line = ++lines;
    std::string whole(WithoutBlanksBefore(TakeLine(text)));
    if (whole.empty() || whole.front() == '#' || whole.front() == '!') continue;
    while (GoesOn(whole)) {
      whole.pop_back();
      if (text.empty()) break;
      ++lines;
      whole += WithoutBlanksBefore(TakeLine(text));
    }
    std::optional<Property> property = ToProperty(whole);
    if (!property.has_value()) {
      return absl::InvalidArgumentError(
          fmt::format("{}:{}: behind \\u stand four hexadecimal digits of a character", path, line));
    }
    if (property->name.empty()) {
      return absl::InvalidArgumentError(
          fmt::format("{}:{}: has no name before its value; write NAME=VALUE", path, line));
    }
    property->line = line;
    properties.push_back(*std::move(property));
  }
  return properties;
}

}  // namespace leat::settings
