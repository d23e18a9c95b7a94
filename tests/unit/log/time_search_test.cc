#include "log/time_search.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/failing_file_system.h"
#include "log/compaction.h"
#include "log/segment_files.h"
#include "support/catch.h"
#include "support/keyed_log.h"
#include "support/log_reading.h"
#include "support/numbered_log.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendKeyed;
using testing::AppendOne;
using testing::Fill;
using testing::KeyedRecords;
using testing::Must;
using testing::ReadKeyed;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::SmallSegments;
using testing::Value;
using Place = std::optional<std::pair<Offset, std::int64_t>>;

constexpr Offset kNone = -1;

Offset Find(Log& log, std::int64_t timestamp) {
  const auto found = Value(FindOffsetForTime(log, timestamp));
  return found.has_value() ? found->offset : kNone;
}

Place Latest(Log& log) {
  const auto found = Value(FindMaxTimestamp(log));
  return found.has_value() ? Place({found->offset, found->timestamp}) : std::nullopt;
}

// What a walk over all records, of which those from `start` on are there, finds.
Offset Expected(const std::vector<std::int64_t>& times, Offset start, std::int64_t timestamp) {
  const auto first = std::find_if(times.begin() + start, times.end(), [&](auto time) { return time >= timestamp; });
  return first == times.end() ? kNone : first - times.begin();
}
Place ExpectedLatest(const std::vector<std::int64_t>& times, Offset start) {
  const auto latest = std::max_element(times.begin() + start, times.end());
  return latest == times.end() ? std::nullopt : Place({latest - times.begin(), *latest});
}

// The same of what can be read.
Offset ExpectedOf(const KeyedRecords& records, std::int64_t timestamp) {
  for (const auto& record : records) {
    if (record.timestamp >= timestamp) return record.offset;
  }
  return kNone;
}
Place ExpectedLatestOf(const KeyedRecords& records) {
  Place latest;
  for (const auto& record : records) {
    if (!latest.has_value() || record.timestamp > latest->second) latest = {record.offset, record.timestamp};
  }
  return latest;
}

// A log of a process that counts the time indexes it opens.
struct CountingLog {
  CountingLog(SharedFolder& folder, SharedFolder::Process& process) {
    auto plan = std::make_shared<io::FaultPlan>();
    plan->SetWatcher([opened = opened](FileCall call, std::string_view path) {
      if (call == FileCall::kOpen && path.ends_with(kTimeIndexSuffix)) opened->fetch_add(1);
    });
    LogSettings settings = folder.Settings(process);
    settings.files = std::make_shared<io::FailingFileSystem>(settings.files, plan);
    log = Log::Open(settings);
  }
  int Take() { return opened->exchange(0); }

  std::shared_ptr<std::atomic<int>> opened = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<Log> log;
};

TEST_CASE("an empty log has no record of any time") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK(Find(*log, 0) == kNone);
}

TEST_CASE("before the first, exactly, between two, inside a batch, after the last") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "a", 1000));
  Value(log->Append(SealedBatch({"b", "c", "d"}, 2000).bytes()));  // 2000, 2001, 2002
  CHECK(Find(*log, 0) == 0);
  CHECK(Find(*log, 1000) == 0);
  CHECK(Find(*log, 1001) == 1);
  CHECK(Find(*log, 2001) == 2);
  CHECK(Find(*log, 2002) == 3);
  CHECK(Find(*log, 2003) == kNone);
  CHECK(Value(FindOffsetForTime(*log, 1500))->timestamp == 2000);
}

TEST_CASE("out-of-order times in many segments: what is found is what a walk over all records finds") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  std::mt19937_64 random(20261121);
  std::vector<std::int64_t> times;
  for (int i = 0; i < 1200; ++i) {
    const std::int64_t time = 100'000 + 10 * i + static_cast<std::int64_t>(random() % 400) - 200;
    times.push_back(time);
    Value(AppendOne(*log, std::string(300, 'x'), time));
    if (i % 300 == 0) REQUIRE(log->Housekeep().ok());  // some segments are sealed, some are not
  }
  REQUIRE(Value(log->Segments()).size() > 4);
  bool right = true;
  for (std::int64_t time = 99'700; time < 112'400; time += 7) {
    const auto first = std::find_if(times.begin(), times.end(), [&](std::int64_t t) { return t >= time; });
    const Offset expected = first == times.end() ? kNone : first - times.begin();
    right &= Find(*log, time) == expected;
  }
  CHECK(right);
}

TEST_CASE("the first record of a time is found in a finished segment although its batch has it more than once") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  std::vector<std::int64_t> times;
  for (int batch = 0; batch < 400; ++batch) {
    BatchBuilder builder;
    for (int i = 0; i < 5; ++i) {
      REQUIRE(builder.Append(nullptr, std::string(100, 'x'), {}, 0));
      times.push_back(1000 + batch / 3);
    }
    Value(log->Append(builder.Seal({.append_timestamp = times.back()})));
  }
  REQUIRE(log->Housekeep().ok());
  REQUIRE(Value(log->Segments()).size() > 2);
  for (std::int64_t time = 1000; time <= times.back(); ++time) {
    CHECK(Find(*log, time) == std::find(times.begin(), times.end(), time) - times.begin());
  }
}

