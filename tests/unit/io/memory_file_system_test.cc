// What only the file system in memory does.
#include "io/memory_file_system.h"

#include <cstring>

#include "io/memory_region.h"
#include "place.h"
#include "support/catch.h"

namespace leat::io {
namespace {

constexpr std::size_t kSize = std::size_t{4} << 20;

// A file as a segment is one: made, mapped, then grown.
struct Segment {
  Segment(FileSystem& files, const std::string& path, bool accepts_stale_bytes)
      : file(*files.Open(path, OpenMode::kCreateNew)) {
    if (accepts_stale_bytes) file->AcceptStaleBytes();
    mapped = *file->Map(kSize, MapAccess::kReadWrite);
    allocated = file->Allocate(kSize);
  }
  std::unique_ptr<File> file;
  std::unique_ptr<MappedFile> mapped;
  absl::Status allocated;
};

// Makes a file full of 'x' and removes it; returns where its bytes were.
std::byte* LeaveMemoryBehind(FileSystem& files) {
  const Segment segment(files, "old", false);
  std::memset(segment.mapped->data(), 'x', kSize);
  files.Remove("old").IgnoreError();
  return segment.mapped->data();
}

TEST_CASE("a removed file's memory goes to the next that accepts its bytes") {
  const auto files = MakeMemoryFileSystem();
  std::byte* const old = LeaveMemoryBehind(*files);
  const Segment next(*files, "next", true);
  REQUIRE(next.allocated.ok());
  CHECK(next.mapped->data() == old);
  CHECK(next.mapped->data()[kSize - 1] == std::byte{'x'});
}

TEST_CASE("a file that has not said so gets zeros") {
  const auto files = MakeMemoryFileSystem();
  LeaveMemoryBehind(*files);
  const Segment next(*files, "next", false);
  for (std::size_t i = 0; i < kSize; ++i) {
    if (next.mapped->data()[i] != std::byte{0}) FAIL("byte " << i << " is not zero");
  }
}

TEST_CASE("memory that somebody still has open or mapped goes to nobody else") {
  const auto files = MakeMemoryFileSystem();
  auto old = std::make_unique<Segment>(*files, "old", false);
  old->mapped->data()[0] = std::byte{'x'};
  REQUIRE(files->Remove("old").ok());
  std::byte* const address = old->mapped->data();
  old->file.reset();
  {
    const Segment next(*files, "next", true);
    CHECK(next.mapped->data() != address);
    next.mapped->data()[0] = std::byte{'y'};
    CHECK(old->mapped->data()[0] == std::byte{'x'});
  }
  old.reset();
  const Segment third(*files, "third", true);
  CHECK(third.mapped->data() == address);
}

TEST_CASE("a mapped file can't outgrow its mapping, and can once it is unmapped") {
  const auto files = MakeMemoryFileSystem();
  auto file = files->Open("a", OpenMode::kCreate);
  REQUIRE((*file)->WriteAt(0, Bytes("content")).ok());
  auto mapped = (*file)->Map(kSize, MapAccess::kReadWrite);
  REQUIRE(mapped.ok());
  REQUIRE((*file)->Allocate(kSize).ok());
  CHECK((*file)->Allocate(kSize + 1).code() == absl::StatusCode::kResourceExhausted);
  CHECK((*file)->Map(2 * kSize, MapAccess::kRead).status().code() == absl::StatusCode::kResourceExhausted);
  CHECK((*file)->Info()->size == kSize);
  mapped->reset();
  CHECK((*file)->Allocate(kSize + 1).ok());
  CHECK(Read(**file, 0, 7) == "content");
}

TEST_CASE("a file that grows by small writes keeps all of them") {
  const auto files = MakeMemoryFileSystem();
  auto file = files->Open("a", OpenMode::kCreate);
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = std::to_string(i);
    REQUIRE((*file)->WriteAt(static_cast<std::int64_t>(expected.size()), Bytes(text)).ok());
    expected += text;
  }
  CHECK(Read(**file, 0, expected.size() + 1) == expected);
}

TEST_CASE("two file systems in memory know nothing of each other") {
  const auto one = MakeMemoryFileSystem();
  const auto two = MakeMemoryFileSystem();
  const auto file = one->Open("a", OpenMode::kCreate);
  CHECK(two->Info("a").status().code() == absl::StatusCode::kNotFound);
  const auto other = two->Open("a", OpenMode::kCreate);
  CHECK((*file)->Info()->id != (*other)->Info()->id);
}

TEST_CASE("a file outlives the file system that it is of") {
  auto files = MakeMemoryFileSystem();
  auto file = files->Open("a", OpenMode::kCreate);
  files.reset();
  REQUIRE((*file)->WriteAt(0, Bytes("x")).ok());
  CHECK(Read(**file, 0, 1) == "x");
}

TEST_CASE("the pool keeps no more than its bound, and nothing small") {
  MemoryRegionPool pool;
  const auto small = pool.Take(MemoryRegionPool::kSmallestKept / 2, true, "small");
  REQUIRE(small.ok());
  pool.Give({.data = small->data, .reserved = small->reserved, .touched = small->reserved});
  const std::size_t half = MemoryRegionPool::kMostKept / 2;
  std::vector<MemoryRegion> regions;
  for (int i = 0; i < 3; ++i) regions.push_back(*pool.Take(half, true, "large"));
  for (MemoryRegion& region : regions) {
    CHECK(region.touched == 0);
    region.touched = half;  // says so; what nobody touches costs nothing
    pool.Give(region);
  }
  CHECK(pool.Take(half, true, "a")->data == regions[1].data);
  CHECK(pool.Take(half, true, "b")->data == regions[0].data);
  CHECK(pool.Take(half, true, "c")->touched == 0);
}

}  // namespace
}  // namespace leat::io
