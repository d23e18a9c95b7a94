// Small things that the commands are made of.
#include <string>

#include "cli/base64.h"
#include "cli/place.h"
#include "cli/reset_place.h"
#include "cli/text_escapes.h"
#include "support/catch.h"

namespace leat::cli {
namespace {

TEST_CASE("UTF-8 is told from what only looks like it") {
  for (const std::string right : {"", "abc", "ä", "€", "😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    CHECK(IsUtf8(right));
  }
  for (const std::string wrong : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                  "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "a\xff"}) {
    CHECK_FALSE(IsUtf8(wrong));
  }
  CHECK(ToBase64("\xff\xfe") == "//4=");
  CHECK(FromBase64("//4=") == "\xff\xfe");
  CHECK_FALSE(FromBase64("*").has_value());
}

TEST_CASE("places are words, numbers and times, each where it makes sense") {
  CHECK(ParsePlace("begin")->kind == Place::Kind::kBegin);
  CHECK(ParsePlace("end")->kind == Place::Kind::kEnd);
  CHECK(*ParsePlace("7") == Place{.kind = Place::Kind::kOffset, .number = 7});
  CHECK(*ParsePlace("-7") == Place{.kind = Place::Kind::kLast, .number = 7});
  CHECK(*ParsePlace("-0") == Place{.kind = Place::Kind::kLast, .number = 0});
  CHECK(*ParsePlace("@5") == Place{.kind = Place::Kind::kTime, .time = Timestamp(std::chrono::milliseconds(5))});
  CHECK(ParseLastPlace("end").ok());
  CHECK(ParseLastPlace("7").ok());
  CHECK_FALSE(ParseLastPlace("begin").ok());
  CHECK_FALSE(ParseLastPlace("-7").ok());
  CHECK(ParseAskedPlace("begin").ok());
  CHECK_FALSE(ParseAskedPlace("7").ok());
  for (const char* wrong : {"", "x", "+7", "7x", "@", "9999999999999999999"}) {
    CHECK_FALSE(ParsePlace(wrong).ok());
  }
  for (const char* right : {"begin", "end", "0", "+3", "-3", "@5", "@-1h", "PT1H"})
    CHECK(ParseResetPlace(right).ok());
  for (const char* wrong : {"", "+", "+-3", "x", "P", "@x"}) CHECK_FALSE(ParseResetPlace(wrong).ok());
}

TEST_CASE("bytes that cannot be typed are written behind a backslash") {
  CHECK(*Unescape("a\\t\\x1e\\\\\\n\\r") == "a\t\x1e\\\n\r");
  CHECK(*Unescape("\\0") == std::string(1, '\0'));
  for (const char* wrong : {"\\", "\\q", "\\x1", "\\xgg"}) CHECK_FALSE(Unescape(wrong).ok());
}

}  // namespace
}  // namespace leat::cli
