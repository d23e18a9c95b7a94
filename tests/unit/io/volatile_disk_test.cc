#include "io/volatile_disk.h"

#include <memory>
#include <set>
#include <string>

#include "place.h"
#include "support/catch.h"

namespace leat::io {
namespace {

using Disk = std::shared_ptr<VolatileDisk>;

Disk MakeDisk(std::shared_ptr<FaultPlan> plan = nullptr) {
  return std::make_shared<VolatileDisk>(1, std::move(plan));
}

void Write(VolatileDisk& disk, const std::string& path, std::string_view bytes, std::int64_t position = 0) {
  auto file = disk.Open(path, OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->WriteAt(position, Bytes(bytes)).ok());
}

void Sync(VolatileDisk& disk, const std::string& path) {
  auto file = disk.Open(path, OpenMode::kReadWrite);
  REQUIRE(file.ok());
  REQUIRE((*file)->Sync().ok());
}

// All that 200 power losses left at `path`; "-" for nothing there.
std::set<std::string> AfterLosses(const VolatileDisk& disk, const std::string& path) {
  std::set<std::string> left;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto after = disk.AfterPowerLoss(seed, nullptr);
    REQUIRE(after.ok());
    const absl::StatusOr<std::string> content = ReadWholeFile(**after, path);
    left.insert(content.ok() ? *content : "-");
  }
  return left;
}

std::string Sectors(std::string_view letters) {
  std::string bytes;
  for (const char letter : letters) bytes.append(512, letter);
  return bytes;
}

TEST_CASE("what was synced, and its name, is there after every power loss") {
  const Disk disk = MakeDisk();
  Write(*disk, "/a", "kept");
  Sync(*disk, "/a");
  REQUIRE(disk->SyncDirectory("/").ok());
  CHECK(AfterLosses(*disk, "/a") == std::set<std::string>{"kept"});
}

TEST_CASE("a file whose directory was not synced may be gone, and one that was not synced may be empty") {
  const Disk disk = MakeDisk();
  Write(*disk, "/a", "kept");
  Sync(*disk, "/a");
  CHECK(AfterLosses(*disk, "/a") == std::set<std::string>{"-", "kept"});
  Write(*disk, "/b", "lost");
  REQUIRE(disk->SyncDirectory("/").ok());
  CHECK(AfterLosses(*disk, "/b") == std::set<std::string>{"", "lost", std::string(4, '\0')});
}

TEST_CASE("each sector that was not synced is the old one or the new one") {
  const Disk disk = MakeDisk();
  Write(*disk, "/a", Sectors("abcd"));
  Sync(*disk, "/a");
  REQUIRE(disk->SyncDirectory("/").ok());
  Write(*disk, "/a", Sectors("X"), 512);
  Write(*disk, "/a", "Y", 3 * 512 + 7);
  std::string last = Sectors("d");
  last[7] = 'Y';
  CHECK(AfterLosses(*disk, "/a") ==
        std::set<std::string>{Sectors("abcd"), Sectors("aXcd"), Sectors("abc") + last, Sectors("aXc") + last});
}

TEST_CASE("stores through a mapping are lost and kept as writes are") {
  const Disk disk = MakeDisk();
  auto file = disk->Open("/a", OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->Allocate(512).ok());
  REQUIRE((*file)->Sync().ok());
  REQUIRE(disk->SyncDirectory("/").ok());
  const auto mapped = (*file)->Map(512, MapAccess::kReadWrite);
  REQUIRE(mapped.ok());
  (*mapped)->data()[0] = std::byte{'m'};
  const std::string zeros(512, '\0');
  CHECK(AfterLosses(*disk, "/a") == std::set<std::string>{zeros, "m" + zeros.substr(1)});
  REQUIRE((*mapped)->Sync(0, 512).ok());
  CHECK(AfterLosses(*disk, "/a") == std::set<std::string>{"m" + zeros.substr(1)});
}

TEST_CASE("a rename is there wholly or not at all, and removing may be undone") {
  const Disk disk = MakeDisk();
  Write(*disk, "/old", "o");
  Write(*disk, "/new", "n");
  Sync(*disk, "/old");
  Sync(*disk, "/new");
  REQUIRE(disk->SyncDirectory("/").ok());
  REQUIRE(disk->Rename("/new", "/old").ok());
  CHECK(AfterLosses(*disk, "/old") == std::set<std::string>{"o", "n"});
  CHECK(AfterLosses(*disk, "/new") == std::set<std::string>{"-", "n"});
  REQUIRE(disk->SyncDirectory("/").ok());
  CHECK(AfterLosses(*disk, "/old") == std::set<std::string>{"n"});
  REQUIRE(disk->Remove("/old").ok());
  CHECK(AfterLosses(*disk, "/old") == std::set<std::string>{"-", "n"});
  REQUIRE(disk->SyncDirectory("/").ok());
  CHECK(AfterLosses(*disk, "/old") == std::set<std::string>{"-"});
}

TEST_CASE("what is below a directory that was lost is lost with it") {
  const Disk disk = MakeDisk();
  REQUIRE(disk->MakeDirectory("/d").ok());
  Write(*disk, "/d/a", "deep");
  Sync(*disk, "/d/a");
  REQUIRE(disk->SyncDirectory("/d").ok());
  CHECK(AfterLosses(*disk, "/d/a") == std::set<std::string>{"-", "deep"});
  REQUIRE(disk->SyncDirectory("/").ok());
  CHECK(AfterLosses(*disk, "/d/a") == std::set<std::string>{"deep"});
}

TEST_CASE("files are the same ones after a power loss, and their disk loses power again") {
  const Disk disk = MakeDisk();
  Write(*disk, "/a", "1");
  Sync(*disk, "/a");
  REQUIRE(disk->SyncDirectory("/").ok());
  const FileId before = disk->Info("/a")->id;
  const auto after = disk->AfterPowerLoss(7, nullptr);
  REQUIRE(after.ok());
  CHECK((*after)->Info("/a")->id == before);
  Write(**after, "/b", "2");
  CHECK((*after)->Info("/b")->id != before);
  Write(**after, "/a", "3");
  Sync(**after, "/a");
  CHECK(AfterLosses(**after, "/a") == std::set<std::string>{"3"});
  CHECK(*ReadWholeFile(*disk, "/a") == "1");
}

TEST_CASE("what the kernel writes back by itself may be there, too, and nothing is ever sure until it is synced") {
  const Disk disk = MakeDisk();
  Write(*disk, "/a", Sectors("a"));
  Sync(*disk, "/a");
  REQUIRE(disk->SyncDirectory("/").ok());
  std::set<std::string> left;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Write(*disk, "/a", Sectors("b"));
    REQUIRE(disk->WriteBack(seed).ok());
    Write(*disk, "/a", Sectors("c"));
    left.merge(AfterLosses(*disk, "/a"));
    Write(*disk, "/a", Sectors("a"));
    Sync(*disk, "/a");
  }
  CHECK(left == std::set<std::string>{Sectors("a"), Sectors("b"), Sectors("c")});
}

