// What the records under test say: who wrote them, in which Send, and as which of it; the rest is filled so that
// every byte can be told right from wrong.
#ifndef LEAT_TESTS_PROCESS_KILLER_CONTENT_H_
#define LEAT_TESTS_PROCESS_KILLER_CONTENT_H_

#include <leat/types.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace leat::process_test {

struct Content {
  std::uint64_t writer = 0;  // a thread of one process
  std::uint64_t first = 0;   // number of the first record of the Send that it was part of
  std::uint32_t count = 0;   // records of that Send
  std::uint32_t index = 0;   // which of them it is

  std::uint64_t sequence() const { return first + index; }
};

inline char FillerAt(const Content& content, std::size_t position) {
  return static_cast<char>(content.writer * 131 + content.sequence() * 31 + position);
}

inline std::string Encode(const Content& content, std::size_t size) {
  std::string value(std::max(size, sizeof content), '\0');
  std::memcpy(value.data(), &content, sizeof content);
  for (std::size_t i = sizeof content; i < value.size(); ++i) value[i] = FillerAt(content, i);
  return value;
}

// nullopt when it is not what Encode made.
inline std::optional<Content> Decode(BytesView bytes) {
  const std::string_view value = bytes.as_string_view();
  Content content;
  if (value.size() < sizeof content) return std::nullopt;
  std::memcpy(&content, value.data(), sizeof content);
  for (std::size_t i = sizeof content; i < value.size(); ++i) {
    if (value[i] != FillerAt(content, i)) return std::nullopt;
  }
  return content;
}

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_KILLER_CONTENT_H_
