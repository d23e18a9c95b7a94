#include "base/random.h"

#include <set>
#include <vector>

#include "support/catch.h"

namespace leat::base {
namespace {

// Gives what the test lists, then zeros.
class ListedRandom final : public Random {
 public:
  explicit ListedRandom(std::initializer_list<std::uint64_t> values) : values_(values) {}
  std::uint64_t Next() override {
    if (values_.empty()) return 0;
    const std::uint64_t value = *values_.begin();
    values_.erase(values_.begin());
    return value;
  }

 private:
  std::vector<std::uint64_t> values_;
};

TEST_CASE("a seed repeats its numbers, another seed gives others") {
  const auto one = SeededRandom(7);
  const auto same = SeededRandom(7);
  const auto other = SeededRandom(8);
  int equal_to_other = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = one->Next();
    REQUIRE(value == same->Next());
    if (value == other->Next()) ++equal_to_other;
  }
  CHECK(equal_to_other == 0);
}

TEST_CASE("the system's random numbers do not repeat") {
  const auto random = SystemRandom();
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random->Next());
  CHECK(seen.size() == 1000);
}

TEST_CASE("a uuid's text has 22 characters and comes back as the same uuid") {
  const auto random = SeededRandom(1);
  for (int i = 0; i < 10'000; ++i) {
    const Uuid id = MakeUuid(*random);
    const std::string text = UuidToString(id);
    REQUIRE(text.size() == 22);
    REQUIRE(text.front() != '-');
    REQUIRE(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
            std::string::npos);
    Uuid back{};
    REQUIRE(UuidFromString(text, back));
    REQUIRE(back == id);
    REQUIRE((std::to_integer<int>(id[6]) & 0xF0) == 0x40);
    REQUIRE((std::to_integer<int>(id[8]) & 0xC0) == 0x80);
  }
}

TEST_CASE("a uuid that would begin with a minus is drawn again") {
  ListedRandom random{0xF9, 1, 0x11, 2};
  const Uuid id = MakeUuid(random);
  CHECK(std::to_integer<int>(id[0]) == 0x11);
}

TEST_CASE("a uuid's text is plain url-safe base64") {
  Uuid id{};
  CHECK(UuidToString(id) == "AAAAAAAAAAAAAAAAAAAAAA");
  id.fill(std::byte{0xFF});
  CHECK(UuidToString(id) == "_____________________w");
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::byte>(i);
  CHECK(UuidToString(id) == "AAECAwQFBgcICQoLDA0ODw");
}

TEST_CASE("what is no uuid's text is refused, and the result left alone") {
  Uuid id{};
  id.fill(std::byte{0x55});
  const Uuid before = id;
  const std::string good = "AAECAwQFBgcICQoLDA0ODw";
  for (const std::string& bad : {std::string(), good.substr(1), good + "A", good + "==", "+" + good.substr(1),
                                 "/" + good.substr(1), good.substr(0, 21) + "x", std::string(22, '\0')}) {
    INFO(bad);
    CHECK_FALSE(UuidFromString(bad, id));
  }
  CHECK(id == before);
  CHECK(UuidFromString(good, id));
}

}  // namespace
}  // namespace leat::base
