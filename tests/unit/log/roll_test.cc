#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "io/failing_file_system.h"
#include "log/housekeeping.h"
#include "log/segment_files.h"
#include "shared/commit_slots.h"
#include "support/catch.h"
#include "support/log_reading.h"
#include "support/numbered_log.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendOne;
using testing::FilesOf;
using testing::Fill;
using testing::ReadAll;
using testing::SharedFolder;
using testing::SmallSegments;
using testing::Value;
using Strings = std::vector<std::string>;

bool Numbered(const Strings& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].compare(0, values[i].find(':'), std::to_string(i)) != 0) return false;
  }
  return true;
}

TEST_CASE("a full segment is followed by one that is named after the next offset") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  const auto segments = Value(log->Segments());
  REQUIRE(segments.size() > 2);
  CHECK(segments[0]->base() == 0);
  for (const auto& segment : segments) CHECK(Value(segment->FileSize()) <= folder.segment_bytes);
  CHECK(Numbered(Value(ReadAll(log))));
  CHECK(Value(ReadAll(log)).size() == 200);
}

TEST_CASE("a batch of exactly a segment fits, and stands alone") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "small"));
  std::string value(static_cast<std::size_t>(folder.segment_bytes), 'x');
  while (testing::SealedBatch({value}).bytes().size() > static_cast<std::size_t>(folder.segment_bytes))
    value.pop_back();
  REQUIRE(testing::SealedBatch({value}).bytes().size() == static_cast<std::size_t>(folder.segment_bytes));
  CHECK(Value(AppendOne(*log, value)).base_offset == 1);
  CHECK(Value(AppendOne(*log, "small")).base_offset == 2);
  CHECK(Value(log->Segments()).size() == 3);
  CHECK(Value(ReadAll(log)).size() == 3);
  value.push_back('x');
  CHECK(AppendOne(*log, value).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a reader that stands in an old segment goes on into those that another process begins") {
  SmallSegments folder;
  SharedFolder::Process writer(folder);
  SharedFolder::Process reader(folder);
  auto writing = folder.OpenLog(writer);
  auto reading = folder.OpenLog(reader);
  Cursor cursor(reading, 0);
  int seen = 0;
  for (int round = 0; round < 40; ++round) {
    Fill(*writing, round * 10, 10);
    while (cursor.position() < (round + 1) * 10) {
      const Offset before = cursor.position();
      auto fetched = Value(cursor.Fetch(1 << 20));
      REQUIRE(cursor.position() > before);
      seen += static_cast<int>(fetched.end - fetched.begin);
    }
  }
  CHECK(seen == 400);
}

TEST_CASE("a roller that died after the rename: the next owner goes on in the new segment") {
  SmallSegments folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto one = folder.OpenLog(first);
  auto other = folder.OpenLog(second);
  Fill(*one, 0, 10);
  REQUIRE(first.locker().Lock(one->page().append_lock, "it").ok());
  Value(folder.files().Open(folder.SegmentPath(10), io::OpenMode::kCreateNew));
  first.Die();
  Fill(*other, 10, 10);
  CHECK(shared::ReadCommit(other->page()).segment_base == 10);
  CHECK(Value(ReadAll(other)).size() == 20);
  CHECK(Numbered(Value(ReadAll(other))));
}

TEST_CASE("a roller that died at any other step leaves nothing that disturbs") {
  SmallSegments folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto one = folder.OpenLog(first);
  auto other = folder.OpenLog(second);
  Fill(*one, 0, 10);
  auto& page = one->page();
  REQUIRE(first.locker().Lock(page.append_lock, "it").ok());
  const int step = GENERATE(0, 1, 2, 3);
  if (step >= 1) Value(folder.files().Open(folder.SegmentPath(10), io::OpenMode::kCreateNew));
  if (step >= 2) {
    REQUIRE(first.locker().Lock(page.size_lock, "it").ok());
    page.allocated_segment.store(10);
  }
  if (step >= 3) {
    page.allocated.store(0);
    shared::PublishCommit(page, {.segment_base = 10, .position = 0, .next_offset = 10});
  }
  first.Die();
  Fill(*other, 10, 100);
  CHECK(page.append_lock.load() == 0);
  CHECK(page.size_lock.load() == 0);
  CHECK(Value(ReadAll(other)).size() == 110);
  CHECK(Numbered(Value(ReadAll(other))));
}

