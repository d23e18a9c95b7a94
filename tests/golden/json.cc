#include "golden/json.h"

#include <cctype>
#include <fstream>
#include <stdexcept>

namespace leat::testing {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Json Whole() {
    Json value = Value();
    if (at_ != text_.size()) Fail("an end");
    return value;
  }

 private:
  [[noreturn]] void Fail(const char* wanted) const {
    throw std::runtime_error("no JSON: " + std::string(wanted) + " expected at byte " + std::to_string(at_) + " of " +
                             std::string(text_));
  }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  void Expect(char c) {
    if (!Take(c)) Fail(std::string(1, c).c_str());
  }

  Json Value() {
    if (Peek() == '{') return Object();
    if (Peek() == '[') return Array();
    if (Peek() == '"') return {.text = String()};
    if (text_.substr(at_).starts_with("null")) {
      at_ += 4;
      return {.is_null = true};
    }
    return {.number = Number()};
  }

  Json Object() {
    Json object;
    Expect('{');
    while (!Take('}')) {
      if (!object.fields.empty()) Expect(',');
      const std::string name = String();
      Expect(':');
      object.fields[name] = Value();
    }
    return object;
  }

  Json Array() {
    Json array;
    Expect('[');
    while (!Take(']')) {
      if (!array.items.empty()) Expect(',');
      array.items.push_back(Value());
    }
    return array;
  }

  std::int64_t Number() {
    const std::size_t begin = at_;
    if (Peek() == '-') ++at_;
    while (std::isdigit(static_cast<unsigned char>(Peek())) != 0) ++at_;
    if (at_ == begin) Fail("a value");
    return std::stoll(std::string(text_.substr(begin, at_ - begin)));
  }

  std::string String() {
    std::string string;
    Expect('"');
    while (!Take('"')) {
      if (Peek() == '\0' && at_ >= text_.size()) Fail("a closing quote");
      if (Take('\\')) {
        AddEscaped(string);
      } else {
        string.push_back(text_[at_++]);
      }
    }
    return string;
  }

  void AddEscaped(std::string& string) {
    const char c = Peek();
    ++at_;
    switch (c) {
      case 'n':
        string.push_back('\n');
        return;
      case 't':
        string.push_back('\t');
        return;
      case 'r':
        string.push_back('\r');
        return;
      case 'b':
        string.push_back('\b');
        return;
      case 'f':
        string.push_back('\f');
        return;
      case 'u':
        AddUtf8(string, CodePoint());
        return;
      default:
        string.push_back(c);
    }
  }

  std::uint32_t Hex4() {
    if (text_.size() - at_ < 4) Fail("four hexadecimal digits");
    const auto unit = static_cast<std::uint32_t>(std::stoul(std::string(text_.substr(at_, 4)), nullptr, 16));
    at_ += 4;
    return unit;
  }
  std::uint32_t CodePoint() {
    const std::uint32_t unit = Hex4();
    if (unit < 0xd800 || unit > 0xdbff) return unit;
    Expect('\\');
    Expect('u');
    return 0x10000 + ((unit - 0xd800) << 10) + (Hex4() - 0xdc00);
  }
  static void AddUtf8(std::string& string, std::uint32_t code) {
    const auto add = [&string](std::uint32_t byte) { string.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      add(code);
      return;
    }
    if (code < 0x800) {
      add(0xc0 | code >> 6);
    } else {
      if (code < 0x10000) {
        add(0xe0 | code >> 12);
      } else {
        add(0xf0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3f));
      }
      add(0x80 | (code >> 6 & 0x3f));
    }
    add(0x80 | (code & 0x3f));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) throw std::runtime_error("no base64: " + std::string(text));
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return bytes;
}

}  // namespace

std::optional<std::string> Json::Bytes() const {
  if (is_null) return std::nullopt;
  if (text.has_value()) return *text;
  return FromBase64(fields.at("base64").text.value());
}

Json ParseJson(std::string_view text) { return Parser(text).Whole(); }

std::vector<Json> ReadJsonLines(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(ParseJson(line));
  }
  return lines;
}

}  // namespace leat::testing
