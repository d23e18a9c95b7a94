// Data that is made up: the same for the same seed, of the right shape, and wrong templates are told where.
#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include "cli/fake_chance.h"
#include "cli/fake_lines.h"
#include "cli/fake_template.h"
#include "cli/fake_words.h"
#include "support/catch.h"

namespace leat::cli {
namespace {

std::string Made(const std::string& text, std::uint64_t seed = 1) {
  const auto parsed = FakeTemplate::Parse(text);
  REQUIRE(parsed.ok());
  FakeSource source(seed);
  std::string made;
  parsed->Make(source, made);
  return made;
}

TEST_CASE("a seed makes up the same on every machine, and another seed something else") {
  FakeChance chance(1);
  CHECK(chance.Next() == 0x910a2dec89025cc1);
  CHECK(chance.Next() == 0xbeeb8da1658eec67);
  const std::string user = Made("registered_user", 7);
  CHECK(user == Made("registered_user", 7));
  CHECK(user != Made("registered_user", 8));
  CHECK(user == R"({"name":"Nora Galic","email":"nora.galic46@example.com","address":"164 Ropers Alley, 11798 )"
                R"(Northwater","created_at":2011})");
  CHECK(Made("{{company}} {{uuid}} {{float 0 9}} {{sentence 3}} {{time}}", 7) ==
        "Jansen Foods 77cbc4a1-33c2-40f6-93fc-d6513d02befe 1.21 Pebble corn bright. 2023-11-12T14:47:18.839Z");
}

TEST_CASE("numbers by chance keep to both ends, and reach them") {
  FakeChance chance(3);
  std::map<std::int64_t, int> drawn;
  for (int i = 0; i < 3000; ++i) ++drawn[chance.Between(-1, 1)];
  CHECK(drawn.size() == 3);
  for (const auto& [number, times] : drawn) CHECK(times > 800);
  CHECK(drawn.begin()->first == -1);
  CHECK(chance.Between(5, 5) == 5);
  CHECK(chance.Between(INT64_MAX, INT64_MAX) == INT64_MAX);
  std::set<bool> signs;
  for (int i = 0; i < 100; ++i) signs.insert(chance.Between(INT64_MIN, INT64_MAX) < 0);
  CHECK(signs.size() == 2);
  for (int i = 0; i < 1000; ++i) {
    const double fraction = chance.Fraction();
    CHECK(fraction >= 0);
    CHECK(fraction < 1);
  }
}

TEST_CASE("the words need no escape wherever they stand") {
  const FakeWords all = AllFakeWords();
  for (const auto& words : {all.first_names, all.last_names, all.streets, all.cities, all.companies, all.words}) {
    const std::set<std::string_view> different(words.begin(), words.end());
    CHECK(different.size() == words.size());
    for (const std::string_view word : words) {
      CHECK_FALSE(word.empty());
      CHECK(std::all_of(word.begin(), word.end(),
                        [](char c) { return c == ' ' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }));
    }
  }
}

TEST_CASE("every field has its shape") {
  const std::pair<std::string, std::string> shapes[] = {
      {"{{name}}", "[A-Z][a-z]+ [A-Z][a-z]+"},
      {"{{first_name}}/{{last_name}}", "[A-Z][a-z]+/[A-Z][a-z]+"},
      {"{{email}}", R"([a-z]+\.[a-z]+\d{1,2}@example\.(com|net|org))"},
      {"{{address}}", R"(\d{1,3} [A-Z][A-Za-z ]+, \d{5} [A-Z][a-z]+)"},
      {"{{city}}", "[A-Z][a-z]+"},
      {"{{company}}", "[A-Z][a-z]+ [A-Z][a-z]+"},
      {"{{uuid}}", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"},
      {"{{now}}", R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"},
      {"{{word}}", "[a-z]+"},
      {"{{int 7 7}}", "7"},
      {"{{int -3 -2}}", "-[23]"},
      {"{{float 1 2}}", R"([12]\.\d\d)"},
      {"{{float -2.5 -2.5 1}}", R"(-2\.5)"},
      {"{{float 0 9 0}}", R"(\d)"},
      {"{{time}}", R"(202[0-4]-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"},
      {"{{time 2001-02-03T04:05:06.007Z 2001-02-03T04:05:06.007Z}}", R"(2001-02-03T04:05:06\.007Z)"},
      {"{{sentence}}", R"([A-Z][a-z]*( [a-z]+){3,11}\.)"},
      {"{{sentence 2}}", R"([A-Z][a-z]* [a-z]+\.)"},
      {"{{choice red green}}", "red|green"},
      {"{{ choice on|not yet }}", "on|not yet"},
      {"{{ int 1 9 }}", "[1-9]"},
      {"{a{{{int 1 9}}}}", R"(\{a\{[1-9]\}\})"},
      {"plain {{word}}", "plain [a-z]+"}};
  for (const auto& [text, shape] : shapes) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const std::string made = Made(text, seed);
      INFO(text << " made " << made);
      CHECK(std::regex_match(made, std::regex(shape)));
    }
  }
}

