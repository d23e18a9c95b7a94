#include "broker/folder_meta.h"

#include <string>

#include "io/memory_file_system.h"
#include "support/catch.h"

namespace leat::broker {
namespace {

FolderMeta Example() {
  return {.id = base::MakeUuid(*base::SeededRandom(2)), .compatible = 5, .producer_id_bound = 99};
}

TEST_CASE("leat.meta holds all of it") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/d").ok());
  CHECK(absl::IsNotFound(ReadFolderMeta(*files, "/d", false).status()));
  REQUIRE(WriteFolderMeta(*files, "/d", Example(), *files->Info("/d")).ok());
  const auto read = ReadFolderMeta(*files, "/d", false);
  REQUIRE(read.ok());
  CHECK(*read == Example());
}

TEST_CASE("features that this library does not know keep it from writing, or from the folder altogether") {
  FolderMeta meta = Example();
  meta.compatible_for_reading = 2;
  CHECK(absl::IsFailedPrecondition(ParseFolderMeta(FormatFolderMeta(meta), "f", false).status()));
  CHECK(ParseFolderMeta(FormatFolderMeta(meta), "f", true).ok());
  meta.incompatible = 4;
  CHECK(absl::IsFailedPrecondition(ParseFolderMeta(FormatFolderMeta(meta), "f", true).status()));
}

TEST_CASE("a damaged leat.meta is named") {
  std::string text = FormatFolderMeta(Example());
  text[text.size() / 2] ^= 1;
  const absl::Status status = ParseFolderMeta(text, "dir/leat.meta", false).status();
  CHECK(absl::IsDataLoss(status));
  CHECK(status.ToString().find("dir/leat.meta") != std::string::npos);
}

}  // namespace
}  // namespace leat::broker