TEST_CASE("a second search opens the time index of the segment that it finds, and of no other") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto writer = folder.OpenLog(process);
  Fill(*writer, 0, 1500);  // record n at 1000 + n
  REQUIRE(writer->Housekeep().ok());
  const auto segments = Value(writer->Segments());
  REQUIRE(segments.size() > 15);
  CountingLog counting(folder, process);
  Log& log = *counting.log;

  const Offset last = segments[segments.size() - 2]->base() + 1;
  CHECK(Find(log, 1000 + last) == last);
  CHECK(counting.Take() == static_cast<int>(segments.size()) - 1);  // all that are finished
  for (const Offset offset : {last, Offset{700}, Offset{3}, last - 100, Offset{1100}}) {
    CHECK(Find(log, 1000 + offset) == offset);
    CHECK(counting.Take() == 1);
  }
  // In the active segment, and nowhere.
  CHECK(Find(log, 1000 + 1499) == 1499);
  CHECK(Find(log, 1000 + 1500) == kNone);
  CHECK(counting.Take() == 0);
  CHECK(Latest(log) == Place({1499, 2499}));
  CHECK(counting.Take() == 0);

  // What comes is learned, and what was learned stays.
  Fill(*writer, 1500, 300);
  REQUIRE(writer->Housekeep().ok());
  const int more = static_cast<int>(Value(writer->Segments()).size() - segments.size());
  REQUIRE(more > 1);
  CHECK(Find(log, 1000 + 1799) == 1799);
  CHECK(counting.Take() == more);
  // So it does when the oldest segments go.
  Value(writer->RaiseLogStart(900));
  CHECK(Find(log, 0) == 900);
  CHECK(Find(log, 1000 + 1200) == 1200);
  CHECK(counting.Take() == 2);
}

TEST_CASE("a second search for the greatest timestamp opens one time index") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto writer = folder.OpenLog(process);
  Fill(*writer, 0, 500);
  Value(AppendOne(*writer, "late", 1'000'000));
  Fill(*writer, 501, 500);
  REQUIRE(writer->Housekeep().ok());
  CountingLog counting(folder, process);
  CHECK(Latest(*counting.log) == Place({500, 1'000'000}));
  CHECK(counting.Take() >= static_cast<int>(Value(writer->Segments()).size()) - 1);
  CHECK(Latest(*counting.log) == Place({500, 1'000'000}));
  CHECK(counting.Take() == 1);
  // When that one is gone, one of those behind it is the latest.
  Value(writer->RaiseLogStart(501));
  CHECK(Latest(*counting.log) == Place({1000, 2000}));
  counting.Take();
  CHECK(Latest(*counting.log) == Place({1000, 2000}));
  CHECK(counting.Take() == 0);
  CHECK(Find(*counting.log, 5000) == kNone);
}

TEST_CASE("of several records with the greatest timestamp the first one is meant") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK_FALSE(Latest(*log).has_value());
  Value(log->Append(SealedBatch({"a", "b", "c"}, 10).bytes()));
  CHECK(Latest(*log) == Place({2, 12}));
  Value(AppendOne(*log, "d", 12));
  Value(AppendOne(*log, "e", 11));
  CHECK(Latest(*log) == Place({2, 12}));
  // In another segment, finished and active.
  for (int i = 0; i < 200; ++i) Value(AppendOne(*log, std::string(1000, 'x'), i % 7 == 0 ? 12 : 5));
  CHECK(Latest(*log) == Place({2, 12}));
  REQUIRE(log->Housekeep().ok());
  CHECK(Latest(*log) == Place({2, 12}));
  Value(AppendOne(*log, "f", 13));
  CHECK(Latest(*log) == Place({205, 13}));
  Value(log->RaiseLogStart(206));
  CHECK_FALSE(Latest(*log).has_value());
}

TEST_CASE("with log-append time the first record of the latest batch is meant") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (const std::int64_t time : {100, 300, 200}) {
    BatchBuilder builder;
    for (int i = 0; i < 3; ++i) REQUIRE(builder.Append(nullptr, "v", {}, 0));
    Value(log->Append(builder.Seal({.append_timestamp = time})));
  }
  CHECK(Latest(*log) == Place({3, 300}));
}

TEST_CASE("what is above the high watermark is not the latest yet") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 300);
  REQUIRE(log->Housekeep().ok());
  // As in a log whose end is not synced, in the active segment and in one before it.
  for (const Offset watermark : {Offset{299}, Offset{150}, Offset{1}, Offset{0}}) {
    log->page().high_watermark.store(watermark);
    CHECK(Latest(*log) == (watermark == 0 ? std::nullopt : Place({watermark - 1, 999 + watermark})));
    CHECK(Find(*log, 999 + watermark) == (watermark == 0 ? kNone : watermark - 1));
    CHECK(Find(*log, 1000 + watermark) == kNone);
  }
  log->page().high_watermark.store(300);
  CHECK(Latest(*log) == Place({299, 1299}));
  for (const Offset offset : {Offset{299}, Offset{150}, Offset{1}, Offset{0}})
    CHECK(Find(*log, 1000 + offset) == offset);
}

