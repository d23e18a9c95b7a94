#include <leat/serde.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.h"

namespace serde_test {

struct Tick {
  std::int64_t price = 0;
  double size = 0;
  friend bool operator==(const Tick&, const Tick&) = default;
};

struct User {
  std::string name;
};
std::string ToJson(const User& user) { return "{\"name\":\"" + user.name + "\"}"; }
absl::Status FromJson(std::string_view json, User* user) {
  if (!json.starts_with("{\"name\":\"") || !json.ends_with("\"}")) return absl::InvalidArgumentError("no user");
  user->name = json.substr(9, json.size() - 11);
  return absl::OkStatus();
}

struct Message {
  std::string text;
  bool SerializeToString(std::string* to) const {
    *to = "m:" + text;
    return text != "unserializable";
  }
  bool ParseFromString(const std::string& from) {
    if (!from.starts_with("m:")) return false;
    text = from.substr(2);
    return true;
  }
};

struct Foreign {};

}  // namespace serde_test

template <>
inline constexpr bool leat::kSerdeAsBytes<serde_test::Tick> = true;

namespace leat {
namespace {

using serde_test::Message;
using serde_test::Tick;
using serde_test::User;

static_assert(SerdeFor<Serde<std::string>, std::string>);
static_assert(SerdeFor<Serde<std::optional<std::int32_t>>, std::optional<std::int32_t>>);
static_assert(SerdeFor<Serde<User>, User> && SerdeFor<Serde<Message>, Message> && SerdeFor<Serde<Tick>, Tick>);
template <typename T>
concept HasSerde = requires {
  Serde<T>();
};
// What nobody said how to convert does not compile, nor does what only looks like a number.
static_assert(!HasSerde<serde_test::Foreign> && !HasSerde<char> && !HasSerde<wchar_t> && !HasSerde<int*>);

template <typename T>
std::string Bytes(const T& value) {
  std::string scratch;
  const auto bytes = Serde<T>().Serialize(value, scratch);
  REQUIRE(bytes.ok());
  CHECK(!bytes->is_null());
  return std::string(*bytes);
}

template <typename T>
T Back(const T& value) {
  const std::string bytes = Bytes(value);
  const auto back = Serde<T>().Deserialize(bytes);
  REQUIRE(back.ok());
  return *back;
}

template <typename T>
bool Refuses(BytesView bytes) {
  return absl::IsInvalidArgument(Serde<T>().Deserialize(bytes).status());
}

}  // namespace

TEST_CASE("numbers are Kafka's: big-endian, of their size") {
  CHECK(Bytes(std::int32_t{0x01020304}) == std::string("\1\2\3\4", 4));
  CHECK(Bytes(std::int64_t{-2}) == std::string("\xff\xff\xff\xff\xff\xff\xff\xfe", 8));
  CHECK(Bytes(std::int16_t{258}) == std::string("\1\2", 2));
  CHECK(Bytes(std::uint8_t{7}) == "\7");
  CHECK(Bytes(1.0f) == std::string("\x3f\x80\0\0", 4));
  CHECK(Bytes(-2.0) == std::string("\xc0\0\0\0\0\0\0\0", 8));
  CHECK(Bytes(true) == "\1");
  CHECK(Bytes(false) == std::string(1, '\0'));
}

TEST_CASE("numbers come back, the least and the greatest, too") {
  CHECK(Back(std::numeric_limits<std::int64_t>::min()) == std::numeric_limits<std::int64_t>::min());
  CHECK(Back(std::numeric_limits<std::uint64_t>::max()) == std::numeric_limits<std::uint64_t>::max());
  CHECK(Back(std::int8_t{-1}) == -1);
  CHECK(Back(0.1) == 0.1);
  CHECK(Back(true));
}

TEST_CASE("numbers of another size, and null, are refused") {
  CHECK(Refuses<std::int32_t>("abc"));
  CHECK(Refuses<std::int32_t>("abcde"));
  CHECK(Refuses<std::int64_t>(""));
  CHECK(Refuses<double>(nullptr));
  CHECK(Refuses<bool>("\2"));
  CHECK(Refuses<bool>("ab"));
}

TEST_CASE("text and bytes are as they are, and are not copied where they are sent") {
  const std::string text("a\0b", 3);
  std::string scratch;
  CHECK(Serde<std::string>().Serialize(text, scratch)->as_string_view().data() == text.data());
  CHECK(Back(text) == text);
  CHECK(Back(std::string()).empty());
  CHECK(Bytes(std::string_view("view")) == "view");
  CHECK(Serde<std::string_view>().Deserialize(text)->data() == text.data());
  CHECK(Back(std::vector<std::uint8_t>{1, 2, 0}) == std::vector<std::uint8_t>{1, 2, 0});
  CHECK(Back(std::vector<std::byte>{}).empty());
  CHECK(Refuses<std::string>(nullptr));
  CHECK(Refuses<std::vector<std::byte>>(nullptr));
  CHECK(Serde<BytesView>().Deserialize(nullptr)->is_null());
}

TEST_CASE("an optional is null when it is empty, and nullptr_t always") {
  std::string scratch;
  CHECK(Serde<std::optional<std::int32_t>>().Serialize(std::nullopt, scratch)->is_null());
  CHECK(*Serde<std::optional<std::int32_t>>().Deserialize(nullptr) == std::nullopt);
  CHECK(*Serde<std::optional<std::string>>().Deserialize("") == std::string());
  CHECK(Back(std::optional<std::int32_t>(5)) == 5);
  CHECK(Refuses<std::optional<std::int32_t>>("abc"));
  CHECK(Serde<std::nullptr_t>().Serialize(nullptr, scratch)->is_null());
  CHECK(Serde<std::nullptr_t>().Deserialize(nullptr).ok());
  CHECK(Refuses<std::nullptr_t>("x"));
}

TEST_CASE("structs that are said to be plain bytes come back, those of another size do not") {
  CHECK(Back(Tick{.price = -7, .size = 0.5}) == Tick{.price = -7, .size = 0.5});
  CHECK(Refuses<Tick>("short"));
  CHECK(Refuses<Tick>(nullptr));
}

TEST_CASE("what writes and reads itself does") {
  CHECK(Bytes(Message{"hi"}) == "m:hi");
  CHECK(Back(Message{"hi"}).text == "hi");
  CHECK(Refuses<Message>("x"));
  CHECK(Refuses<Message>(nullptr));
  std::string scratch;
  CHECK(absl::IsInvalidArgument(Serde<Message>().Serialize(Message{"unserializable"}, scratch).status()));
}

TEST_CASE("JSON goes by the application's two functions") {
  CHECK(Bytes(User{"Ada"}) == R"({"name":"Ada"})");
  CHECK(Back(User{"Ada"}).name == "Ada");
  CHECK(Refuses<User>("[]"));
  CHECK(Refuses<User>(nullptr));
}

TEST_CASE("two functions given by hand are a serde") {
  const auto serde = FunctionSerde<int>([](int value) { return std::to_string(value); },
                                        [](std::string_view text) -> absl::StatusOr<int> {
                                          if (text != "42") return absl::InvalidArgumentError("not the answer");
                                          return 42;
                                        });
  static_assert(SerdeFor<std::remove_const_t<decltype(serde)>, int>);
  std::string scratch;
  CHECK(*serde.Serialize(7, scratch) == "7");
  CHECK(*serde.Deserialize("42") == 42);
  CHECK(absl::IsInvalidArgument(serde.Deserialize("43").status()));
  CHECK(absl::IsInvalidArgument(serde.Deserialize(nullptr).status()));
}

}  // namespace leat
