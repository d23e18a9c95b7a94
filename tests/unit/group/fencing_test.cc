#include "group/fencing.h"

#include <set>
#include <string>

#include "support/catch.h"

namespace leat::group {
namespace {

TEST_CASE("every reason to be fenced is told in words of its own, with the group's id and what comes next") {
  std::set<std::string> texts;
  for (std::uint32_t reason = 0; reason <= 6; ++reason) {
    const absl::Status status = FencedStatus(static_cast<FenceReason>(reason), "mailer", "box-7");
    CHECK(absl::IsAborted(status));
    const std::string text(status.message());
    CHECK(text.find("\"mailer\"") != std::string::npos);
    CHECK(texts.insert(text).second);
    const bool replaced = static_cast<FenceReason>(reason) == FenceReason::kReplaced;
    CHECK((text.find("It joins again at its next Poll") != std::string::npos) == !replaced);
    CHECK((text.find("box-7") != std::string::npos) == replaced);
  }
}

TEST_CASE("a reason that nobody writes is an unknown one") {
  CHECK(absl::IsAborted(FencedStatus(static_cast<FenceReason>(12345), "g", "")));
}

TEST_CASE("a line knows why its last member was fenced, and of nobody else") {
  MemberLine line{};
  line.fenced_epoch.store(4);
  line.fenced_why.store(static_cast<std::uint32_t>(FenceReason::kProcessDied));
  CHECK(WhyFenced(line, 4) == FenceReason::kProcessDied);
  CHECK(WhyFenced(line, 3) == FenceReason::kUnknown);
}

}  // namespace
}  // namespace leat::group
