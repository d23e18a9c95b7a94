#include "shared/control_file.h"

#include <memory>
#include <string>

#include "base/process.h"
#include "support/catch.h"
#include "support/shared_folder.h"

namespace leat::shared {
namespace {

using testing::Must;
using testing::SharedFolder;
using testing::Value;

std::unique_ptr<ControlFile> OpenAs(SharedFolder& folder, const std::string& boot_id, const char* name = "control") {
  return Value(ControlFile::Open(folder.files(), folder / name, boot_id, io::MapAccess::kReadWrite));
}

void CopyFile(SharedFolder& folder, const std::string& from, const std::string& to, std::size_t size) {
  auto source = Value(folder.files().Open(folder / from, io::OpenMode::kRead));
  std::vector<std::byte> bytes(size);
  bytes.resize(Value(source->ReadAt(0, bytes)));
  auto target = Value(folder.files().Open(folder / to, io::OpenMode::kCreateNew));
  Must(target->WriteAt(0, bytes));
}

TEST_CASE("the file is ours on this boot, and nobody's on another") {
  SharedFolder folder;
  CHECK(OpenAs(folder, base::BootId())->verdict() == IdentityVerdict::kOurs);
  CHECK(OpenAs(folder, "another boot")->verdict() == IdentityVerdict::kOtherBoot);
}

TEST_CASE("a copy is not believed, although every byte is the same") {
  SharedFolder folder;
  CopyFile(folder, "control", "copy", 1 << 20);
  CHECK(OpenAs(folder, base::BootId(), "copy")->verdict() == IdentityVerdict::kCopied);
}

TEST_CASE("a file cut short is garbage at every length, and opening it is no signal") {
  SharedFolder folder;
  for (const std::size_t size : {0, 1, 8, 95, 96, 4096, 8192, 131071}) {
    CopyFile(folder, "control", "cut", size);
    const auto verdict = OpenAs(folder, base::BootId(), "cut")->verdict();
    CHECK((verdict == IdentityVerdict::kGarbage || (size >= 96 && verdict == IdentityVerdict::kCopied)));
    Must(folder.files().Remove(folder / "cut"));
  }
}

TEST_CASE("every flipped byte of the identity is seen") {
  SharedFolder folder;
  auto file = Value(folder.files().Open(folder / "control", io::OpenMode::kReadWrite));
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(offsetof(Identity, reserved)); ++at) {
    std::byte byte{};
    REQUIRE(Value(file->ReadAt(at, {&byte, 1})) == 1);
    const std::byte flipped = byte ^ std::byte{0x40};
    Must(file->WriteAt(at, {&flipped, 1}));
    CHECK(OpenAs(folder, base::BootId())->verdict() != IdentityVerdict::kOurs);
    Must(file->WriteAt(at, {&byte, 1}));
  }
  CHECK(OpenAs(folder, base::BootId())->verdict() == IdentityVerdict::kOurs);
}

TEST_CASE("another layout is told by its number") {
  SharedFolder folder;
  auto file = Value(folder.files().Open(folder / "control", io::OpenMode::kReadWrite));
  const std::uint32_t other = kLayoutVersion + 1;
  Must(file->WriteAt(offsetof(Identity, layout_version), std::as_bytes(std::span(&other, 1))));
  auto control = OpenAs(folder, base::BootId());
  CHECK(control->verdict() == IdentityVerdict::kOtherLayout);
  CHECK(control->layout_version() == other);
}

TEST_CASE("pages are given out one by one, seen by others, and used again when freed") {
  SharedFolder folder;
  auto control = OpenAs(folder, base::BootId());
  auto other = OpenAs(folder, base::BootId());
  auto random = base::SeededRandom(7);
  const base::Uuid id = base::MakeUuid(*random);
  REQUIRE(control->page_count() == 1);
  for (std::int32_t partition = 0; partition < 100; ++partition) {
    PartitionPage* page = Value(control->AddPage(id, 5, partition));
    CHECK(page->partition == partition);
    CHECK(page->ready.load() == 0);
  }
  REQUIRE(other->page_count() == 101);
  CHECK(other->page(100).partition == 99);
  CHECK(other->page(100).incarnation == 5);

  ControlFile::FreePage(other->page(17));
  PartitionPage* again = Value(control->AddPage(id, 6, 1000));
  CHECK(again == &control->page(17));
  CHECK(other->page_count() == 101);
}

TEST_CASE("a page count that the file has no room for is not believed") {
  SharedFolder folder;
  auto control = OpenAs(folder, base::BootId());
  control->header().page_count.store(60'000);
  CHECK(OpenAs(folder, base::BootId())->page_count() < 100);
}

TEST_CASE("making it anew leaves the old file to those who have it") {
  SharedFolder folder;
  auto old = OpenAs(folder, base::BootId());
  const auto info = Value(folder.files().Info(folder.partition_folder()));
  auto random = base::SeededRandom(9);
  auto made =
      Value(ControlFile::Make(folder.files(), folder / "control", base::MakeUuid(*random), base::BootId(), info));
  CHECK(made->verdict() == IdentityVerdict::kOurs);
  CHECK(made->page_count() == 0);
  CHECK(old->page_count() == 1);
}

}  // namespace
}  // namespace leat::shared