TEST_CASE("a sync that failed is told once to each open file, to none opened later, and made good by none") {
  const auto plan = std::make_shared<FaultPlan>();
  const Disk disk = MakeDisk(plan);
  Write(*disk, "/a", Sectors("old"));
  Sync(*disk, "/a");
  REQUIRE(disk->SyncDirectory("/").ok());
  auto first = disk->Open("/a", OpenMode::kReadWrite);
  auto second = disk->Open("/a", OpenMode::kReadWrite);
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  REQUIRE((*first)->WriteAt(0, Bytes(Sectors("new"))).ok());
  plan->Fail(1, false, absl::DataLossError("broken"), FileCall::kSync);
  CHECK((*first)->Sync().message() == "broken");
  auto third = disk->Open("/a", OpenMode::kReadWrite);
  REQUIRE(third.ok());
  CHECK((*third)->Sync().ok());
  CHECK((*second)->Sync().code() == absl::StatusCode::kDataLoss);
  CHECK((*second)->Sync().ok());
  CHECK((*first)->Sync().ok());
  CHECK(*ReadWholeFile(*disk, "/a") == Sectors("new"));
  const std::set<std::string> left = AfterLosses(*disk, "/a");
  REQUIRE(left.size() == 1);  // whatever the failing sync wrote
  CHECK(*left.begin() != Sectors("new"));

  // Written anew it is synced as ever.
  REQUIRE((*third)->WriteAt(0, Bytes(Sectors("xyz"))).ok());
  REQUIRE((*third)->Sync().ok());
  CHECK(AfterLosses(*disk, "/a") == std::set<std::string>{Sectors("xyz")});
}

TEST_CASE("a disk that is full refuses to grow files and keeps what they have") {
  const Disk disk = MakeDisk();
  Write(*disk, "/a", Sectors("a"));
  disk->SetRoom(1024);
  auto file = disk->Open("/b", OpenMode::kCreate);
  REQUIRE(file.ok());
  CHECK((*file)->Allocate(512).ok());
  CHECK((*file)->Allocate(513).code() == absl::StatusCode::kResourceExhausted);
  CHECK((*file)->WriteAt(512, Bytes("x")).code() == absl::StatusCode::kResourceExhausted);
  CHECK((*file)->WriteAt(0, Bytes("x")).ok());
  CHECK((*file)->Info()->size == 512);
  REQUIRE(disk->Remove("/a").ok());
  CHECK((*file)->Allocate(1024).ok());
}

}  // namespace
}  // namespace leat::io
