#include "broker/checked_text.h"

#include <string>

#include "support/catch.h"

namespace leat::broker {
namespace {

constexpr TextKind kKind{.title = "leat thing", .version = 3};

std::string Example() {
  CheckedText text;
  text.Set("name", "a=b");
  text.Set("count", std::int64_t{-7});
  text.Set("empty", "");
  return text.Format(kKind);
}

TEST_CASE("a checked text gives back what was set") {
  const auto text = CheckedText::Parse(Example(), kKind, "file");
  REQUIRE(text.ok());
  CHECK(*text->Text("name") == "a=b");
  CHECK(*text->Number("count") == -7);
  CHECK(text->Text("empty")->empty());
  CHECK(absl::IsDataLoss(text->Text("missing").status()));
  CHECK(absl::IsDataLoss(text->Number("name").status()));
  CHECK(text->CheckKeys({"name", "count", "empty"}).ok());
  CHECK(absl::IsFailedPrecondition(text->CheckKeys({"name", "count"})));
}

TEST_CASE("a checked text is damaged whichever bit of it flips, and wherever it ends") {
  const std::string good = Example();
  int wrong = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const absl::Status status = CheckedText::Parse(bad, kKind, "the-file").status();
    // A flip in the version reads as another version: no less an error, and it names the file as well.
    if (status.ok() || status.ToString().find("the-file") == std::string::npos) ++wrong;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    if (!absl::IsDataLoss(CheckedText::Parse(good.substr(0, size), kKind, "f").status())) ++wrong;
  }
  if (CheckedText::Parse(good + "\n", kKind, "f").ok()) ++wrong;
  CHECK(wrong == 0);
}

TEST_CASE("another format version is named, whatever follows") {
  const absl::Status status = CheckedText::Parse("leat thing, format 4\nwho knows", kKind, "f").status();
  CHECK(absl::IsFailedPrecondition(status));
  CHECK(status.ToString().find("version 4") != std::string::npos);
  CHECK(absl::IsDataLoss(CheckedText::Parse("leat other, format 3\n", kKind, "f").status()));
}

}  // namespace
}  // namespace leat::broker
