#include "settings/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <vector>

namespace leat::settings {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

// A unit stands before those that it ends with.
constexpr std::array<Unit, 9> kSizes = {{{"KiB", 1 << 10},
                                         {"MiB", 1 << 20},
                                         {"GiB", 1 << 30},
                                         {"TiB", std::int64_t{1} << 40},
                                         {"kB", 1'000},
                                         {"MB", 1'000'000},
                                         {"GB", 1'000'000'000},
                                         {"TB", 1'000'000'000'000},
                                         {"B", 1}}};
constexpr std::array<Unit, 6> kTimes = {
    {{"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

// Those in which sizes are shown.
constexpr std::span<const Unit> kWholeSizes = std::span(kSizes).first<4>();

constexpr std::string_view kUnlimited = "unlimited";

template <typename T>
std::optional<T> WholeText(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool OnlyDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "1.5" times `size`, if that is whole.
std::optional<std::int64_t> TimesUnit(std::string_view text, std::int64_t size) {
  const std::string_view whole_part = text.substr(0, text.find('.'));
  const std::string_view fraction = whole_part.size() < text.size() ? text.substr(whole_part.size() + 1) : "0";
  if (!OnlyDigits(whole_part) || !OnlyDigits(fraction) || fraction.size() > 6) return std::nullopt;
  const auto whole = WholeText<std::int64_t>(whole_part);
  std::int64_t product = 0, sum = 0;
  if (!whole.has_value() || __builtin_mul_overflow(*whole, size, &product)) return std::nullopt;
  std::int64_t parts = *WholeText<std::int64_t>(fraction), of = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) of *= 10;
  if (__builtin_mul_overflow(parts, size, &parts) || parts % of != 0) return std::nullopt;
  if (__builtin_add_overflow(product, parts / of, &sum)) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> WithUnit(std::string_view text, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (text.ends_with(unit.name)) return TimesUnit(text.substr(0, text.size() - unit.name.size()), unit.size);
  }
  return std::nullopt;
}

// What a plain number of a time counts, in milliseconds.
std::int64_t PlainUnit(const Spec& spec) { return spec.name.ends_with(".minutes") ? 60'000 : 1; }

std::optional<std::int64_t> TimeText(const Spec& spec, std::string_view text) {
  const auto plain = WholeText<std::int64_t>(text);
  if (!plain.has_value()) return WithUnit(text, kTimes);
  std::int64_t time = 0;
  if (__builtin_mul_overflow(*plain, PlainUnit(spec), &time)) return std::nullopt;
  return time;
}

std::optional<Value> ValueOf(const Spec& spec, std::string_view text) {
  const auto from = [](const auto& parsed) {
    return parsed.has_value() ? std::optional<Value>(*parsed) : std::nullopt;
  };
  if (text == kUnlimited && spec.range.beside_means == kUnlimited) return Value(*spec.range.beside);
  switch (spec.type) {
    case SettingType::kNumber:
      return from(WholeText<std::int64_t>(text));
    case SettingType::kBytes:
      if (const auto plain = WholeText<std::int64_t>(text); plain.has_value()) return Value(*plain);
      return from(WithUnit(text, kSizes));
    case SettingType::kTime:
      return from(TimeText(spec, text));
    case SettingType::kRatio:
      return from(WholeText<double>(text));
    case SettingType::kWord:
      break;
  }
  const auto word =
      std::find_if(spec.words.begin(), spec.words.end(), [&](const Word& known) { return known.text == text; });
  return word != spec.words.end() ? std::optional<Value>(word->number) : std::nullopt;
}

std::string HowWritten(const Spec& spec) {
  switch (spec.type) {
    case SettingType::kNumber:
      return "a whole number";
    case SettingType::kBytes:
      return "a whole number of bytes, perhaps with a unit (512KiB, 1GiB, 2GB)";
    case SettingType::kTime:
      return PlainUnit(spec) == 1
                 ? "a whole number of milliseconds, or a time with its unit (500ms, 30s, 5min, 1h, 7d)"
                 : "a whole number of minutes, or a time with its unit (30s, 5min, 1h, 7d)";
    case SettingType::kRatio:
      return "a number (0.5)";
    case SettingType::kWord:
      break;
  }
  return RangeText(spec);
}

}  // namespace

absl::StatusOr<Value> Parse(const Spec& spec, std::string_view text) {
  const std::optional<Value> value = ValueOf(spec, text);
  if (value.has_value()) return *value;
  return absl::InvalidArgumentError(fmt::format("{} is {}, not '{}'", spec.name, HowWritten(spec), text));
}

std::string Format(const Spec& spec, Value value) {
  if (const double* const ratio = std::get_if<double>(&value)) return fmt::format("{}", *ratio);
  const std::int64_t number = std::get<std::int64_t>(value);
  if (spec.type == SettingType::kWord) {
    const auto word =
        std::find_if(spec.words.begin(), spec.words.end(), [&](const Word& known) { return known.number == number; });
    return word != spec.words.end() ? std::string(word->text) : fmt::format("number {}", number);
  }
  if (spec.type != SettingType::kTime || PlainUnit(spec) == 1) return fmt::to_string(number);
  return number % PlainUnit(spec) == 0 ? fmt::to_string(number / PlainUnit(spec)) : fmt::format("{}ms", number);
}

std::string FormatWithUnit(const Spec& spec, Value value) {
  const std::int64_t* const number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return Format(spec, value);
  if (spec.range.beside == *number && spec.range.beside_means == kUnlimited) return std::string(kUnlimited);
  std::span<const Unit> units;
  if (spec.type == SettingType::kBytes) units = kWholeSizes;
  if (spec.type == SettingType::kTime) units = kTimes;
  const Unit* largest = nullptr;
  for (const Unit& unit : units) {
    if (*number >= unit.size && *number % unit.size == 0 && (largest == nullptr || unit.size > largest->size)) {
      largest = &unit;
    }
  }
  return largest != nullptr ? fmt::format("{}{}", *number / largest->size, largest->name) : Format(spec, value);
}

absl::Status Check(const Spec& spec, Value value) {
  bool within = false;
  if (const double* const ratio = std::get_if<double>(&value)) {
    within = *ratio >= static_cast<double>(spec.range.first) && *ratio <= static_cast<double>(spec.range.last);
  } else if (const std::int64_t number = std::get<std::int64_t>(value); spec.type == SettingType::kWord) {
    within = std::any_of(spec.words.begin(), spec.words.end(), [&](const Word& w) { return w.number == number; });
  } else {
    within = (number >= spec.range.first && number <= spec.range.last) || spec.range.beside == number;
  }
  if (within) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} is {}; it can be {}", spec.name, Format(spec, value), RangeText(spec)));
}

std::string RangeText(const Spec& spec) {
  if (spec.type == SettingType::kWord) {
    std::vector<std::string_view> texts;
    std::vector<std::int64_t> numbers;
    for (const Word& word : spec.words) {
      if (std::find(numbers.begin(), numbers.end(), word.number) != numbers.end()) continue;
      numbers.push_back(word.number);
      // Two words of one text are one word; the other number is no value that a person can give.
      if (std::find(texts.begin(), texts.end(), word.text) == texts.end()) texts.push_back(word.text);
    }
    const std::string_view last = texts.back();
    texts.pop_back();
    return fmt::format("{} or {}", fmt::join(texts, ", "), last);
  }
  const Range& range = spec.range;
  const auto end = [&](std::int64_t number) {
    const bool means = range.beside == number && !range.beside_means.empty();
    return Format(spec, number) + (means ? fmt::format(" ({})", range.beside_means) : "");
  };
  const std::string ends = fmt::format("from {} to {}", end(range.first), end(range.last));
  if (!range.beside.has_value() || *range.beside == range.first || *range.beside == range.last) return ends;
  return fmt::format("{}, or {}", ends, end(*range.beside));
}

}  // namespace leat::settings
