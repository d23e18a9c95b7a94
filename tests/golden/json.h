// As much of JSON as the golden files have: one flat object a line.
#ifndef LEAT_TESTS_GOLDEN_JSON_H_
#define LEAT_TESTS_GOLDEN_JSON_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leat::testing {

// A value: what it is not is empty.
struct Json {
  bool is_null = false;
  std::optional<std::int64_t> number = {};
  std::optional<std::string> text = {};
  std::vector<Json> items = {};
  std::map<std::string, Json> fields = {};

  // Throws when there is no such field.
  const Json& operator[](const std::string& field) const { return fields.at(field); }

  // The bytes that a key or a value stands for: null, a string, or {"base64": "..."}.
  std::optional<std::string> Bytes() const;
};

// Throws std::runtime_error where the text is not what it should be.
Json ParseJson(std::string_view text);

// The lines of a file, each parsed.
std::vector<Json> ReadJsonLines(const std::string& path);

}  // namespace leat::testing

#endif  // LEAT_TESTS_GOLDEN_JSON_H_
