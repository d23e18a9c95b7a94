// What every file system must do, tried on the machine's and on the one in memory.
#include "io/file_system.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <thread>

#include "place.h"
#include "support/catch.h"
#include "support/emulation.h"

namespace leat::io {
namespace {

using absl::StatusCode;

TEST_CASE("a file is opened as its mode says") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  const std::string path = place / "a";
  CHECK(files.Open(path, OpenMode::kRead).status().code() == StatusCode::kNotFound);
  CHECK(files.Open(path, OpenMode::kReadWrite).status().code() == StatusCode::kNotFound);
  CHECK(files.Open(place / "none/a", OpenMode::kCreate).status().code() == StatusCode::kNotFound);
  CHECK(files.Open(path, OpenMode::kCreateNew).ok());
  CHECK(files.Open(path, OpenMode::kCreateNew).status().code() == StatusCode::kAlreadyExists);
  CHECK(files.Open(path, OpenMode::kCreate).ok());
  CHECK(files.Open(path, OpenMode::kReadWrite).ok());
  CHECK(files.Open(path, OpenMode::kRead).ok());
  CHECK_FALSE(files.Open(place.path(), OpenMode::kReadWrite).ok());
}

TEST_CASE("an error names the file") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  const auto status = place.files().Open(place / "not-here", OpenMode::kRead).status();
  CHECK(std::string(status.message()).find(place / "not-here") != std::string::npos);
}

TEST_CASE("what is written is read, at any place and up to the end") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  CHECK(Read(**file, 0, 10).empty());
  REQUIRE((*file)->WriteAt(0, Bytes("hello")).ok());
  REQUIRE((*file)->WriteAt(5, Bytes(", "), Bytes("world")).ok());
  CHECK(Read(**file, 0, 100) == "hello, world");
  CHECK(Read(**file, 0, 12) == "hello, world");
  CHECK(Read(**file, 7, 3) == "wor");
  CHECK(Read(**file, 11, 5) == "d");
  CHECK(Read(**file, 12, 5).empty());
  CHECK(Read(**file, 1000, 5).empty());
  CHECK(Read(**file, 3, 0).empty());
  CHECK(Read(**file, -1, 1).substr(0, 5) == "ERROR");
  REQUIRE((*file)->WriteAt(4, Bytes(""), Bytes("O")).ok());
  CHECK(Read(**file, 0, 6) == "hellO,");
  REQUIRE((*file)->WriteAt(12, {}, {}).ok());
  CHECK((*file)->Info()->size == 12);
  REQUIRE((*file)->WriteAt(15, Bytes("!")).ok());
  CHECK(Read(**file, 11, 10) == std::string("d\0\0\0!", 5));
  CHECK((*file)->Sync().ok());
}

TEST_CASE("a write of many megabytes in two parts arrives whole") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  std::string first(5'000'001, 'x');
  std::string second(3'000'003, 'y');
  first[77] = 'a';
  second.back() = 'z';
  REQUIRE((*file)->WriteAt(10, Bytes(first), Bytes(second)).ok());
  CHECK((*file)->Info()->size == 8'000'014);
  CHECK(Read(**file, 10, first.size() + second.size()) == first + second);
}

TEST_CASE("a file opened for reading refuses to be changed") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  REQUIRE(place.files().Open(place / "a", OpenMode::kCreate).ok());
  auto file = place.files().Open(place / "a", OpenMode::kRead);
  REQUIRE(file.ok());
  CHECK_FALSE((*file)->WriteAt(0, Bytes("x")).ok());
  CHECK_FALSE((*file)->Allocate(4096).ok());
  CHECK_FALSE((*file)->Truncate(1).ok());
  CHECK((*file)->Map(4096, MapAccess::kReadWrite).status().code() == StatusCode::kPermissionDenied);
  CHECK_FALSE((*file)->TryLock(0, LockKind::kExclusive).ok());
  CHECK((*file)->Info()->size == 0);
}

