#include "log/compaction_mark.h"

#include <memory>
#include <string>

#include "io/memory_file_system.h"
#include "support/catch.h"

namespace leat::log {
namespace {

struct Folder {
  std::shared_ptr<io::FileSystem> files = io::MakeMemoryFileSystem();
  Folder() { REQUIRE(files->MakeDirectory("/p").ok()); }

  CompactionMark Read() { return ReadCompactionMark(*files, "/p").value(); }
  void Write(std::string_view text) {
    auto file = files->Open("/p/compaction", io::OpenMode::kCreate).value();
    REQUIRE(file->Truncate(0).ok());
    REQUIRE(file->WriteAt(0, std::as_bytes(std::span(text))).ok());
  }
};

TEST_CASE("what is written down of a compaction is read back") {
  Folder folder;
  CHECK(HasCompactionMark(*folder.files, "/p").value() == false);
  CHECK(folder.Read() == CompactionMark{});
  for (const Offset keeps : {CompactionMark::kNowhere, Offset{0}, Offset{77}}) {
    const CompactionMark mark{.clean_to = 41302, .next_horizon = 1792000000000, .keeps_tombstones_from = keeps};
    REQUIRE(WriteCompactionMark(*folder.files, "/p", mark, {}, "new").ok());
    CHECK(HasCompactionMark(*folder.files, "/p").value());
    CHECK(folder.Read() == mark);
  }
  CHECK(*io::ReadWholeFile(*folder.files, "/p/compaction") == "0\n41302\n1792000000000\n77\n");
}

TEST_CASE("a mark that is damaged says that nothing was compacted, and that there may be gaps") {
  Folder folder;
  for (const std::string_view text :
       {"", "0\n", "0\n12\n", "0\n12\n-1\n", "1\n12\n-1\n-1\n", "0\n12\n-1\n-1", "0\n12\n-1\n-1\n7\n",
        "0\n-3\n-1\n-1\n", "0\nx12\n-1\n-1\n", "0\n99999999999999999999\n-1\n-1\n"}) {
    folder.Write(text);
    CHECK(folder.Read() == CompactionMark{});
    CHECK(HasCompactionMark(*folder.files, "/p").value());
  }
}

}  // namespace
}  // namespace leat::log
