#include "io/failing_file_system.h"

#include "place.h"
#include "support/catch.h"

namespace leat::io {
namespace {

TEST_CASE("without a plan nothing fails and every call is counted") {
  FailingFileSystem files(MakeMemoryFileSystem());
  REQUIRE(ReplaceFile(files, "/a", "content", "1", *files.Info("/")).ok());
  CHECK(files.calls(FileCall::kSync) == 1);
  CHECK(files.calls(FileCall::kRename) == 1);
  CHECK(files.calls(FileCall::kMap) == 0);
  CHECK(*ReadWholeFile(files, "/a") == "content");
}

TEST_CASE("the call that is asked for fails, once, or from then on") {
  FailingFileSystem files(MakeMemoryFileSystem());
  auto file = files.Open("/a", OpenMode::kCreate);
  REQUIRE(file.ok());
  files.FailAt(2, absl::ResourceExhaustedError("full"), FileCall::kWrite);
  CHECK((*file)->WriteAt(0, Bytes("1")).ok());
  CHECK((*file)->Sync().ok());
  CHECK((*file)->WriteAt(1, Bytes("2")).code() == absl::StatusCode::kResourceExhausted);
  CHECK((*file)->WriteAt(1, Bytes("3")).ok());
  CHECK(Read(**file, 0, 9) == "13");
  files.FailFrom(1, absl::DataLossError("broken"), FileCall::kSync);
  CHECK_FALSE((*file)->Sync().ok());
  CHECK_FALSE((*file)->Sync().ok());
  files.Heal();
  CHECK((*file)->Sync().ok());
}

TEST_CASE("whichever call of a replacement fails, the old content or the new one is there, and nothing else") {
  FailingFileSystem files(MakeMemoryFileSystem());
  const FileInfo like = *files.Info("/");
  const int before = files.calls();
  REQUIRE(ReplaceFile(files, "/a", "old", "1", like).ok());
  const int calls = files.calls() - before;
  REQUIRE(calls >= 6);
  for (int n = 1; n <= calls; ++n) {
    INFO("call " << n << " of " << calls);
    REQUIRE(ReplaceFile(files, "/a", "old", "1", like).ok());
    files.FailAt(n, absl::DataLossError("broken"));
    CHECK(ReplaceFile(files, "/a", "new", "1", like).code() == absl::StatusCode::kDataLoss);
    files.Heal();
    const std::string content = *ReadWholeFile(files, "/a");
    CHECK(content == (n == calls ? "new" : "old"));  // the last is the directory's sync, after the rename
    CHECK(files.List("/")->size() == 1);
  }
}

}  // namespace
}  // namespace leat::io
