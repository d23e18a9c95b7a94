#include "broker/folder_content.h"

#include <string>

#include "io/memory_file_system.h"
#include "support/catch.h"

namespace leat::broker {
namespace {

TEST_CASE("an empty folder, leat's rests and a Kafka's log directory may become leat's; others not") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/d").ok());
  CHECK(CheckMayBecomeLeats(*files, "/d").ok());
  for (const char* name : {"LOCK", "leat.meta.new.tmp", "control.tmp", "meta.properties",
                           "recovery-point-offset-checkpoint", "users-0", "lost+found", "users-1.abc-delete"}) {
    REQUIRE(files->Open(io::JoinPath("/d", name), io::OpenMode::kCreate).ok());
  }
  CHECK(CheckMayBecomeLeats(*files, "/d").ok());
  REQUIRE(files->Open("/d/holiday.jpg", io::OpenMode::kCreate).ok());
  const absl::Status status = CheckMayBecomeLeats(*files, "/d");
  CHECK(absl::IsFailedPrecondition(status));
  CHECK(status.ToString().find("holiday.jpg") != std::string::npos);
}

}  // namespace
}  // namespace leat::broker
