// One setting's value, whatever its field's type, from text and to text and within its range.
#ifndef LEAT_SETTINGS_VALUE_H_
#define LEAT_SETTINGS_VALUE_H_

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include <leat/settings.h>
#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::settings {

// Whole numbers, also those that words stand for; times in milliseconds; ratios.
using Value = std::variant<std::int64_t, double>;

struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::optional<std::int64_t> beside = {};  // one more value, which `beside_means`
  std::string_view beside_means = {};
};

// The first word of a number is the one that is shown.
struct Word {
  std::string_view text;
  std::int64_t number;
};

struct Spec {
  std::string_view name;    // "retention.ms"
  std::string_view member;  // "retention_ms"
  SettingType type = SettingType::kNumber;
  Range range = {};                  // of all types but words
  std::span<const Word> words = {};  // of kWord
  std::string_view about = {};
  std::string_view more = {};
  std::string_view less = {};
  std::string_view unlike_kafka = {};
};

// kInvalidArgument, naming the setting, how it is written, what `text` is.
absl::StatusOr<Value> Parse(const Spec& spec, std::string_view text);

// Plain, as Kafka writes it.
std::string Format(const Spec& spec, Value value);

// For people: times and sizes in the largest unit in which they are whole (7d, 128MiB), and "unlimited".
std::string FormatWithUnit(const Spec& spec, Value value);

// kInvalidArgument, naming the setting, its value and its range.
absl::Status Check(const Spec& spec, Value value);

// "from 0 to 9223372036854775807, or -1 (unlimited)".
std::string RangeText(const Spec& spec);

template <std::integral T>
Value ToValue(T field) {
  return std::int64_t{field};
}
template <typename T>
requires std::is_enum_v<T> Value ToValue(T field) { return static_cast<std::int64_t>(field); }
inline Value ToValue(double field) { return field; }
inline Value ToValue(std::chrono::milliseconds field) { return std::int64_t{field.count()}; }
inline Value ToValue(std::optional<Compression> field) {
  return field.has_value() ? static_cast<std::int64_t>(*field) : std::int64_t{-1};
}

// Of a value that Check has let pass.
template <typename T>
void Put(Value value, T& field) {
  field = static_cast<T>(std::get<std::int64_t>(value));
}
inline void Put(Value value, double& field) { field = std::get<double>(value); }
inline void Put(Value value, std::chrono::milliseconds& field) {
  field = std::chrono::milliseconds(std::get<std::int64_t>(value));
}
inline void Put(Value value, std::optional<Compression>& field) {
  const std::int64_t number = std::get<std::int64_t>(value);
  field = number < 0 ? std::nullopt : std::optional(static_cast<Compression>(number));
}

}  // namespace leat::settings

#endif  // LEAT_SETTINGS_VALUE_H_
