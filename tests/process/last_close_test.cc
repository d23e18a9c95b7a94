// What the last process to close finds half done, it does.
#include <leat/leat.h>

#include <filesystem>
#include <string>

#include "process/segment_file_check.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::TempFolder;

TEST_CASE("indexes that somebody removed who was about to append, and died, are there after the next close") {
  const TempFolder folder;
  {
    auto broker = Broker::Open(folder.path());
    REQUIRE(broker.ok());
    auto topic = broker->EnsureTopic("t");
    auto producer = Producer::Open(*broker);
    REQUIRE((topic.ok() && producer.ok()));
    REQUIRE(producer->Send(*topic, {.value = "x"}).ok());
    REQUIRE(broker->Close().ok());
  }
  for (const char* suffix : {".index", ".timeindex"}) {
    REQUIRE(std::filesystem::remove(folder / ("t-0/00000000000000000000" + std::string(suffix))));
    {
      auto broker = Broker::Open(folder.path());
      REQUIRE(broker.ok());
      REQUIRE(broker->Close().ok());
    }
    const absl::Status files = process_test::CheckFolderFiles(folder.path());
    CAPTURE(files.ToString());
    CHECK(files.ok());
  }
}

}  // namespace
}  // namespace leat
