#include "cli/fake_fields.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <leat/settings.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "cli/fake_words.h"
#include "cli/number.h"
#include "cli/time_text.h"

namespace leat::cli {
namespace {

using Arguments = std::span<const std::string_view>;

template <typename... Args>
void Add(std::string& text, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
}

std::vector<std::string_view> Split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(between, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void AddAddress(FakeSource& source, std::string& text) {
  const FakeWords words = AllFakeWords();
  const std::int64_t number = source.chance.Between(1, 199);
  const std::string_view street = source.chance.OneOf(words.streets);
  const std::int64_t code = source.chance.Between(10000, 99999);
  Add(text, "{} {}, {} {}", number, street, code, source.chance.OneOf(words.cities));
}

void AddCompany(FakeSource& source, std::string& text) {
  const FakeWords words = AllFakeWords();
  const std::string_view owner = source.chance.OneOf(words.last_names);
  Add(text, "{} {}", owner, source.chance.OneOf(words.companies));
}

// Version 4 of RFC 9562: by chance, but for the six bits that say so.
void AddUuid(FakeSource& source, std::string& text) {
  const std::uint64_t high = (source.chance.Next() & ~std::uint64_t{0xf000}) | 0x4000;
  const std::uint64_t low = (source.chance.Next() & ~(std::uint64_t{3} << 62)) | std::uint64_t{1} << 63;
  Add(text, "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
      low & 0xffffffffffff);
}

void AddTime(Timestamp time, std::string& text) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  Add(text, "{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (time - seconds).count());
}

void AddSentence(FakeSource& source, std::int64_t count, std::string& text) {
  const std::size_t begin = text.size();
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += source.chance.OneOf(AllFakeWords().words);
  }
  text[begin] = static_cast<char>(text[begin] - 'a' + 'A');
  text += '.';
}

absl::Status Takes(std::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

absl::StatusOr<FakeField> Int(Arguments arguments) {
  const absl::Status wrong = Takes("int takes two whole numbers, the least and the greatest: {{int 1970 2010}}");
  if (arguments.size() != 2) return wrong;
  const auto least = ParseNumber<std::int64_t>(arguments[0]), greatest = ParseNumber<std::int64_t>(arguments[1]);
  if (!least.has_value() || !greatest.has_value() || *least > *greatest) return wrong;
  return [first = *least, last = *greatest](FakeSource& source, std::string& text) {
    const fmt::format_int number(source.chance.Between(first, last));
    text.append(number.data(), number.size());
  };
}

std::optional<double> ParseDecimal(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  // "nan" and "inf" are read, too.
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

absl::StatusOr<FakeField> Float(Arguments arguments) {
  const absl::Status wrong =
      Takes("float takes the least, the greatest and, if you like, how many decimals, 0 to 9: {{float 0 99.5 2}}");
  if (arguments.size() < 2 || arguments.size() > 3) return wrong;
  const auto least = ParseDecimal(arguments[0]), greatest = ParseDecimal(arguments[1]);
  const auto decimals = arguments.size() == 3 ? ParseNumber<int>(arguments[2]) : std::optional<int>(2);
  constexpr double kMost = 1e15;  // beyond it, decimals are not there any more
  if (!least.has_value() || !greatest.has_value() || *least > *greatest || *least < -kMost || *greatest > kMost ||
      !decimals.has_value() || *decimals < 0 || *decimals > 9) {
    return wrong;
  }
  return [first = *least, last = *greatest, places = *decimals](FakeSource& source, std::string& text) {
    Add(text, "{:.{}f}", first + (last - first) * source.chance.Fraction(), places);
  };
}

absl::StatusOr<FakeField> Time(Arguments arguments) {
  const absl::Status wrong =
      Takes("time takes the earliest and the latest, or nothing: {{time 2025-01-01 2025-12-31T18:00}}");
  constexpr std::string_view kAnyTime[] = {"2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z"};
  if (arguments.empty()) arguments = kAnyTime;
  if (arguments.size() != 2) return wrong;
  const Timestamp now = Now();
  const auto earliest = ParseTime(arguments[0], now), latest = ParseTime(arguments[1], now);
  if (!earliest.ok() || !latest.ok() || *earliest > *latest) return wrong;
  return [first = *earliest, last = *latest](FakeSource& source, std::string& text) {
    const std::int64_t time =
        source.chance.Between(first.time_since_epoch().count(), last.time_since_epoch().count());
    AddTime(Timestamp(std::chrono::milliseconds(time)), text);
  };
}

absl::StatusOr<FakeField> Sentence(Arguments arguments) {
  const auto words = arguments.empty() ? std::optional<std::int64_t>(0) : ParseNumber<std::int64_t>(arguments[0]);
  if (arguments.size() > 1 || !words.has_value() || (!arguments.empty() && (*words < 1 || *words > 10'000))) {
    return Takes("sentence takes how many words, 1 to 10000, or nothing: {{sentence 8}}");
  }
  return [count = *words](FakeSource& source, std::string& text) {
    AddSentence(source, count > 0 ? count : source.chance.Between(4, 12), text);
  };
}

struct Plain {
  std::string_view name;
  void (*add)(FakeSource&, std::string&);
};

constexpr Plain kPlain[] = {
    {"name",
     [](FakeSource& source, std::string& text) {
       source.person.Name(source.chance);
       Add(text, "{} {}", source.person.first_name(), source.person.last_name());
     }},
    {"first_name", [](FakeSource& source, std::string& text) { text += source.person.first_name(); }},
    {"last_name", [](FakeSource& source, std::string& text) { text += source.person.last_name(); }},
    {"email", [](FakeSource& source, std::string& text) { text += source.person.email(); }},
    {"address", AddAddress},
    {"city", [](FakeSource& source, std::string& text) { text += source.chance.OneOf(AllFakeWords().cities); }},
    {"company", AddCompany},
    {"uuid", AddUuid},
    {"now", [](FakeSource&, std::string& text) { AddTime(Now(), text); }},
    {"word", [](FakeSource& source, std::string& text) { text += source.chance.OneOf(AllFakeWords().words); }},
};

struct WithArguments {
  std::string_view name;
  absl::StatusOr<FakeField> (*parse)(Arguments);
};

constexpr WithArguments kWithArguments[] = {{"int", Int}, {"float", Float}, {"time", Time}, {"sentence", Sentence}};

// What is chosen from may have spaces in it where a | stands between them.
absl::StatusOr<FakeField> Choice(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const char between = text.find('|') == text.npos ? ' ' : '|';
  std::vector<std::string> choices;
  for (const std::string_view choice : Split(text, between)) choices.emplace_back(choice);
  if (choices.empty())
    return Takes("choice takes what to choose from: {{choice red green}} or {{choice on|not yet}}");
  return [kept = std::move(choices)](FakeSource& source, std::string& added) {
    added += source.chance.OneOf(std::span<const std::string>(kept));
  };
}

}  // namespace

void FakePerson::Meet(FakeChance& chance) {
  const FakeWords words = AllFakeWords();
  first_name_ = chance.OneOf(words.first_names);
  last_name_ = chance.OneOf(words.last_names);
  // Domains that RFC 2606 keeps from ever being anybody's.
  constexpr std::string_view kDomains[] = {"example.com", "example.net", "example.org"};
  // One after the other: in which order arguments are evaluated, each compiler decides.
  const std::uint64_t number = chance.Below(100);
  email_.clear();
  Add(email_, "{}.{}{}@{}", first_name_, last_name_, number, chance.OneOf(std::span(kDomains)));
  for (char& c : email_) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  named_ = false;
}

void FakePerson::Name(FakeChance& chance) {
  if (named_) Meet(chance);
  named_ = true;
}

absl::StatusOr<FakeField> ParseFakeField(std::string_view text) {
  const std::vector<std::string_view> words = Split(text, ' ');
  const std::string_view name = words.empty() ? std::string_view() : words.front();
  if (name == "choice") return Choice(text.substr(static_cast<std::size_t>(name.data() + name.size() - text.data())));
  const Arguments arguments = Arguments(words).subspan(words.empty() ? 0 : 1);
  for (const WithArguments& field : kWithArguments) {
    if (field.name == name) return field.parse(arguments);
  }
  for (const Plain& field : kPlain) {
    if (field.name != name) continue;
    if (!arguments.empty()) return Takes(fmt::format("{} takes nothing, not '{}'", name, arguments.front()));
    return FakeField(field.add);
  }
  std::string message = fmt::format("there is no field '{}'", name);
  if (const auto meant = NearestWord(name, FakeFieldNames()); meant.has_value()) {
    message += fmt::format("; did you mean '{}'?", *meant);
  } else {
    message += fmt::format("; there are {}", fmt::join(FakeFieldNames(), ", "));
  }
  return absl::InvalidArgumentError(message);
}

std::vector<std::string> FakeFieldNames() {
  std::vector<std::string> names;
  for (const Plain& field : kPlain) names.emplace_back(field.name);
  for (const WithArguments& field : kWithArguments) names.emplace_back(field.name);
  names.emplace_back("choice");
  return names;
}

}  // namespace leat::cli
