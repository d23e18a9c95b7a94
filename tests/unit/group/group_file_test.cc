#include "group/group_file.h"

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/memory_file_system.h"
#include "io/posix_file_system.h"
#include "support/catch.h"
#include "support/group_file_folder.h"

namespace leat::group {
namespace {

using testing::GroupFileFolder;

TEST_CASE_METHOD(GroupFileFolder, "a group's file is its maker's, and nobody's who is of another home") {
  Make();
  CHECK(Open(home)->verdict() == GroupVerdict::kOurs);
  CHECK(Open({.boot_id = "another", .control = home.control})->verdict() == GroupVerdict::kElsewhere);
  CHECK(Open({.boot_id = home.boot_id, .control = {home.control.device, home.control.inode + 1}})->verdict() ==
        GroupVerdict::kElsewhere);
  CHECK(Open({})->verdict() == GroupVerdict::kElsewhere);
}

TEST_CASE_METHOD(GroupFileFolder, "a copy of a group's file is not ours") {
  Make();
  const std::string bytes = *io::ReadWholeFile(*files, path, kGroupSizeMax);
  // Not removed, or its inode would be anybody's.
  REQUIRE(files->Rename(path, path + "-1").ok());
  auto other = *files->Open(path, io::OpenMode::kCreate);
  REQUIRE(other->WriteAt(0, std::as_bytes(std::span(bytes))).ok());
  CHECK(Open(home)->verdict() == GroupVerdict::kElsewhere);
}

TEST_CASE_METHOD(GroupFileFolder, "what is cut off or damaged at its head is garbage, and another layout says so") {
  Make();
  const auto spoil = [&](std::size_t at, char byte) {
    auto file = *files->Open(path, io::OpenMode::kReadWrite);
    const std::byte bytes[] = {static_cast<std::byte>(byte)};
    REQUIRE(file->WriteAt(static_cast<std::int64_t>(at), bytes).ok());
  };
  SECTION("of a size at which there is nothing") {
    REQUIRE((*files->Open(path, io::OpenMode::kReadWrite))->Truncate(GENERATE(0, 95)).ok());
  }
  SECTION("of a size at which the identity is whole") {
    REQUIRE((*files->Open(path, io::OpenMode::kReadWrite))->Truncate(GENERATE(96, 4096, kExtentsAt - 1)).ok());
  }
  SECTION("with another magic") { spoil(0, 'x'); }
  SECTION("with a wrong checksum") { spoil(20, 'x'); }
  SECTION("of another layout") {
    spoil(8, 9);
    const auto opened = Open(home);
    CHECK(opened->verdict() == GroupVerdict::kOtherLayout);
    CHECK(absl::IsFailedPrecondition(opened->VerdictStatus()));
    return;
  }
  const auto opened = Open(home);
  CHECK(opened->verdict() == GroupVerdict::kGarbage);
  CHECK(absl::IsDataLoss(opened->VerdictStatus()));
  CHECK(std::string(opened->VerdictStatus().message()).find(path) == 0);
}

TEST_CASE_METHOD(GroupFileFolder, "a file that bears another group's name is told, whoever put it there") {
  Make();
  const std::string other = path + "-2";
  REQUIRE(files->Rename(path, other).ok());
  auto opened = GroupFile::Open(*files, other, home, io::MapAccess::kReadWrite);
  REQUIRE(opened.ok());
  CHECK((*opened)->verdict() == GroupVerdict::kAnothers);
  CHECK(absl::IsDataLoss((*opened)->VerdictStatus()));
  CHECK(std::string((*opened)->VerdictStatus().message()).find(other) == 0);
  opened->reset();
  REQUIRE(files->Rename(other, path).ok());
  CHECK(Open(home)->verdict() == GroupVerdict::kOurs);
}

TEST_CASE_METHOD(GroupFileFolder, "a file in the making has another name until it is published") {
  auto made = GroupFile::Make(*files, path, home, like);
  REQUIRE(made.ok());
  CHECK(absl::IsNotFound(GroupFile::Open(*files, path, home, io::MapAccess::kRead).status()));
  REQUIRE((*made)->Publish(*files).ok());
  CHECK(Open(home)->verdict() == GroupVerdict::kOurs);
  // What somebody who died left is no obstacle.
  REQUIRE(files->Open(path + "~", io::OpenMode::kCreate).ok());
  CHECK(GroupFile::Make(*files, path, home, like).ok());
}

TEST_CASE_METHOD(GroupFileFolder,
                 "extents come one behind the other, zeroed, and seen by all who have the file open") {
  const auto one = Make();
  const auto two = Open(home);
  ExtentHeader header{};
  header.kind = static_cast<std::uint32_t>(ExtentKind::kMetadata);
  const auto first = one->AddExtent(header, 3, "name");
  REQUIRE(first.ok());
  CHECK(*first == GroupFile::kBegin);
  // Somebody died while he wrote the next one.
  std::memset(&one->At<char>(one->end()), 'x', 10 * kUnit);
  const auto second = two->AddExtent(header, 10'000);
  REQUIRE(second.ok());
  CHECK(*second == *first + 4);
  const auto seen = one->ExtentAt(*second);
  REQUIRE(seen.has_value());
  CHECK(seen->header->units == 10'001);
  CHECK(one->At<char>(*second + 1) == 0);
  CHECK(one->end() == *second + 10'001);
  CHECK(std::memcmp(&two->At<char>(*first + 1), "name", 4) == 0);
}

TEST_CASE_METHOD(GroupFileFolder, "what is no extent, or a damaged one, is not taken for one") {
  const auto file = Make();
  ExtentHeader header{};
  header.kind = static_cast<std::uint32_t>(ExtentKind::kMetadata);
  const EntryPlace place = *file->AddExtent(header, 3);
  CHECK_FALSE(file->ExtentAt(0).has_value());
  CHECK_FALSE(file->ExtentAt(place + 1).has_value());
  CHECK_FALSE(file->ExtentAt(0xFFFFFFFF).has_value());
  CHECK_FALSE(file->ExtentAt(static_cast<EntryPlace>(kGroupSizeMax / kUnit)).has_value());
  REQUIRE(file->ExtentAt(place).has_value());
  file->At<ExtentHeader>(place).units = 4000;
  CHECK_FALSE(file->ExtentAt(place).has_value());
}

TEST_CASE_METHOD(GroupFileFolder, "a group that is full says so, and stays whole") {
  const auto file = Make();
  ExtentHeader header{};
  header.kind = static_cast<std::uint32_t>(ExtentKind::kMetadata);
  const auto units = static_cast<std::uint32_t>(kGroupSizeMax / kUnit);
  CHECK(absl::IsResourceExhausted(file->AddExtent(header, units - file->end()).status()));
  CHECK(file->end() == GroupFile::kBegin);
  CHECK(file->AddExtent(header, 1).ok());
}

}  // namespace
}  // namespace leat::group
