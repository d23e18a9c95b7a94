#include "cli/time_text.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include "cli/number.h"

namespace leat::cli {
namespace {

using std::chrono::milliseconds;

std::optional<double> ParseDecimal(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  // No negative ones, and none that nanoseconds cannot count.
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0) || number > 1e8) return std::nullopt;
  return number;
}

// Takes `digits` digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view* text, std::size_t digits) {
  if (text->size() < digits) return std::nullopt;
  const std::string_view front = text->substr(0, digits);
  if (front.find_first_not_of("0123456789") != front.npos) return std::nullopt;
  text->remove_prefix(digits);
  return ParseNumber<int>(front);
}

bool Take(std::string_view* text, char wanted) {
  if (!text->starts_with(wanted)) return false;
  text->remove_prefix(1);
  return true;
}

// Z, +hh:mm or -hh:mm; nothing is local time.
bool TakeZone(std::string_view* text, std::optional<std::chrono::minutes>* zone) {
  if (text->empty()) return true;
  if (Take(text, 'Z')) {
    *zone = std::chrono::minutes(0);
    return true;
  }
  const bool west = text->starts_with('-');
  if (!Take(text, west ? '-' : '+')) return false;
  const auto hours = TakeNumber(text, 2);
  Take(text, ':');
  const auto minutes = TakeNumber(text, 2);
  if (!hours.has_value() || !minutes.has_value()) return false;
  *zone = std::chrono::minutes((*hours * 60 + *minutes) * (west ? -1 : 1));
  return true;
}

// Behind the T: hours and minutes, perhaps seconds, perhaps a fraction.
bool TakeTimeOfDay(std::string_view* text, std::tm* day, int* fraction) {
  const auto hour = TakeNumber(text, 2);
  if (!hour.has_value() || !Take(text, ':')) return false;
  const auto minute = TakeNumber(text, 2);
  if (!minute.has_value() || *hour > 23 || *minute > 59) return false;
  day->tm_hour = *hour;
  day->tm_min = *minute;
  if (!Take(text, ':')) return true;
  const auto second = TakeNumber(text, 2);
  if (!second.has_value() || *second > 59) return false;
  day->tm_sec = *second;
  if (!Take(text, '.')) return true;
  int scale = 100;
  std::size_t digits = 0;
  while (const auto digit = TakeNumber(text, 1)) {
    *fraction += *digit * scale;
    scale /= 10;
    ++digits;
  }
  return digits > 0;
}

std::optional<Timestamp> ParseDate(std::string_view text) {
  std::tm day = {};
  int fraction = 0;
  std::optional<std::chrono::minutes> zone;
  const auto year = TakeNumber(&text, 4);
  if (!year.has_value() || !Take(&text, '-')) return std::nullopt;
  const auto month = TakeNumber(&text, 2);
  if (!month.has_value() || !Take(&text, '-')) return std::nullopt;
  const auto day_of_month = TakeNumber(&text, 2);
  if (!day_of_month.has_value()) return std::nullopt;
  using std::chrono::year_month_day;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day_of_month))};
  if (!date.ok()) return std::nullopt;
  if ((Take(&text, 'T') || Take(&text, ' ')) && !TakeTimeOfDay(&text, &day, &fraction)) return std::nullopt;
  if (!TakeZone(&text, &zone) || !text.empty()) return std::nullopt;
  day.tm_year = *year - 1900;
  day.tm_mon = *month - 1;
  day.tm_mday = *day_of_month;
  day.tm_isdst = -1;  // whatever holds there at that time
  const std::time_t seconds = zone.has_value() ? ::timegm(&day) : std::mktime(&day);
  return Timestamp(std::chrono::seconds(seconds) + milliseconds(fraction) -
                   std::chrono::seconds(zone.value_or(std::chrono::minutes(0))));
}

}  // namespace

Timestamp Now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

absl::StatusOr<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"us", 1e3}, {"ms", 1e6},   {"min", 60e9}, {"s", 1e9},
                                                            {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
  for (const auto& [unit, nanoseconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = ParseDecimal(text.substr(0, text.size() - unit.size()));
    if (!number.has_value() || *number * nanoseconds > 9e18) break;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(*number * nanoseconds));
  }
  return absl::InvalidArgumentError(fmt::format("a time is 500ms, 3s, 2min, 1h or 7d, not '{}'", text));
}

absl::StatusOr<milliseconds> ParseIsoDuration(std::string_view text) {
  const absl::Status wrong =
      absl::InvalidArgumentError(fmt::format("an ISO 8601 duration is P7D, PT1H or PT1H30M, not '{}'", text));
  if (!Take(&text, 'P') || text.empty()) return wrong;
  bool of_day = false;
  double sum = 0;
  while (!text.empty()) {
    if (!of_day && Take(&text, 'T')) {
      of_day = true;
      if (text.empty()) return wrong;
      continue;
    }
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == text.npos) return wrong;
    const auto number = ParseDecimal(text.substr(0, digits));
    const std::string_view units = of_day ? "HMS" : "WD";
    constexpr std::array<double, 3> kOfDay{3600e3, 60e3, 1e3};
    constexpr std::array<double, 2> kOfDays{7 * 86400e3, 86400e3};
    const std::size_t unit = units.find(text[digits]);
    if (!number.has_value() || unit == units.npos) return wrong;
    sum += *number * (of_day ? kOfDay[unit] : kOfDays[unit]);
    text.remove_prefix(digits + 1);
  }
  if (sum > 9e15) return wrong;
  return milliseconds(static_cast<std::int64_t>(sum));
}

absl::StatusOr<Timestamp> ParseTime(std::string_view text, Timestamp now) {
  if (const auto since_1970 = ParseNumber<std::int64_t>(text); since_1970.has_value() && *since_1970 >= 0) {
    return Timestamp(milliseconds(*since_1970));
  }
  if (text.starts_with('-')) {
    const auto age = ParseDuration(text.substr(1));
    if (age.ok()) return now - std::chrono::floor<milliseconds>(*age);
  }
  if (const auto date = ParseDate(text); date.has_value()) return *date;
  return absl::InvalidArgumentError(fmt::format(
      "a time is @2025-01-31, @2025-01-31T12:30:15, @1735689600000 (ms since 1970) or @-1h, not '@{}'", text));
}

std::string LocalTime(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t since_1970 = seconds.time_since_epoch().count();
  std::tm day = {};
  ::localtime_r(&since_1970, &day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday,
                     day.tm_hour, day.tm_min, day.tm_sec, (time - seconds).count());
}

}  // namespace leat::cli