TEST_CASE("whatever is appended, finished and trimmed, two processes find what a walk over all records finds") {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    SmallSegments folder;
    SharedFolder::Process process(folder);
    SharedFolder::Process other_process(folder);
    auto log = folder.OpenLog(process);
    auto other = folder.OpenLog(other_process);
    std::vector<std::int64_t> times;
    bool right = true;
    for (int round = 0; round < 60; ++round) {
      for (int i = 0; i < 40; ++i) {
        // Mostly forwards; now and then one that is far ahead of all others.
        const bool is_far = random() % 100 == 0;
        const auto ahead = static_cast<std::int64_t>(random() % (is_far ? 20'000U : 300U));
        times.push_back(1000 + 10 * static_cast<std::int64_t>(times.size()) + ahead);
        Value(AppendOne(*log, std::string(800, 'x'), times.back()));
      }
      if (random() % 3 == 0) REQUIRE(log->Housekeep().ok());
      const Offset to = log->log_start() + static_cast<Offset>(random() % 100);
      if (random() % 4 == 0) Value(log->RaiseLogStart(std::min(to, log->high_watermark())));
      const Offset start = log->log_start();
      for (int i = 0; i < 10; ++i) {
        const auto at = static_cast<std::int64_t>(random() % (10 * times.size() + 2000));
        right &= Find(*log, at) == Expected(times, start, at) && Find(*other, at) == Expected(times, start, at);
      }
      right &= Latest(*log) == ExpectedLatest(times, start) && Latest(*other) == ExpectedLatest(times, start);
    }
    CHECK(right);
  }
}

TEST_CASE("a time index that is damaged or gone costs time, and changes nothing that is found") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 400);
  REQUIRE(log->Housekeep().ok());
  const auto segments = Value(log->Segments());
  REQUIRE(segments.size() > 4);
  const std::vector<std::byte> damage(24, std::byte{0xff});
  Must(Value(folder.files().Open(segments[1]->Path(kTimeIndexSuffix), io::OpenMode::kReadWrite))->WriteAt(0, damage));
  Must(folder.files().Remove(segments[2]->Path(kTimeIndexSuffix)));
  for (int again = 0; again < 2; ++again) {
    bool right = true;
    for (Offset offset = 0; offset < 400; ++offset) right &= Find(*log, 1000 + offset) == offset;
    CHECK(right);
    CHECK(Find(*log, 1400) == kNone);
    CHECK(Latest(*log) == Place({399, 1399}));
  }
}

TEST_CASE("what was learned of segments is not believed of the one that compaction puts in their place") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CountingLog reader(folder, process);
  const CompactionRules rules{.now = 1'000'000, .delete_retention_ms = 1000, .hash_key = {.low = 1}};
  std::int64_t time = 1000;
  std::size_t most = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 300; ++i) {
      // Few keys that come again and again, and some that stay; times that are not in order.
      const bool stays = i % 40 == 0;
      const std::string key = stays ? std::to_string(time) : std::to_string(i % 20);
      AppendKeyed(*log, {{.key = key, .value = std::string(900, 'x'), .timestamp = time + (i % 13 == 0 ? 500 : 0)}},
                  i % 2 == 0 ? Codec::kNone : Codec::kLz4);
      ++time;
    }
    Value(log->RollOlderThan(0, INT64_MAX));
    REQUIRE(log->Housekeep().ok());
    for (const bool compacted : {false, true}) {
      if (compacted) Value(CompactLog(*log, rules));
      most = std::max(most, Value(log->Segments()).size());
      const KeyedRecords records = Value(ReadKeyed(log, 0));
      for (int again = 0; again < 2; ++again) {
        bool right = true;
        for (std::int64_t at = 900; at < time + 600; at += 13) {
          right &= Find(*reader.log, at) == ExpectedOf(records, at);
        }
        CHECK(right);
        CHECK(Latest(*reader.log) == ExpectedLatestOf(records));
      }
    }
  }
  CHECK(Value(log->Segments()).size() < most);  // some were put together
}

TEST_CASE("the latest record is found inside of compressed batches") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (const Codec codec : {Codec::kGzip, Codec::kZstd}) {
    for (int i = 0; i < 3; ++i) {
      const std::int64_t time = i == 1 ? 500 : 100;
      AppendKeyed(*log,
                  {{.key = "a", .value = "v", .timestamp = time},
                   {.key = "b", .value = "v", .timestamp = time + 9},
                   {.key = "c", .value = "v", .timestamp = time + 5}},
                  codec);
    }
    CHECK(Latest(*log) == Place({4, 509}));
  }
}

}  // namespace
}  // namespace leat::log
