#include "broker/folder_holders.h"

#include <algorithm>
#include <string>

#include "base/process.h"
#include "io/posix_file_system.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

TEST_CASE("the processes that have a file open are found") {
  const testing::TempFolder temp;
  const auto files = io::MakePosixFileSystem();
  io::FileId id;
  {
    const auto file = files->Open(temp / "LOCK", io::OpenMode::kCreate);
    REQUIRE(file.ok());
    id = (*file)->Info()->id;
    const auto holders = FindHolders(*files, id);
    REQUIRE(std::find(holders.begin(), holders.end(), base::CurrentPid()) != holders.end());
    CHECK(DescribeHolders(holders).find(std::to_string(base::CurrentPid())) != std::string::npos);
  }
  CHECK(FindHolders(*files, id).empty());
  CHECK_FALSE(DescribeHolders({}).empty());
}

}  // namespace
}  // namespace leat::broker