TEST_CASE("a roll that fails leaves the log as it was, and the next one may work") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto settings = folder.Settings(process);
  auto failing = std::make_shared<io::FailingFileSystem>(settings.files);
  settings.files = failing;
  auto log = Log::Open(settings);
  Fill(*log, 0, 60);
  const Offset end = log->end();
  // Each call that a roll makes fails once.
  int failures = 0;
  for (int n = 1; n < 12; ++n) {
    const std::string value(60'000, 'x');
    failing->FailAt(n, absl::ResourceExhaustedError("the disk is full"));
    const auto appended = AppendOne(*log, value);
    failing->Heal();
    if (!appended.ok()) {
      ++failures;
      CHECK(appended.status().code() == absl::StatusCode::kResourceExhausted);
    }
  }
  CHECK(failures > 3);
  CHECK(log->end() == end + 11 - failures);
  CHECK(Value(ReadAll(log)).size() == static_cast<std::size_t>(log->end()));
}

TEST_CASE("the housekeeper's round grows ahead, makes the next segment ready, and seals what is finished") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 55);
  REQUIRE(log->Housekeep().ok());
  const Strings files = FilesOf(folder);
  CHECK(std::count_if(files.begin(), files.end(), [&](const std::string& name) {
          return name.rfind(PreparedPrefix(process.slot().index()), 0) == 0;
        }) == 1);
  Fill(*log, 55, 40);
  REQUIRE(Value(log->Segments()).size() == 2);
  REQUIRE(log->Housekeep().ok());
  const auto listed = Value(ListSegments(folder.files(), folder.partition_folder()));
  CHECK(listed[0].has_offset_index);
  CHECK(listed[0].has_time_index);
  CHECK_FALSE(listed[1].has_offset_index);
  const auto first = Value(log->FindSegment(0));
  CHECK(Value(first->FileSize()) < folder.segment_bytes);
  CHECK(Value(ReadAll(log)).size() == 95);
  log->ReleaseWriter();
  for (const auto& name : FilesOf(folder)) CHECK(name.find(".tmp") == std::string::npos);
}

TEST_CASE("a segment whose roller died is sealed by somebody else's housekeeper") {
  SmallSegments folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto one = folder.OpenLog(first);
  auto other = folder.OpenLog(second);
  Fill(*one, 0, 130);  // two rolls, and no housekeeping
  first.Die();
  Fill(*other, 130, 120);
  REQUIRE(other->Housekeep().ok());
  const auto listed = Value(ListSegments(folder.files(), folder.partition_folder()));
  REQUIRE(listed.size() > 3);
  CHECK(listed[0].has_offset_index);
  CHECK(listed[0].has_time_index);
  CHECK(Value(ReadAll(other)).size() == 250);
}

TEST_CASE("the last to close leaves exact segments with indexes, and appends go on after it") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 150);
  log->ReleaseWriter();
  REQUIRE(log->SealForClose().ok());
  std::int64_t bytes = 0;
  for (const auto& files : Value(ListSegments(folder.files(), folder.partition_folder()))) {
    CHECK(files.has_offset_index);
    CHECK(files.has_time_index);
    bytes += Value(Value(log->FindSegment(files.base))->FileSize());
  }
  CHECK(bytes == Value(log->SizeBytes()));
  CHECK(log->page().flushed.load() == 150);
  Fill(*log, 150, 100);
  CHECK(Value(ReadAll(log)).size() == 250);
  CHECK(Numbered(Value(ReadAll(log))));
}

}  // namespace
}  // namespace leat::log