TEST_CASE("allocation makes a file longer with zeros, and never shorter") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  CHECK((*file)->Allocate(0).ok());
  CHECK((*file)->Info()->size == 0);
  REQUIRE((*file)->WriteAt(0, Bytes("abc")).ok());
  REQUIRE((*file)->Allocate(10'000).ok());
  CHECK((*file)->Info()->size == 10'000);
  CHECK(Read(**file, 0, 5) == std::string("abc\0\0", 5));
  CHECK(Read(**file, 9'998, 5) == std::string(2, '\0'));
  REQUIRE((*file)->Allocate(100).ok());
  CHECK((*file)->Info()->size == 10'000);
}

TEST_CASE("what was cut off comes back as zeros") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->WriteAt(0, Bytes(std::string(20'000, 'x'))).ok());
  REQUIRE((*file)->Truncate(5'001).ok());
  CHECK((*file)->Info()->size == 5'001);
  CHECK(Read(**file, 5'000, 10) == "x");
  REQUIRE((*file)->Truncate(20'000).ok());
  CHECK(Read(**file, 5'000, 15'000) == "x" + std::string(14'999, '\0'));
  CHECK_FALSE((*file)->Truncate(-1).ok());
}

TEST_CASE("a mapping and the file's own reads and writes show the same bytes") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->Allocate(8192).ok());
  auto mapped = (*file)->Map(8192, MapAccess::kReadWrite);
  auto reader = place.files().Open(place / "a", OpenMode::kRead);
  REQUIRE(mapped.ok());
  REQUIRE(reader.ok());
  auto seen = (*reader)->Map(8192, MapAccess::kRead);
  REQUIRE(seen.ok());
  std::memcpy((*mapped)->data() + 4090, "across", 6);
  CHECK(std::memcmp((*seen)->data() + 4090, "across", 6) == 0);
  CHECK(Read(**file, 4090, 6) == "across");
  REQUIRE((*file)->WriteAt(4091, Bytes("CROSS")).ok());
  CHECK(std::memcmp((*seen)->data() + 4090, "aCROSS", 6) == 0);
  CHECK((*mapped)->Sync(4090, 6).ok());
  CHECK((*mapped)->Sync(0, 8192).ok());
  CHECK((*mapped)->Sync(8192, 0).ok());
  CHECK_FALSE((*mapped)->Sync(8192, 1).ok());
}

TEST_CASE("a mapping larger than its file becomes usable as the file grows") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  const std::size_t size = std::size_t{64} << 20;
  auto mapped = (*file)->Map(size, MapAccess::kReadWrite);
  REQUIRE(mapped.ok());
  CHECK((*mapped)->size() == size);
  (*mapped)->AdviseHugePages();
  for (std::size_t end = std::size_t{1} << 20; end <= size; end *= 4) {
    REQUIRE((*file)->Allocate(static_cast<std::int64_t>(end)).ok());
    (*mapped)->data()[end - 1] = std::byte{7};
    CHECK(Read(**file, static_cast<std::int64_t>(end) - 1, 2) == "\7");
  }
}

TEST_CASE("populating what the file does not have is told, without a signal") {
  if (testing::UnderQemuUser()) {
    WARN("skipped: qemu-user says that it populates, and does not");
    return;
  }
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  auto access = GENERATE(MapAccess::kRead, MapAccess::kReadWrite);
  auto mapped = (*file)->Map(1 << 20, access);
  REQUIRE(mapped.ok());
  CHECK((*mapped)->Populate(0, 4096).code() == StatusCode::kUnavailable);
  REQUIRE((*file)->Allocate(1 << 16).ok());
  const absl::Status within = (*mapped)->Populate(100, (1 << 16) - 100);
  CHECK((within.ok() || within.code() == StatusCode::kUnavailable));  // kernels before 5.14 can't
  CHECK((*mapped)->Populate(0, 1 << 20).code() == StatusCode::kUnavailable);
  CHECK((*mapped)->Populate(0, 2 << 20).code() == StatusCode::kUnavailable);
  CHECK((*mapped)->Populate(~std::size_t{0}, 2).code() == StatusCode::kUnavailable);
  CHECK((*mapped)->Populate(0, 0).ok());
}

TEST_CASE("a mapping outlives its file's descriptor and name") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->WriteAt(0, Bytes("still here")).ok());
  auto mapped = (*file)->Map(10, MapAccess::kRead);
  REQUIRE(mapped.ok());
  file->reset();
  REQUIRE(place.files().Remove(place / "a").ok());
  CHECK(std::memcmp((*mapped)->data(), "still here", 10) == 0);
}

TEST_CASE("nothing can't be mapped") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  CHECK((*file)->Map(0, MapAccess::kRead).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("a file's id tells files apart, whatever they are called") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  auto a = files.Open(place / "a", OpenMode::kCreate);
  auto b = files.Open(place / "b", OpenMode::kCreate);
  REQUIRE((a.ok() && b.ok()));
  const FileId id_of_a = (*a)->Info()->id;
  CHECK(id_of_a != (*b)->Info()->id);
  REQUIRE(files.Rename(place / "a", place / "c").ok());
  CHECK(files.Info(place / "c")->id == id_of_a);
  CHECK(files.Info(place / "a").status().code() == StatusCode::kNotFound);
  REQUIRE(files.Rename(place / "c", place / "b").ok());
  CHECK(files.Info(place / "b")->id == id_of_a);
  CHECK((*b)->Info()->id != id_of_a);  // replaced, but still open
  CHECK((*b)->WriteAt(0, Bytes("x")).ok());
}

TEST_CASE("directories are made, listed, renamed and removed") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  REQUIRE(files.MakeDirectory(place / "d").ok());
  CHECK(files.MakeDirectory(place / "d").code() == StatusCode::kAlreadyExists);
  CHECK(files.MakeDirectory(place / "x/y").code() == StatusCode::kNotFound);
  CHECK(files.Info(place / "d")->is_directory);
  CHECK(files.List(place / "d")->empty());
  REQUIRE(files.Open(place / "d/one", OpenMode::kCreate).ok());
  REQUIRE(files.MakeDirectory(place / "d/two").ok());
  const auto names = files.List(place / "d");
  REQUIRE(names.ok());
  CHECK(std::set<std::string>(names->begin(), names->end()) == std::set<std::string>{"one", "two"});
  CHECK(files.SyncDirectory(place / "d").ok());
  CHECK(files.Remove(place / "d").code() == StatusCode::kFailedPrecondition);
  REQUIRE(files.Rename(place / "d", place / "e").ok());
  CHECK_FALSE(files.Info(place / "e/one")->is_directory);
  REQUIRE(files.Remove(place / "e/one").ok());
  CHECK(files.Remove(place / "e/one").code() == StatusCode::kNotFound);
  REQUIRE(files.Remove(place / "e/two").ok());
  REQUIRE(files.Remove(place / "e").ok());
  CHECK(files.List(place / "e").status().code() == StatusCode::kNotFound);
  CHECK(files.SyncDirectory(place / "e").code() == StatusCode::kNotFound);
  CHECK(files.List(place.path())->empty());
}

TEST_CASE("a rename that would lose something, or makes no sense, is refused") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  REQUIRE(files.MakeDirectory(place / "full").ok());
  REQUIRE(files.MakeDirectory(place / "full/x").ok());
  REQUIRE(files.MakeDirectory(place / "empty").ok());
  REQUIRE(files.Open(place / "file", OpenMode::kCreate).ok());
  CHECK(files.Rename(place / "none", place / "a").code() == StatusCode::kNotFound);
  CHECK(files.Rename(place / "file", place / "none/a").code() == StatusCode::kNotFound);
  CHECK(files.Rename(place / "empty", place / "full").code() == StatusCode::kFailedPrecondition);
  CHECK_FALSE(files.Rename(place / "file", place / "empty").ok());
  CHECK_FALSE(files.Rename(place / "empty", place / "file").ok());
  CHECK_FALSE(files.Rename(place / "full", place / "full/x/y").ok());
  CHECK(files.Rename(place / "file", place / "file").ok());
  CHECK(files.Rename(place / "full", place / "empty").ok());
  CHECK(files.Info(place / "empty/x").ok());
}

TEST_CASE("locks of two open files on one byte exclude each other as they should") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  auto one = place.files().Open(place / "LOCK", OpenMode::kCreate);
  auto two = place.files().Open(place / "LOCK", OpenMode::kReadWrite);
  REQUIRE((one.ok() && two.ok()));
  const std::int64_t byte = GENERATE(std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 40);
  const auto can = [byte](auto& file, LockKind kind) { return *(*file)->TryLock(byte, kind); };

  CHECK(can(one, LockKind::kExclusive));
  CHECK(can(one, LockKind::kExclusive));  // its own is no obstacle
  CHECK_FALSE(can(two, LockKind::kShared));
  CHECK_FALSE(can(two, LockKind::kExclusive));
  CHECK(*(*two)->IsLockedByOther(byte));
  CHECK_FALSE(*(*one)->IsLockedByOther(byte));
  CHECK_FALSE(*(*two)->IsLockedByOther(byte + 1));
  CHECK(*(*two)->TryLock(byte + 1, LockKind::kExclusive));

  CHECK(can(one, LockKind::kShared));  // converted
  CHECK(can(two, LockKind::kShared));
  CHECK_FALSE(can(one, LockKind::kExclusive));
  CHECK(*(*one)->IsLockedByOther(byte));
  CHECK((*two)->Unlock(byte).ok());
  CHECK((*two)->Unlock(byte).ok());
  CHECK(can(one, LockKind::kExclusive));

  one->reset();  // closing gives everything back
  CHECK(can(two, LockKind::kExclusive));
}

TEST_CASE("a new file can take the permissions of its folder, but nobody gets to run it") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  FileInfo like = *files.Info(place.path());
  like.mode = 0775;
  auto file = files.Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->TakePermissionsOf(like).ok());
  CHECK((*file)->Info()->mode == 0664);
  REQUIRE(files.MakeDirectory(place / "d").ok());
  REQUIRE(files.TakePermissionsOf(place / "d", like).ok());
  CHECK(files.Info(place / "d")->mode == 0775);
  auto other = files.Open(place / "b", OpenMode::kCreate);
  REQUIRE((*other)->TakePermissionsOf(*(*file)->Info()).ok());
  CHECK((*other)->Info()->mode == 0664);
}

TEST_CASE("a file's traits are known where there is a file") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  const auto traits = place.files().Traits(place.path());
  REQUIRE(traits.ok());
  CHECK_FALSE(traits->name.empty());
  CHECK(place.files().Traits(place / "none").status().code() == StatusCode::kNotFound);
}

TEST_CASE("a whole file is read, unless it is larger than expected") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  CHECK(ReadWholeFile(files, place / "a").status().code() == StatusCode::kNotFound);
  auto file = files.Open(place / "a", OpenMode::kCreate);
  CHECK(*ReadWholeFile(files, place / "a", 0) == "");
  REQUIRE((*file)->WriteAt(0, Bytes("12345")).ok());
  CHECK(*ReadWholeFile(files, place / "a", 5) == "12345");
  const auto refused = ReadWholeFile(files, place / "a", 4).status();
  CHECK(refused.code() == StatusCode::kResourceExhausted);
  CHECK(std::string(refused.message()).find(place / "a") != std::string::npos);
}

TEST_CASE("replacing a file leaves the new content and nothing else") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  FileInfo like = *files.Info(place.path());
  like.mode = 0660;
  REQUIRE(ReplaceFile(files, place / "topic", "long first content", "7", like).ok());
  CHECK(*ReadWholeFile(files, place / "topic") == "long first content");
  // What a killed process left must not show through.
  auto rest = files.Open(place / "topic.7.tmp", OpenMode::kCreate);
  REQUIRE((*rest)->WriteAt(0, Bytes("the rest of a very long attempt")).ok());
  REQUIRE(ReplaceFile(files, place / "topic", "second", "7", like).ok());
  CHECK(*ReadWholeFile(files, place / "topic") == "second");
  CHECK(files.Info(place / "topic")->mode == 0660);
  CHECK(files.List(place.path())->size() == 1);
  CHECK(ReplaceFile(files, place / "none/topic", "x", "7", like).code() == StatusCode::kNotFound);
}

TEST_CASE("a replacement that fails leaves the old file and no temporary one") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  REQUIRE(files.MakeDirectory(place / "taken").ok());
  REQUIRE(files.MakeDirectory(place / "taken/x").ok());
  CHECK_FALSE(ReplaceFile(files, place / "taken", "x", "7", *files.Info(place.path())).ok());
  CHECK(files.List(place.path())->size() == 1);
}

TEST_CASE("a tree is removed while somebody is still making files in it") {
  for (int round = 0; round < 50; ++round) {
    Place place(Kind::kPosix);
    FileSystem& files = place.files();
    REQUIRE(files.MakeDirectory(place / "t").ok());
    REQUIRE(files.Open(place / "t/first", OpenMode::kCreate).ok());
    std::atomic<bool> making{false};
    std::thread maker([&] {
      making.store(true);
      for (int i = 0; i < 50; ++i) {
        if (!files.Open(place / ("t/" + std::to_string(i)), OpenMode::kCreate).ok()) return;
      }
    });
    while (!making.load()) std::this_thread::yield();
    const absl::Status removed = RemoveTree(files, place / "t");
    maker.join();
    INFO(removed.ToString());
    CHECK(removed.ok());
    CHECK(files.Info(place / "t").status().code() == StatusCode::kNotFound);
  }
}

TEST_CASE("a tree is removed with all that is in it") {
  Place place(GENERATE(Kind::kPosix, Kind::kMemory));
  FileSystem& files = place.files();
  CHECK(RemoveTree(files, place / "t").ok());
  for (const char* name : {"t", "t/a", "t/a/b", "t/c"}) REQUIRE(files.MakeDirectory(place / name).ok());
  for (const char* name : {"t/1", "t/a/2", "t/a/b/3"}) REQUIRE(files.Open(place / name, OpenMode::kCreate).ok());
  CHECK(RemoveTree(files, place / "t").ok());
  CHECK(files.Info(place / "t").status().code() == StatusCode::kNotFound);
  CHECK(files.List(place.path())->empty());
}

TEST_CASE("paths are joined with one slash") {
  CHECK(JoinPath("a", "b") == "a/b");
  CHECK(JoinPath("a/", "b") == "a/b");
  CHECK(JoinPath("/", "b") == "/b");
  CHECK(JoinPath("", "b") == "b");
}

}  // namespace
}  // namespace leat::io
