#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>
#include <leat/types.h>

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "support/catch.h"

namespace leat {
namespace {

// Takes it as a call does: by implicit conversion.
std::string Text(BytesView bytes) { return bytes.is_null() ? "(null)" : std::string(bytes); }

const std::byte* const kNoBytes = nullptr;

}  // namespace

TEST_CASE("whatever holds bytes converts to a view of them") {
  const std::string text = "ada";
  const std::vector<std::byte> bytes = {std::byte{'a'}, std::byte{'d'}, std::byte{'a'}};
  const std::vector<std::uint8_t> numbers = {'a', 'd', 'a'};
  const std::vector<char> chars = {'a', 'd', 'a'};
  const std::array<std::byte, 3> array = {std::byte{'a'}, std::byte{'d'}, std::byte{'a'}};
  const std::uint8_t raw[] = {'a', 'd', 'a'};
  std::string changeable = "ada";
  char buffer[8] = "ada";

  CHECK(Text("ada") == "ada");
  CHECK(Text(text) == "ada");
  CHECK(Text(changeable) == "ada");
  CHECK(Text(std::string("ada")) == "ada");
  CHECK(Text(text.c_str()) == "ada");
  CHECK(Text(buffer) == "ada");
  CHECK(Text(std::string_view("ada")) == "ada");
  CHECK(Text(absl::string_view("ada")) == "ada");
  CHECK(Text(bytes) == "ada");
  CHECK(Text(numbers) == "ada");
  CHECK(Text(chars) == "ada");
  CHECK(Text(array) == "ada");
  CHECK(Text(raw) == "ada");
  CHECK(Text(std::span<const std::byte>(bytes)) == "ada");
  CHECK(Text(std::span<const std::uint8_t>(numbers)) == "ada");
  CHECK(Text(std::span<char>(buffer, 3)) == "ada");
  CHECK(Text({buffer, 2}) == "ad");
  CHECK(Text({bytes.data(), 2}) == "ad");
  CHECK(Text(std::optional<std::string>("ada")) == "ada");
  CHECK(Text(std::optional<std::string_view>("ada")) == "ada");
  CHECK(Text(std::optional<std::vector<std::byte>>(bytes)) == "ada");
  CHECK(Text(BytesView("ada")) == "ada");
}

TEST_CASE("nothing converts to null") {
  const char* no_text = nullptr;
  CHECK(Text({}) == "(null)");
  CHECK(Text(nullptr) == "(null)");
  CHECK(Text(std::nullopt) == "(null)");
  CHECK(Text(no_text) == "(null)");
  CHECK(Text(std::optional<std::string>()) == "(null)");
  CHECK(Text(std::optional<std::string_view>()) == "(null)");
}

TEST_CASE("what is empty converts to empty, even where it has no memory") {
  CHECK(Text("") == "");
  CHECK(Text(std::string()) == "");
  CHECK(Text(std::string_view()) == "");
  CHECK(Text(std::vector<std::byte>()) == "");
  CHECK(Text(std::span<const std::byte>()) == "");
  CHECK(Text(std::optional<std::string>("")) == "");
  CHECK_FALSE(BytesView(kNoBytes, 0).is_null());
  CHECK(BytesView("").data() != nullptr);
}

TEST_CASE("numbers, wide text and other vectors do not convert") {
  STATIC_REQUIRE_FALSE(std::is_convertible_v<int, BytesView>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<const wchar_t*, BytesView>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::wstring, BytesView>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::vector<int>, BytesView>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::optional<int>, BytesView>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<BytesView, std::string>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<BytesView>);
}

TEST_CASE("a view has what it was made of") {
  const BytesView view = "ada";
  CHECK(view.size() == 3);
  CHECK(view.as_string_view() == "ada");
  CHECK(view.bytes().size() == 3);
  CHECK(view.bytes()[1] == std::byte{'d'});
  CHECK(BytesView("a\0b").size() == 1);
  CHECK(BytesView(std::string_view("a\0b", 3)).size() == 3);
  CHECK(BytesView().data() == nullptr);
  CHECK(BytesView().empty());
  CHECK(BytesView().as_string_view().empty());
  constexpr BytesView kConstant = "constant";
  STATIC_REQUIRE(kConstant.size() == 8);
}

TEST_CASE("views compare with whatever converts, from either side") {
  const BytesView view = "ada";
  const std::optional<std::string> some = "ada";
  CHECK(view == "ada");
  CHECK("ada" == view);
  CHECK(view == std::string("ada"));
  CHECK(std::string("ada") == view);
  CHECK(view == std::string_view("ada"));
  CHECK(view == absl::string_view("ada"));
  CHECK(view == some);
  CHECK(some == view);
  CHECK(view != "ad");
  CHECK(view != nullptr);
  CHECK(view != std::nullopt);
  CHECK(view != std::optional<std::string>());
}

TEST_CASE("null equals null only, in every way of saying it") {
  const BytesView null;
  CHECK(null == nullptr);
  CHECK(null == std::nullopt);
  CHECK(null == std::optional<std::string>());
  CHECK(std::optional<std::string>() == null);
  CHECK(null == BytesView());
  CHECK(null != "");
  CHECK(null != std::optional<std::string>(""));
  CHECK(BytesView("") == std::string());
}

TEST_CASE("views are ordered: null, empty, then by unsigned bytes") {
  CHECK(BytesView() < BytesView(""));
  CHECK_FALSE(BytesView() < BytesView());
  CHECK(BytesView("") < BytesView("a"));
  CHECK(BytesView("a") < BytesView("aa"));
  CHECK(BytesView("aa") < BytesView("b"));
  CHECK(BytesView("z") < BytesView("\xff"));
  std::map<BytesView, int> map = {{"b", 2}, {"", 1}, {nullptr, 0}};
  CHECK(map.begin()->second == 0);
}

TEST_CASE("views hash by content, and null apart from empty") {
  const absl::flat_hash_set<BytesView> set = {"ada", "", nullptr};
  CHECK(set.size() == 3);
  CHECK(set.contains(std::string("ada")));
  CHECK(absl::HashOf(BytesView("ada")) == absl::HashOf(BytesView(std::string("ada"))));
}

TEST_CASE("views print as text, and null as null") {
  CHECK(fmt::format("{}", BytesView("ada")) == "ada");
  CHECK(fmt::format("[{:>5}]", BytesView("ada")) == "[  ada]");
  CHECK(fmt::format("{}", BytesView()) == "null");
  CHECK(fmt::format("[{}]", BytesView("")) == "[]");
}

TEST_CASE("partitions of topics compare, hash and print by name and number") {
  const TopicPartition a = {"a", 1};
  CHECK(a == TopicPartition{"a", 1});
  CHECK(a < TopicPartition{"a", 2});
  CHECK(a < TopicPartition{"b", 0});
  CHECK(absl::flat_hash_set<TopicPartition>{a, {"a", 2}}.size() == 2);
  CHECK(fmt::format("{}", a) == "a-1");
}

}  // namespace leat
