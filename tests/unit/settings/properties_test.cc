#include "settings/properties.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace leat::settings {
namespace {

using Properties = std::vector<Property>;

Properties Read(std::string_view text) {
  const auto properties = ParseProperties(text, "f");
  INFO(properties.status().ToString());
  CHECK(properties.ok());
  return properties.ok() ? *properties : Properties();
}

TEST_CASE("properties are names and values, parted by an equals sign, a colon or blanks") {
  CHECK(Read("").empty());
  CHECK(Read("a=1") == Properties{{"a", "1", 1}});
  CHECK(Read("a=1\nb:2\nc 3\n") == Properties{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}});
  CHECK(Read("  a \t=\f 1 2  \t\n") == Properties{{"a", "1 2", 1}});
  CHECK(Read("a==1\nb=:2\nc : =3") == Properties{{"a", "=1", 1}, {"b", ":2", 2}, {"c", "=3", 3}});
  CHECK(Read("a\nb=\n") == Properties{{"a", "", 1}, {"b", "", 2}});
  CHECK(Read("a=1\na=2") == Properties{{"a", "1", 1}, {"a", "2", 2}});
}

TEST_CASE("comments and empty lines are left out, and counted") {
  CHECK(Read("# x=1\n  ! y=2\n\n \t\na=1 # not a comment\n") == Properties{{"a", "1 # not a comment", 5}});
  CHECK(Read("# a backslash goes on in no comment \\\na=1") == Properties{{"a", "1", 2}});
}

TEST_CASE("lines end as they do anywhere") {
  CHECK(Read("a=1\r\nb=2\rc=3\n\rd=4\r\n") == Properties{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}, {"d", "4", 5}});
}

TEST_CASE("a line that ends with a backslash goes on in the next") {
  CHECK(Read("a=1,\\\n   2,\\\r\n\t3\nb=4") == Properties{{"a", "1,2,3", 1}, {"b", "4", 4}});
  CHECK(Read("a=1\\\\\nb=2") == Properties{{"a", "1\\", 1}, {"b", "2", 2}});
  CHECK(Read("a=1\\\\\\\nb=2") == Properties{{"a", "1\\b=2", 1}});
  CHECK(Read("a=1\\") == Properties{{"a", "1", 1}});
  CHECK(Read("a=1\\\n# 2") == Properties{{"a", "1# 2", 1}});
}

TEST_CASE("escapes are undone") {
  CHECK(Read("a\\=b\\:c\\ d=1") == Properties{{"a=b:c d", "1", 1}});
  CHECK(Read("a=\\t\\n\\r\\f.\\q\\\"") == Properties{{"a", "\t\n\r\f.q\"", 1}});
  CHECK(Read("a=\\u0041\\u00e4\\u20AC\\ud83d\\ude00") == Properties{{"a", "Aä€😀", 1}});
}

TEST_CASE("a bad line is named with its file") {
  const auto refused = [](std::string_view text) {
    const auto properties = ParseProperties(text, "d/leat.properties");
    CHECK(absl::IsInvalidArgument(properties.status()));
    return std::string(properties.status().message());
  };
  CHECK(refused("a=1\n\n=2") == "d/leat.properties:3: has no name before its value; write NAME=VALUE");
  CHECK(refused(": 1").find("d/leat.properties:1: has no name") == 0);
  for (const char* text : {"\\u", "\\u12", "\\u12g4", "\\ud83d", "\\ud83dx", "\\ud83d\\u0041", "\\ude00"}) {
    CHECK(refused("b=1\\\n 2\na=" + std::string(text)) ==
          "d/leat.properties:3: behind \\u stand four hexadecimal digits of a character");
  }
}

}  // namespace
}  // namespace leat::settings
