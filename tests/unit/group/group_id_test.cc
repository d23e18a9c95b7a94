#include "group/group_id.h"

#include <string>

#include "support/catch.h"

namespace leat::group {
namespace {

TEST_CASE("a group's file name tells its id, whatever bytes that has") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string id(1, static_cast<char>(byte));
    CHECK(ParseGroupFileName(GroupFileName(id)) == id);
    if (byte % 8 == 0) all += id;
  }
  CHECK(ParseGroupFileName(GroupFileName(all)) == all);
}

TEST_CASE("ordinary ids are their own file names") {
  CHECK(GroupFileName("mailer-2_b.test") == "mailer-2_b.test");
  CHECK(GroupFileName("a/b") == "a%2Fb");
  CHECK(GroupFileName("100%") == "100%25");
  CHECK(GroupFileName("ü") == "%C3%BC");
}

TEST_CASE("no id is a name that means something else to a folder") {
  CHECK(GroupFileName(".") == "%2E");
  CHECK(GroupFileName("..") == "%2E.");
  CHECK(GroupFileName(".hidden") == "%2Ehidden");
  CHECK(GroupFileName("a~") == "a%7E");  // '~' ends the names of files in the making
}

TEST_CASE("what is no group's file is not taken for one") {
  for (const char* name : {"", "a~", "a%2", "a%", "%zz", "a%2f", "%61", ".", "..", ".x", "a b"}) {
    CAPTURE(name);
    CHECK_FALSE(ParseGroupFileName(name).has_value());
  }
  CHECK_FALSE(ParseGroupFileName(std::string(201, 'a')).has_value());
}

TEST_CASE("an id has a byte at least, and 200 at most once it is a file's name") {
  CHECK(absl::IsInvalidArgument(CheckGroupId("")));
  CHECK(CheckGroupId(std::string(200, 'a')).ok());
  CHECK(absl::IsInvalidArgument(CheckGroupId(std::string(201, 'a'))));
  CHECK(CheckGroupId(std::string(66, '/')).ok());
  CHECK(absl::IsInvalidArgument(CheckGroupId(std::string(67, '/'))));
}

}  // namespace
}  // namespace leat::group
