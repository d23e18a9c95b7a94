// The flags of the examples: `--name value` or `--name=value`; durations as 500ms, 3s or 2min.
#ifndef LEAT_EXAMPLES_ARGUMENTS_H_
#define LEAT_EXAMPLES_ARGUMENTS_H_

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

inline std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"us", 1e3}, {"ms", 1e6}, {"min", 60e9}, {"s", 1e9}};
  for (const auto& [unit, nanoseconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = ParseNumber<double>(text.substr(0, text.size() - unit.size()));
    if (!number.has_value() || !(*number >= 0) || *number > 1e6) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(*number * nanoseconds));
  }
  return std::nullopt;
}

class Arguments {
 public:
  // What --help prints.
  explicit Arguments(std::string_view usage) : usage_(usage) {}

  void Flag(std::string_view name, bool* given) { flags_.push_back({name, given, "", nullptr}); }

  void Text(std::string_view name, std::string* value) {
    Value(name, "something", [value](std::string_view text) {
      *value = text;
      return !text.empty();
    });
  }

  // A whole number from `least` up.
  template <std::integral T>
  void Number(std::string_view name, T* value, T least = 0) {
    Value(name, "a whole number in its range", [value, least](std::string_view text) {
      const auto number = ParseNumber<T>(text);
      *value = number.value_or(*value);
      return number.has_value() && *number >= least;
    });
  }
  template <std::integral T>
  void Number(std::string_view name, std::optional<T>* value) {
    Value(name, "a whole number from 0 up", [value](std::string_view text) {
      *value = ParseNumber<T>(text);
      return value->has_value() && **value >= 0;
    });
  }

  void Duration(std::string_view name, std::chrono::nanoseconds* value) {
    Value(name, "a time as in 500ms, 3s or 2min", [value](std::string_view text) {
      const auto duration = ParseDuration(text);
      *value = duration.value_or(*value);
      return duration.has_value();
    });
  }

  // Reads the command line. Given a number, the program is to end with it: --help was asked for, or a flag is wrong.
  std::optional<int> Parse(int argc, char** argv) const {
    for (int i = 1; i < argc; ++i) {
      std::string_view name = argv[i];
      if (name == "--help" || name == "-h") {
        fmt::print("{}", usage_);
        return 0;
      }
      std::optional<std::string_view> value;
      if (const auto equals = name.find('='); equals != name.npos) {
        value = name.substr(equals + 1);
        name = name.substr(0, equals);
      }
      const Known* known = Find(name);
      if (known == nullptr) return Wrong(fmt::format("does not know {}", name));
      if (known->given != nullptr) {
        if (value.has_value()) return Wrong(fmt::format("{} takes no value", name));
        *known->given = true;
        continue;
      }
      if (!value.has_value() && i + 1 < argc) value = argv[++i];
      if (!value.has_value()) return Wrong(fmt::format("{} wants {}", name, known->wanted));
      if (!known->set(*value)) return Wrong(fmt::format("{} wants {}, not \"{}\"", name, known->wanted, *value));
    }
    return std::nullopt;
  }

 private:
  struct Known {
    std::string_view name;
    bool* given;
    std::string_view wanted;
    std::function<bool(std::string_view)> set;
  };

  void Value(std::string_view name, std::string_view wanted, std::function<bool(std::string_view)> set) {
    flags_.push_back({name, nullptr, wanted, std::move(set)});
  }

  const Known* Find(std::string_view name) const {
    for (const Known& flag : flags_) {
      if (flag.name == name) return &flag;
    }
    return nullptr;
  }

  static int Wrong(const std::string& what) {
    fmt::print(stderr, "{}; --help tells more\n", what);
    return 2;
  }

  std::string usage_;
  std::vector<Known> flags_;
};

}  // namespace example

#endif  // LEAT_EXAMPLES_ARGUMENTS_H_