TEST_CASE("names and mails of a record are one person's, until a second name is asked for") {
  const std::string made = Made("{{first_name}}|{{email}}|{{name}}|{{email}}|{{name}}|{{email}}");
  const auto part = [&](int number) {
    std::size_t begin = 0;
    for (int i = 0; i < number; ++i) begin = made.find('|', begin) + 1;
    return made.substr(begin, made.find('|', begin) - begin);
  };
  INFO(made);
  CHECK(part(2).find(part(0) + " ") == 0);
  CHECK(part(1) == part(3));
  CHECK(part(4) != part(2));
  CHECK(part(5) != part(3));
}

TEST_CASE("a registered user is a JSON object") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto user = nlohmann::json::parse(Made("registered_user", seed));
    CHECK(user.at("name").is_string());
    CHECK(user.at("email").is_string());
    CHECK(user.at("address").is_string());
    CHECK(user.at("created_at").get<int>() >= 1970);
  }
}

TEST_CASE("what is wrong with a template is said, and where") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "there is no template ''"},
      {"registred_user", "there is no template 'registred_user'; did you mean 'registered_user'?"},
      {"hello", "there is no template 'hello'; there is registered_user, and one of your own has {{FIELD}} in it"},
      {"{\"n\":\"{{nmae}}\"}", "at character 7: there is no field 'nmae'; did you mean 'name'?"},
      {"{{word}} {{xyzzyx}}", "at character 10: there is no field 'xyzzyx'; there are name, "},
      {"{{}}", "at character 1: there is no field ''"},
      {"{{name", "at character 1: {{ without a }} behind it"},
      {"{{name x}}", "name takes nothing, not 'x'"},
      {"{{int}}", "int takes two whole numbers, the least and the greatest: {{int 1970 2010}}"},
      {"{{int 2 1}}", "int takes two whole numbers"},
      {"{{int 1 2.5}}", "int takes two whole numbers"},
      {"{{int 1 9999999999999999999}}", "int takes two whole numbers"},
      {"{{float 1}}", "float takes the least, the greatest"},
      {"{{float 2 1}}", "float takes the least, the greatest"},
      {"{{float 1 2 10}}", "float takes the least, the greatest"},
      {"{{float 1 nan}}", "float takes the least, the greatest"},
      {"{{float 0 1e300}}", "float takes the least, the greatest"},
      {"{{time 2025-01-01}}", "time takes the earliest and the latest"},
      {"{{time 2025-01-02 2025-01-01}}", "time takes the earliest and the latest"},
      {"{{time x y}}", "time takes the earliest and the latest"},
      {"{{sentence 0}}", "sentence takes how many words"},
      {"{{sentence x}}", "sentence takes how many words"},
      {"{{choice}}", "choice takes what to choose from"},
      {"{{choice |}}", "choice takes what to choose from"}};
  for (const auto& [text, said] : cases) {
    const auto parsed = FakeTemplate::Parse(text);
    REQUIRE_FALSE(parsed.ok());
    const std::string message(parsed.status().message());
    INFO(text << ": " << message);
    CHECK(message.find(said) != std::string::npos);
  }
}

TEST_CASE("made-up lines have no end, ahead or one by one") {
  const auto parsed = FakeTemplate::Parse("{{int 0 1000000}} {{name}}");
  REQUIRE(parsed.ok());
  FakeLines ahead(*parsed, 5, false), singly(*parsed, 5, true);
  CHECK_FALSE(ahead.Next().has_value());
  const auto next = [](FakeLines& lines) {
    auto line = lines.Next();
    if (!line.has_value()) {
      CHECK(*lines.Fill());
      line = lines.Next();
    }
    return std::string(line.value());
  };
  for (int i = 0; i < 30000; ++i) {
    const std::string one = next(ahead), other = next(singly);
    if (one != other) FAIL("line " << i << ": " << one << " and " << other);
  }
  CHECK_FALSE(singly.Next().has_value());
}

}  // namespace
}  // namespace leat::cli
