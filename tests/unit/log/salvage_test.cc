#include "log/salvage.h"

#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::Bytes;
using testing::LogFiles;

class Folder {
 public:
  Folder() { REQUIRE(files->MakeDirectory("/p").ok()); }
  std::shared_ptr<io::FileSystem> files = io::MakeMemoryFileSystem();
  LogFiles log{*files, "/p"};
  LogFiles kept{*files, "/s/topic-7"};
  Salvage salvage{*files, "/s", {"topic", 7}, {}};
};

TEST_CASE("nothing is made while there is nothing to keep") {
  Folder folder;
  CHECK(folder.salvage.SyncFolders().ok());
  CHECK_FALSE(folder.files->Info("/s").ok());
}

TEST_CASE("a tail is copied under a name that says where it stood") {
  Folder folder;
  Bytes bytes(2'500'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 >> 3);
  folder.log.WriteSegment(40, bytes);
  const auto file = folder.files->Open(folder.log.Path(LogFiles::LogName(40)), io::OpenMode::kRead);
  REQUIRE(file.ok());
  for (int twice = 0; twice < 2; ++twice) {
    const auto path = folder.salvage.KeepTail(**file, 40, 100, 2'400'000, 57);
    REQUIRE(path.ok());
    const Bytes tail(bytes.begin() + 100, bytes.begin() + 2'400'000);
    REQUIRE(folder.kept.Names().size() == 1);
    const std::string name = folder.kept.Names()[0];
    CHECK(*path == "/s/topic-7/" + name);
    CHECK(name == fmt::format("00000000000000000040.log.position-100.offset-57.crc-{:08x}", Crc32c(tail)));
    CHECK(folder.kept.Read(name) == tail);
  }
  // Other bytes from the same place do not take its place.
  REQUIRE(folder.salvage.KeepTail(**file, 40, 100, 2'400'001, 57).ok());
  CHECK(folder.kept.Names().size() == 2);
}

TEST_CASE("a segment is moved, and never over another one") {
  Folder folder;
  for (int i = 0; i < 3; ++i) {
    folder.log.Write(LogFiles::LogName(40), std::string(1, static_cast<char>('a' + i)));
    REQUIRE(folder.salvage.KeepSegment("/p", 40).ok());
    CHECK(folder.log.Names().empty());
  }
  CHECK(folder.salvage.SyncFolders().ok());
  const std::string name = LogFiles::LogName(40);
  CHECK(folder.kept.Names() == std::vector<std::string>{name, name + ".2", name + ".3"});
  CHECK(folder.kept.ReadText(name + ".3") == "c");
}

TEST_CASE("a segment that is not there cannot be kept") {
  Folder folder;
  CHECK(absl::IsNotFound(folder.salvage.KeepSegment("/p", 1).status()));
}

}  // namespace
}  // namespace leat::log
