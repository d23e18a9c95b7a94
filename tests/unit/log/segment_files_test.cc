#include "log/segment_files.h"

#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

TEST_CASE("a segment's files are called by its base offset in 20 digits") {
  CHECK(SegmentFileName(0, kLogSuffix) == "00000000000000000000.log");
  CHECK(SegmentFileName(42, kIndexSuffix) == "00000000000000000042.index");
  CHECK(SegmentFileName(INT64_MAX, kTimeIndexSuffix) == "09223372036854775807.timeindex");
}

TEST_CASE("the name of a segment's file gives back its base offset") {
  for (const Offset base : {Offset{0}, Offset{1}, Offset{42}, Offset{INT64_MAX}}) {
    CHECK(ParseSegmentFileName(SegmentFileName(base, kLogSuffix), kLogSuffix) == base);
  }
}

TEST_CASE("a name that is not exactly that of a segment's file is none") {
  for (const char* name : {"", ".log", "0.log", "0000000000000000042.log", "000000000000000000042.log",
                           "00000000000000000042.index", "00000000000000000042.log.deleted", "00000000000000000042",
                           "-0000000000000000042.log", "+0000000000000000042.log", " 0000000000000000042.log",
                           "0000000000000000004x.log", "09223372036854775808.log", "99999999999999999999.log",
                           "00000000000000000042.LOG", "00000000000000000042log."}) {
    INFO(name);
    CHECK(ParseSegmentFileName(name, kLogSuffix) == std::nullopt);
  }
}

class Folder {
 public:
  Folder() { REQUIRE(files->MakeDirectory("/p").ok()); }
  std::shared_ptr<io::FileSystem> files = io::MakeMemoryFileSystem();
  testing::LogFiles log{*files, "/p"};
};

TEST_CASE("a folder's segments are listed by base offset with the indexes they have") {
  Folder folder;
  for (const char* name : {"00000000000000000300.log", "00000000000000000000.log", "00000000000000000000.index",
                           "00000000000000000000.timeindex", "00000000000000000007.log",
                           "00000000000000000007.timeindex", "00000000000000000300.index"}) {
    folder.log.Write(name, "");
  }
  const auto segments = ListSegments(*folder.files, "/p");
  REQUIRE(segments.ok());
  CHECK(*segments == std::vector<SegmentFiles>{{0, true, true}, {7, false, true}, {300, true, false}});
}

TEST_CASE("an empty folder has no segments") {
  Folder folder;
  const auto listing = ListFolder(*folder.files, "/p");
  REQUIRE(listing.ok());
  CHECK(listing->segments.empty());
  CHECK(listing->stray_indexes.empty());
  CHECK(listing->temporary.empty());
}

TEST_CASE("foreign files are passed over") {
  Folder folder;
  for (const char* name : {"notes.txt", "00000000000000000000.log.bak", "00000000000000000000.snapshot", "checkpoint",
                           "mine.tmp", "next-.tmp", "next-x.tmp", "next-3", "leader-epoch-checkpoint", "00.index"}) {
    folder.log.Write(name, "x");
  }
  const auto listing = ListFolder(*folder.files, "/p");
  REQUIRE(listing.ok());
  CHECK(listing->segments.empty());
  CHECK(listing->stray_indexes.empty());
  CHECK(listing->temporary.empty());
}

TEST_CASE("indexes without a log and files that were not finished are told apart") {
  Folder folder;
  for (const char* name : {"00000000000000000005.index", "00000000000000000005.timeindex",
                           "00000000000000000002.timeindex", "next-17-4.tmp", "00000000000000000005.index.tmp",
                           "leader-epoch-checkpoint.new.tmp", "partition.metadata.new.tmp"}) {
    folder.log.Write(name, "");
  }
  const auto listing = ListFolder(*folder.files, "/p");
  REQUIRE(listing.ok());
  CHECK(listing->stray_indexes == std::vector<Offset>{2, 5});
  CHECK(listing->temporary == std::vector<std::string>{"00000000000000000005.index.tmp",
                                                       "leader-epoch-checkpoint.new.tmp", "next-17-4.tmp",
                                                       "partition.metadata.new.tmp"});
}

TEST_CASE("a folder that is not there is an error that names it") {
  Folder folder;
  const auto segments = ListSegments(*folder.files, "/gone");
  CHECK(absl::IsNotFound(segments.status()));
  CHECK(std::string(segments.status().message()).find("/gone") != std::string::npos);
}

}  // namespace
}  // namespace leat::log
