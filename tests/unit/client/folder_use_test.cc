#include <leat/broker.h>
#include <leat/folder_use.h>

#include <signal.h>

#include <string>

#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::ForkedChild;
using testing::TempFolder;

TEST_CASE("who has a folder open is told, readers and the dead are not") {
  const TempFolder temp;
  const std::string folder = temp / "data";
  CHECK(absl::IsNotFound(WhoUses(folder).status()));
  CHECK(absl::IsNotFound(WhoUses(temp.path()).status()));
  ForkedChild child([&](ForkedChild& self) {
    auto broker = Broker::Open(folder);
    self.Say(broker.ok() ? 'y' : 'n');
    self.Hear();
    return 0;
  });
  REQUIRE(child.Answer() == 'y');
  {
    const auto reader = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
    REQUIRE(reader.ok());
    auto use = WhoUses(folder);
    REQUIRE(use.ok());
    CHECK(use->in_use);
    REQUIRE(use->processes.size() == 1);
    CHECK(use->processes[0].pid == child.pid());
    CHECK_FALSE(use->processes[0].stopped);
    CHECK_FALSE(use->processes[0].program.empty());

    const auto broker = Broker::Open(folder);
    REQUIRE(broker.ok());
    use = WhoUses(folder);
    REQUIRE(use.ok());
    CHECK(use->processes.size() == 2);
  }
  child.Kill();
  const auto use = WhoUses(folder);
  REQUIRE(use.ok());
  CHECK_FALSE(use->in_use);
  CHECK(use->processes.empty());
}

}  // namespace
}  // namespace leat
