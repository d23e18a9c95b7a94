#include "log/compaction.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "io/failing_file_system.h"
#include "io/memory_file_system.h"
#include "log/checkpoint.h"
#include "log/compacted_file.h"
#include "log/compaction_mark.h"
#include "log/cursor.h"
#include "log/key_offsets.h"
#include "log/recovery.h"
#include "log/segment_files.h"
#include "log/time_search.h"
#include "log/unread.h"
#include "record/expand.h"
#include "shared/commit_slots.h"
#include "support/catch.h"
#include "support/keyed_log.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendKeyed;
using testing::Compacted;
using testing::KeyedRecord;
using testing::KeyedRecords;
using testing::LastValues;
using testing::Must;
using testing::ReadKeyed;
using testing::SharedFolder;
using testing::Value;

constexpr Codec kCodecs[] = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

struct SmallSegments : SharedFolder {
  SmallSegments() { segment_bytes = 64 << 10; }
};

// `count` batches of five records with values of about `size` bytes each, keys by turns out of `keys`; in each batch one
// record is a tombstone of a key that has a value elsewhere, if `tombstones`.
KeyedRecords Fill(Log& log, int count, int keys, std::size_t size = 200, Codec codec = Codec::kNone,
                  bool tombstones = false, int first = 0) {
  KeyedRecords all;
  for (int i = first; i < first + count; ++i) {
    KeyedRecords batch;
    for (int r = 0; r < 5; ++r) {
      const int n = 5 * i + r;
      std::string value = std::to_string(n) + ":";
      value.resize(size, static_cast<char>('a' + n % 26));
      batch.push_back({.key = "key-" + std::to_string((n * 7) % keys), .value = value, .timestamp = 1000 + n});
    }
    if (tombstones) batch[static_cast<std::size_t>(i % 5)].value = std::nullopt;
    batch = AppendKeyed(log, batch, codec);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

// Finishes the active segment, so that all there is can be compacted.
void Roll(Log& log) { Value(log.RollOlderThan(0, INT64_MAX)); }

CompactionRules Rules(std::int64_t now = 1'000'000) {
  return {.now = now, .delete_retention_ms = 1000, .hash_key = {.low = 1}};
}

std::size_t SegmentCount(Log& log) { return Value(log.Segments()).size(); }

RecoveryInput Recovering(SharedFolder& folder) {
  return {.files = folder.files(),
          .folder = folder.partition_folder(),
          .topic = "t",
          .salvage_folder = folder / "salvage",
          .like = Value(folder.files().Info(folder.partition_folder()))};
}

TEST_CASE("of each key the newest record stays, with its offset, its bytes and its time, whatever the codec") {
  for (const Codec codec : kCodecs) {
    SmallSegments folder;
    SharedFolder::Process process(folder);
    auto log = folder.OpenLog(process);
    const KeyedRecords before = Fill(*log, 300, 100, 200, codec);
    const Offset finished = shared::ReadCommit(log->page()).segment_base;
    if (codec == Codec::kNone) REQUIRE(SegmentCount(*log) > 3);
    const auto result = Value(CompactLog(*log, Rules()));
    CHECK(result.clean_to == finished);
    CHECK(result.is_done);
    const KeyedRecords after = Value(ReadKeyed(log, 0));
    CHECK(after == Compacted(before, finished));
    CHECK(result.records_removed == static_cast<std::int64_t>(before.size() - after.size()));
    CHECK(LastValues(after) == LastValues(before));
    // Another process, that looks for the first time, sees the same.
    SharedFolder::Process other(folder);
    CHECK(Value(ReadKeyed(folder.OpenLog(other), 0, 1)) == after);
  }
}

TEST_CASE("what is left is less on the disk, in fewer segments, each with its indexes") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 400, 50);
  Roll(*log);
  const std::int64_t size = Value(log->SizeBytes());
  const std::size_t segments = SegmentCount(*log);
  const auto result = Value(CompactLog(*log, Rules()));
  CHECK(Value(log->SizeBytes()) < size / 2);
  CHECK(result.bytes_freed > size / 2);
  // The first round finds each segment as large as it may be; the next one puts what is left together.
  Fill(*log, 100, 50, 200, Codec::kNone, false, 400);
  Roll(*log);
  Value(CompactLog(*log, Rules()));
  CHECK(SegmentCount(*log) <= segments / 2);
  const auto listed = Value(ListFolder(folder.files(), folder.partition_folder()));
  CHECK(listed.replaced.empty());
  CHECK(listed.temporary.empty());
  CHECK(listed.stray_indexes.empty());
  for (std::size_t i = 0; i + 1 < listed.segments.size(); ++i) {
    CHECK(listed.segments[i].has_offset_index);
    CHECK(listed.segments[i].has_time_index);
  }
}

TEST_CASE("a second round finds nothing to do, and writes nothing") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 300, 1'000'000);
  Roll(*log);
  const auto first = Value(CompactLog(*log, Rules()));
  CHECK(first.records_removed == 0);
  CHECK(first.bytes_written == 0);
  // So there are no gaps, and nothing says that there were any.
  CHECK(!log->AllowsGaps());
  const auto second = Value(CompactLog(*log, Rules()));
  CHECK(second.bytes_written == 0);
  CHECK(second.clean_to == first.clean_to);
}

TEST_CASE("the active segment, what is young, and what comes behind it are left alone") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const KeyedRecords before = Fill(*log, 300, 100);  // times 1000 to 2499
  const auto segments = Value(log->Segments());
  REQUIRE(segments.size() > 3);
  CompactionRules rules = Rules(10'000);
  // The second segment's newest record is as old as the time of its last one.
  const Offset second = segments[1]->base(), third = segments[2]->base();
  rules.min_lag_ms = 10'000 - (1000 + third - 1) + 1;
  CHECK(Value(CompactLog(*log, rules)).clean_to == second);
  CHECK(Value(ReadKeyed(log, 0)) == Compacted(before, second));
  rules.now += 1;
  CHECK(Value(CompactLog(*log, rules)).clean_to == third);
  CHECK(Value(ReadKeyed(log, 0)) == Compacted(before, third));
}

TEST_CASE("an empty log, and one whose first segment is not finished, have nothing to compact") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK(Value(CompactLog(*log, Rules())).clean_to == 0);
  Fill(*log, 1, 1);
  CHECK(Value(CompactLog(*log, Rules())).clean_to == 0);
  CHECK(Value(ReadKeyed(log, 0)).size() == 5);
}

TEST_CASE("keys that do not fit into the memory for them are for the next rounds, and none loses its value") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const KeyedRecords before = Fill(*log, 300, 400);
  Roll(*log);
  CompactionRules rules = Rules();
  rules.map_bytes = 50 * KeyOffsets::kEntrySize;
  Offset clean_to = 0;
  int rounds = 0;
  for (bool done = false; !done; ++rounds) {
    const auto result = Value(CompactLog(*log, rules));
    CHECK(result.map_bytes <= rules.map_bytes);
    CHECK(result.clean_to > clean_to);
    clean_to = result.clean_to;
    done = result.is_done;
    const KeyedRecords after = Value(ReadKeyed(log, 0));
    REQUIRE(after == Compacted(before, clean_to));
    REQUIRE(LastValues(after) == LastValues(before));
  }
  CHECK(rounds > 10);
  CHECK(Value(ReadKeyed(log, 0)) == Compacted(before, INT64_MAX));
}

TEST_CASE("a tombstone deletes what is before it, stays for delete.retention.ms from then on, and then goes") {
  for (const Codec codec : kCodecs) {
    SmallSegments folder;
    SharedFolder::Process process(folder);
    auto log = folder.OpenLog(process);
    KeyedRecords before = AppendKeyed(*log,
                                      {{.key = "a", .value = "1", .timestamp = 1},
                                       {.key = "b", .value = "2", .timestamp = 2},
                                       {.key = "a", .value = std::nullopt, .timestamp = 3}},
                                      codec);
    Roll(*log);
    Value(CompactLog(*log, Rules(10'000)));
    CHECK(Value(ReadKeyed(log, 0)) == KeyedRecords{before[1], before[2]});
    CHECK(Value(ReadCompactionMark(folder.files(), folder.partition_folder())).next_horizon == 11'000);
    CHECK(Value(BacklogOf(*log, 10'000, 0)).next_horizon == 11'000);
    Value(CompactLog(*log, Rules(10'999)));
    CHECK(Value(ReadKeyed(log, 0)) == KeyedRecords{before[1], before[2]});
    const auto last = Value(CompactLog(*log, Rules(11'000)));
    CHECK(last.tombstones_removed == 1);
    CHECK(Value(ReadKeyed(log, 0)) == KeyedRecords{before[1]});
    CHECK(Value(BacklogOf(*log, 11'000, 0)).next_horizon == -1);
    CHECK(log->end() == 3);
  }
}

TEST_CASE("a tombstone that is itself superseded goes at once") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const KeyedRecords before = AppendKeyed(
      *log, {{.key = "a", .value = "1"}, {.key = "a", .value = std::nullopt}, {.key = "a", .value = "2"}});
  Roll(*log);
  Value(CompactLog(*log, Rules()));
  CHECK(Value(ReadKeyed(log, 0)) == KeyedRecords{before[2]});
}

TEST_CASE("records without a key stay: nothing can replace them") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const KeyedRecords before = AppendKeyed(*log, {{.key = std::nullopt, .value = "x"},
                                                 {.key = "", .value = "empty"},
                                                 {.key = std::nullopt, .value = "y"},
                                                 {.key = "", .value = "empty again"}});
  Roll(*log);
  const auto result = Value(CompactLog(*log, Rules()));
  CHECK(result.keyless_records == 2);
  CHECK(Value(ReadKeyed(log, 0)) == KeyedRecords{before[0], before[2], before[3]});
}

TEST_CASE("a log of which nothing is left but gaps is read from every offset, forwards, backwards and by time") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 300, 3);
  Roll(*log);
  const KeyedRecords last = AppendKeyed(*log, {{.key = "last", .value = "1", .timestamp = 9000}});
  Value(CompactLog(*log, Rules()));
  const KeyedRecords all = Value(ReadKeyed(log, 0));
  REQUIRE(all.size() == 4);
  for (Offset from = 0; from < log->end(); from += 7) {
    KeyedRecords expected = all;
    std::erase_if(expected, [&](const KeyedRecord& record) { return record.offset < from; });
    REQUIRE(Value(ReadKeyed(log, from)) == expected);
    Cursor cursor(log, 0);
    if (from > 0) CHECK(Value(cursor.SeekBefore(from, 1)) < from);
  }
  CHECK(Value(FindOffsetForTime(*log, 9000))->offset == last[0].offset);
  CHECK(Value(FindOffsetForTime(*log, 0))->offset == all[0].offset);
  CHECK(Value(UnreadFrom(*log, 0)).bytes > 0);
}

TEST_CASE("a cursor that is under way sees each key's newest value, wherever it was when segments were replaced") {
  for (int at = 0; at < 60; at += 3) {
    SmallSegments folder;
    SharedFolder::Process process(folder), reading(folder);
    auto log = folder.OpenLog(process);
    auto reader = folder.OpenLog(reading);
    const KeyedRecords before = Fill(*log, 300, 100);
    const KeyedRecords expected = Value(ReadKeyed(reader, 0));
    REQUIRE(expected == before);
    KeyedRecords seen;
    Cursor cursor(reader, 0);
    for (int fetches = 0; cursor.position() < log->high_watermark(); ++fetches) {
      if (fetches == at) Value(CompactLog(*log, Rules()));
      if (fetches == at + 4) {
        Roll(*log);
        Value(CompactLog(*log, Rules()));
      }
      const auto fetched = Value(cursor.Fetch(5000));
      for (auto rest = fetched.bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
        const BatchView batch(rest);
        for (RecordReader records(batch); records.Next();) {
          const Offset offset = batch.base_offset() + records.record().offset_delta;
          REQUIRE((seen.empty() || offset > seen.back().offset));
          seen.push_back(before[static_cast<std::size_t>(offset)]);
        }
      }
    }
    CHECK(LastValues(seen) == LastValues(before));
  }
}

// Calls `look` before each call to the file system that a cleaning makes.
struct WatchedFolder : SmallSegments {
  std::shared_ptr<io::FaultPlan> plan = std::make_shared<io::FaultPlan>();
  std::shared_ptr<io::FailingFileSystem> failing = std::make_shared<io::FailingFileSystem>(
      std::shared_ptr<io::FileSystem>(&files(), [](io::FileSystem*) {}), plan);

  std::shared_ptr<Log> OpenWatched(Process& process) {
    LogSettings settings = Settings(process);
    settings.files = failing;
    return Log::Open(std::move(settings));
  }
};

TEST_CASE("at every step of a replacement, readers old and new find the whole log") {
  WatchedFolder folder;
  SharedFolder::Process process(folder), reading(folder);
  auto log = folder.OpenWatched(process);
  auto reader = folder.OpenLog(reading);
  const KeyedRecords before = Fill(*log, 250, 40);
  Roll(*log);
  // The segments become small, so that the next round puts them together.
  Value(CompactLog(*log, Rules()));
  KeyedRecords all = Value(ReadKeyed(log, 0));
  const KeyedRecords more = Fill(*log, 20, 40, 200, Codec::kNone, false, 250);
  all.insert(all.end(), more.begin(), more.end());
  Roll(*log);
  const KeyedRecords after = Compacted(all, INT64_MAX);
  const auto last_values = LastValues(all);
  int looks = 0;
  int wrong = 0;
  std::string what;
  bool old_seen = false, new_seen = false;
  folder.plan->SetWatcher([&](FileCall, std::string_view path) {
    const bool looking = path.find("t-0") != std::string_view::npos;
    if (!looking) return;
    ++looks;
    SharedFolder::Process other(folder);
    for (const auto& by : {reader, folder.OpenLog(other)}) {
      const auto read = ReadKeyed(by, 0, 3000);
      const bool right = read.ok() && LastValues(*read) == last_values;
      if (!right && wrong++ == 0) what = read.ok() ? "values differ" : read.status().ToString();
      old_seen = old_seen || (read.ok() && *read == all);
      new_seen = new_seen || (read.ok() && *read == after);
    }
    other.slot().Leave();
  });
  const auto result = Value(CompactLog(*log, Rules()));
  folder.plan->SetWatcher(nullptr);
  CHECK(what == "");
  CHECK(wrong == 0);
  CHECK(looks > 30);
  CHECK(result.segments_removed > 0);
  CHECK(old_seen);
  CHECK(new_seen);
  CHECK(Value(ReadKeyed(reader, 0)) == after);
}

// A log of small segments, the next round of which replaces several by one.
KeyedRecords ReadyToMerge(SharedFolder& folder) {
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (int i = 0; i < 3; ++i) {
    Fill(*log, 8, 30, 200, Codec::kNone, i == 1, 8 * i);
    Roll(*log);
  }
  KeyedRecords all = Value(ReadKeyed(log, 0));
  process.slot().Leave();
  return all;
}

TEST_CASE("whoever dies at whatever step of a cleaning, the next to come has the whole log, and finishes") {
  int deaths = 0;
  for (int at = 1;; at += 2) {
    WatchedFolder folder;
    const KeyedRecords all = ReadyToMerge(folder);
    const auto last_values = LastValues(all);
    bool finished = false;
    {
      SharedFolder::Process dying(folder);
      auto log = folder.OpenWatched(dying);
      // From this call on nothing that it does has an effect: it is dead.
      folder.failing->FailFrom(at, absl::InternalError("dead"));
      finished = CompactLog(*log, Rules()).ok();
      if (!finished) {
        // What it held when it died.
        if ((log->page().flags.load() & shared::kFlagReplacing) != 0) log->page().retire_lock.store(dying.word());
        // Nor could it say that a sync had failed.
        log->page().flags.fetch_and(~static_cast<std::uint32_t>(shared::kFlagSyncFailed));
        dying.Die();
        ++deaths;
      } else {
        dying.slot().Leave();
      }
    }
    const bool after_reboot = at % 4 == 1;
    SharedFolder::Process next(folder);
    auto log = folder.OpenLog(next);
    REQUIRE(LastValues(Value(ReadKeyed(log, 0))) == last_values);
    if (after_reboot) {
      const RecoveredLog recovered = Value(RecoverLog(Recovering(folder)));
      REQUIRE(recovered.damage.ok());
      REQUIRE(recovered.end == log->end());
      REQUIRE(recovered.cut_bytes == 0);
      log->page().flags.fetch_and(~static_cast<std::uint32_t>(shared::kFlagReplacing));
      log->page().segment_list_generation.fetch_add(1);
      REQUIRE(LastValues(Value(ReadKeyed(log, 0))) == last_values);
    } else {
      Must(log->Settle());
    }
    Value(CompactLog(*log, Rules()));
    REQUIRE(Value(ReadKeyed(log, 0)) == Compacted(all, INT64_MAX));
    const auto listing = Value(ListFolder(folder.files(), folder.partition_folder()));
    REQUIRE(listing.replaced.empty());
    for (const SegmentFiles& segment : listing.segments) REQUIRE(segment.compacted_end == SegmentFiles::kOwnName);
    if (finished) break;
  }
  CHECK(deaths > 20);
}

TEST_CASE("whatever call fails, the log is whole, and another round finishes") {
  int failures = 0;
  for (int at = 1;; at += 3) {
    WatchedFolder folder;
    const KeyedRecords all = ReadyToMerge(folder);
    SharedFolder::Process process(folder);
    auto log = folder.OpenWatched(process);
    folder.failing->FailAt(at, absl::ResourceExhaustedError("no space left on the device"));
    const auto result = CompactLog(*log, Rules());
    folder.failing->Heal();
    REQUIRE(LastValues(Value(ReadKeyed(log, 0))) == LastValues(all));
    // A sync that fails is the partition's last one.
    if (!log->Writable().ok()) continue;
    Value(CompactLog(*log, Rules()));
    REQUIRE(Value(ReadKeyed(log, 0)) == Compacted(all, INT64_MAX));
    REQUIRE(Value(ListFolder(folder.files(), folder.partition_folder())).temporary.empty());
    if (folder.failing->calls() < at) break;
    ++failures;
  }
  CHECK(failures > 20);
}

TEST_CASE("segments that are removed while they are compacted stay removed") {
  SmallSegments folder;
  SharedFolder::Process process(folder), trimming(folder);
  auto log = folder.OpenLog(process);
  auto other = folder.OpenLog(trimming);
  const KeyedRecords before = Fill(*log, 300, 100);
  Roll(*log);
  const Offset to = Value(log->Segments())[2]->base() + 3;
  CompactionRules rules = Rules();
  std::int64_t read = 0;
  rules.on_read = [&](std::int64_t bytes) {
    read += bytes;
    // In the second of the two readings, which is that of what is about to be replaced.
    if (read > Value(log->SizeBytes()) && other->log_start() == 0) Value(other->RaiseLogStart(to));
    return true;
  };
  const auto result = CompactLog(*log, rules);
  CHECK(absl::IsAborted(result.status()));
  CHECK(other->log_start() == to);
  const auto left = Value(ReadKeyed(log, to));
  CHECK(left.front().offset >= to);
  CHECK(Value(log->Segments()).front()->base() <= to);
  // Nothing is left of what it wrote, and another round does it.
  CHECK(Value(ListFolder(folder.files(), folder.partition_folder())).temporary.empty());
  Value(CompactLog(*log, Rules()));
  CHECK(LastValues(Value(ReadKeyed(log, to))) == LastValues(left));
}

TEST_CASE("two who compact at once get in each other's way, and lose nothing") {
  SmallSegments folder;
  SharedFolder::Process process(folder), second(folder);
  auto log = folder.OpenLog(process);
  auto other = folder.OpenLog(second);
  const KeyedRecords before = Fill(*log, 300, 100);
  Roll(*log);
  CompactionRules rules = Rules();
  int calls = 0;
  rules.on_read = [&](std::int64_t) {
    if (++calls == 8) Value(CompactLog(*other, Rules()));
    return true;
  };
  CHECK(absl::IsAborted(CompactLog(*log, rules).status()));
  CHECK(Value(ReadKeyed(log, 0)) == Compacted(before, INT64_MAX));
}

TEST_CASE("a round that is ended leaves the log as it is, and no file") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const KeyedRecords before = Fill(*log, 300, 100);
  Roll(*log);
  CompactionRules rules = Rules();
  int calls = 0;
  rules.on_read = [&](std::int64_t) { return ++calls < 3; };
  CHECK(absl::IsCancelled(CompactLog(*log, rules).status()));
  CHECK(LastValues(Value(ReadKeyed(log, 0))) == LastValues(before));
  CHECK(Value(ListFolder(folder.files(), folder.partition_folder())).temporary.empty());
}

TEST_CASE("appends go on while a log is compacted, and lose nothing") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  KeyedRecords all = Fill(*log, 300, 100);
  CompactionRules rules = Rules();
  int next = 300;
  rules.on_read = [&](std::int64_t) {
    const KeyedRecords more = Fill(*log, 10, 100, 200, Codec::kNone, false, next);
    next += 10;
    all.insert(all.end(), more.begin(), more.end());
    return true;
  };
  const auto result = Value(CompactLog(*log, rules));
  CHECK(next > 330);
  CHECK(Value(ReadKeyed(log, 0)) == Compacted(all, result.clean_to));
}

TEST_CASE("what was compacted is recovered as it is, with its gaps, and indexes that are missing are made anew") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 300, 40);
  Roll(*log);
  Value(CompactLog(*log, Rules()));
  Fill(*log, 300, 40, 200, Codec::kZstd, true, 300);
  Roll(*log);
  Value(CompactLog(*log, Rules()));
  Fill(*log, 3, 40, 200, Codec::kNone, false, 600);
  const KeyedRecords before = Value(ReadKeyed(log, 0));
  for (const bool without_checkpoint : {false, true}) {
    const std::string checkpoint = io::JoinPath(folder.partition_folder(), kCheckpointFileName);
    if (without_checkpoint) Must(folder.files().Remove(checkpoint));
    for (const SegmentFiles& segment : Value(ListSegments(folder.files(), folder.partition_folder()))) {
      Must(RemoveIndexes(folder.files(), folder.partition_folder(), segment.base));
    }
    const RecoveredLog recovered = Value(RecoverLog(Recovering(folder)));
    CHECK(recovered.damage.ok());
    CHECK(recovered.compacted);
    CHECK(recovered.end == log->end());
    CHECK(Value(ReadKeyed(log, 0)) == before);
    const auto listed = Value(ListSegments(folder.files(), folder.partition_folder()));
    for (std::size_t i = 0; i + 1 < listed.size(); ++i) CHECK(listed[i].has_time_index);
  }
}

// The batches of a finished segment.
std::vector<std::vector<std::byte>> BatchesOf(SharedFolder& folder, Offset base) {
  const auto file = Value(folder.files().Open(folder.SegmentPath(base), io::OpenMode::kRead));
  std::vector<std::byte> bytes(static_cast<std::size_t>(Value(file->Info()).size));
  REQUIRE(Value(file->ReadAt(0, bytes)) == bytes.size());
  std::vector<std::vector<std::byte>> batches;
  for (std::span<const std::byte> rest = bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
    // Room of one that has not been sealed.
    if (CheckBatchHeader(rest) == BatchVerdict::kUnwritten) break;
    REQUIRE(record::ValidateInside(rest, record::OffsetDeltas::kGrowing) == BatchVerdict::kOk);
    const auto batch = BatchView(rest).bytes();
    batches.emplace_back(batch.begin(), batch.end());
  }
  return batches;
}

// Each finished segment leads to the next one, and none has more than one batch that is there for that only. How many do.
int CheckFilesJoin(SharedFolder& folder) {
  int with_placeholder = 0;
  const auto listed = Value(ListSegments(folder.files(), folder.partition_folder()));
  for (std::size_t i = 0; i + 1 < listed.size(); ++i) {
    const auto batches = BatchesOf(folder, listed[i].base);
    REQUIRE(!batches.empty());
    CHECK(BatchView(batches.back()).next_offset() == listed[i + 1].base);
    const auto placeholders = std::count_if(batches.begin(), batches.end(),
                                            [](const auto& batch) { return IsPlaceholder(BatchView(batch)); });
    CHECK(placeholders == (IsPlaceholder(BatchView(batches.back())) ? 1 : 0));
    with_placeholder += static_cast<int>(placeholders);
  }
  return with_placeholder;
}

TEST_CASE("each file that compaction makes leads to the first offset of the next one, whatever of it is gone") {
  // Those that are compressed become small, and are put together.
  for (const Codec codec : {Codec::kNone, Codec::kZstd}) {
    SmallSegments folder;
    SharedFolder::Process process(folder);
    auto log = folder.OpenLog(process);
    KeyedRecords all;
    for (int round = 0; round < 6; ++round) {
      const KeyedRecords more = Fill(*log, 30, 1'000'000, 200, codec, false, 30 * round);
      all.insert(all.end(), more.begin(), more.end());
      // Each segment's last batches are superseded by those of the next one.
      for (const char* const key : {"hot", "hotter"}) {
        all.push_back(AppendKeyed(*log, {{.key = key, .value = std::to_string(round)}}, codec).front());
      }
      Roll(*log);
      int rounds = 0;
      while (Value(CompactLog(*log, Rules())).bytes_written > 0) REQUIRE(++rounds < 10);
      const int with_placeholder = CheckFilesJoin(folder);
      if (codec == Codec::kNone) CHECK(with_placeholder == round);
      CHECK(Value(ReadKeyed(log, 0)) == Compacted(all, INT64_MAX));
    }
    const RecoveredLog recovered = Value(RecoverLog(Recovering(folder)));
    CHECK(recovered.damage.ok());
    CHECK(recovered.end == log->end());
    CHECK(recovered.cut_bytes == 0);
  }
}

TEST_CASE("a file of which no record is left is as old as they were, and goes with time") {
  SharedFolder folder;
  folder.segment_bytes = 256 << 10;
  SharedFolder::Process process(folder), other(folder);
  {
    auto log = folder.OpenLog(process);
    AppendKeyed(*log, {{.key = "a", .value = "1", .timestamp = 5000}});
    Roll(*log);
    AppendKeyed(*log, {{.key = "a", .value = std::string(100'000, 'v'), .timestamp = 90'000}});
    Roll(*log);
  }
  // The topic was altered: the second one is too large for the first to be put together with it.
  folder.segment_bytes = 64 << 10;
  auto log = folder.OpenLog(other);
  Value(CompactLog(*log, Rules()));
  REQUIRE(SegmentCount(*log) == 3);
  REQUIRE(CheckFilesJoin(folder) == 1);
  REQUIRE(IsPlaceholder(BatchView(BatchesOf(folder, 0).front())));
  CHECK(Value(FindOffsetForTime(*log, 4000))->offset == 1);
  CHECK(Value(log->Retain({.ms = 1000}, 6000)) == 0);
  CHECK(Value(log->Retain({.ms = 1000}, 6001)) > 0);
  CHECK(log->log_start() == 1);
}

TEST_CASE("a copy in which a file is missing that compaction replaced meanwhile is told, not taken for compacted") {
  for (const bool retires : {false, true}) {
    SmallSegments folder;
    const KeyedRecords all = ReadyToMerge(folder);
    SharedFolder::Process process(folder);
    auto log = folder.OpenLog(process);
    const auto before = Value(ListSegments(folder.files(), folder.partition_folder()));
    REQUIRE(before.size() == 4);
    std::vector<std::byte> first;
    for (const auto& batch : BatchesOf(folder, 0)) first.insert(first.end(), batch.begin(), batch.end());
    REQUIRE(Value(CompactLog(*log, Rules())).segments_removed == 2);
    // The copy has the first file as it was, and came too late for the second and the third.
    auto file = Value(folder.files().Open(folder.SegmentPath(0), io::OpenMode::kReadWrite));
    Must(file->Truncate(0));
    Must(file->WriteAt(0, first));
    Must(RemoveIndexes(folder.files(), folder.partition_folder(), 0));
    RecoveryInput copy = Recovering(folder);
    copy.is_copy = true;
    copy.retires = retires;
    const RecoveredLog recovered = Value(RecoverLog(copy));
    CHECK(absl::IsDataLoss(recovered.damage));
    const std::string message(recovered.damage.message());
    INFO(message);
    CHECK(message.find("the next segment begins with offset " + std::to_string(before[3].base)) != std::string::npos);
  }
}

TEST_CASE("a copy that has a compacted file, and one of those that it replaced, is whole") {
  SmallSegments folder;
  const KeyedRecords all = ReadyToMerge(folder);
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const auto before = Value(ListSegments(folder.files(), folder.partition_folder()));
  std::vector<std::byte> second;
  for (const auto& batch : BatchesOf(folder, before[1].base)) second.insert(second.end(), batch.begin(), batch.end());
  REQUIRE(Value(CompactLog(*log, Rules())).segments_removed == 2);
  auto file = Value(folder.files().Open(folder.SegmentPath(before[1].base), io::OpenMode::kCreate));
  Must(file->WriteAt(0, second));
  RecoveryInput copy = Recovering(folder);
  copy.is_copy = true;
  const RecoveredLog recovered = Value(RecoverLog(copy));
  CHECK(recovered.damage.ok());
  CHECK(recovered.end == log->end());
  log->page().segment_list_generation.fetch_add(1);
  CHECK(Value(ReadKeyed(log, 0)) == Compacted(all, INT64_MAX));
}

TEST_CASE("a value that could not be taken out does not come back, however old the tombstone behind it is") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  KeyedRecords batch = {{.key = "gone", .value = "back?"}};
  for (int i = 0; i < 50; ++i) batch.push_back({.key = "k" + std::to_string(i), .value = std::string(200, 'v')});
  batch = AppendKeyed(*log, batch, Codec::kGzip);
  const auto tombstone = AppendKeyed(*log, {{.key = "gone", .value = std::nullopt}});
  Roll(*log);
  // Without that record the batch is compressed worse, and there is no room for it.
  CompactionRules cramped = Rules(10'000);
  cramped.levels.gzip = 0;
  cramped.most_file_bytes = 2000;
  auto result = Value(CompactLog(*log, cramped));
  CHECK(result.kept_superseded == 1);
  CHECK(Value(ReadCompactionMark(folder.files(), folder.partition_folder())).keeps_tombstones_from == 0);
  for (const std::int64_t now : {20'000, 30'000}) {
    result = Value(CompactLog(*log, Rules(now)));
    CHECK(result.tombstones_removed == 0);
    CHECK(!LastValues(Value(ReadKeyed(log, 0))).contains("gone"));
    CHECK(Value(ReadKeyed(log, 0)).back() == tombstone[0]);
  }
  // Whoever has to find out all anew finds the two, and has room.
  Must(folder.files().Remove(io::JoinPath(folder.partition_folder(), kCompactionFileName)));
  result = Value(CompactLog(*log, Rules(40'000)));
  CHECK(result.kept_superseded == 0);
  batch.erase(batch.begin());
  CHECK(Value(ReadKeyed(log, 0)) == batch);
  CHECK(Value(ReadCompactionMark(folder.files(), folder.partition_folder())).keeps_tombstones_from ==
        CompactionMark::kNowhere);
}

TEST_CASE("damage ends a cleaning before anything behind it is changed, and names the file") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 300, 40);
  Roll(*log);
  const auto bases = Value(ListSegments(folder.files(), folder.partition_folder()));
  const Offset damaged = bases[2].base;
  auto file = Value(folder.files().Open(folder.SegmentPath(damaged), io::OpenMode::kReadWrite));
  const std::byte flipped{0x5a};
  Must(file->WriteAt(500, {&flipped, 1}));
  const auto result = CompactLog(*log, Rules());
  CHECK(absl::IsDataLoss(result.status()));
  CHECK(std::string(result.status().message()).find(SegmentFileName(damaged, kLogSuffix)) != std::string::npos);
  CHECK(Value(ListSegments(folder.files(), folder.partition_folder())) == [&] {
    auto sealed = bases;
    for (std::size_t i = 0; i + 1 < sealed.size(); ++i) sealed[i].has_offset_index = sealed[i].has_time_index = true;
    return sealed;
  }());
}

TEST_CASE("a log that was opened read-only, or of a topic that was deleted, is not compacted") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  LogSettings settings = folder.Settings(process);
  settings.locker = nullptr;
  CHECK(absl::IsPermissionDenied(CompactLog(*Log::Open(settings), Rules()).status()));
  auto log = folder.OpenLog(process);
  log->page().flags.fetch_or(shared::kFlagDeleted);
  CHECK(absl::IsNotFound(CompactLog(*log, Rules()).status()));
}

TEST_CASE("what is dirty is counted, and how old it is") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 200, 100);
  auto backlog = Value(BacklogOf(*log, 10'000, 0));
  CHECK(backlog.clean_bytes == 0);
  CHECK(backlog.dirty_bytes > 100'000);
  CHECK(backlog.oldest_dirty == 1004);
  CHECK(Value(BacklogOf(*log, 10'000, 10'000)).dirty_bytes == 0);
  Value(CompactLog(*log, Rules()));
  backlog = Value(BacklogOf(*log, 10'000, 0));
  CHECK(backlog.dirty_bytes == 0);
  CHECK(backlog.clean_bytes > 0);
  CHECK(backlog.oldest_dirty == std::nullopt);
  Fill(*log, 200, 100);
  CHECK(Value(BacklogOf(*log, 10'000, 0)).dirty_bytes > 0);
}

TEST_CASE("retention of a compacted log knows how new its segments are, also those that were put together") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 250, 40);  // times 1000 to 2249
  Roll(*log);
  CHECK(Value(log->Retain({.ms = 100'000}, 50'000)) == 0);  // it has learned the first one's time
  Value(CompactLog(*log, Rules()));
  Fill(*log, 20, 40, 200, Codec::kNone, false, 10'000);  // times from 51,000 on
  Roll(*log);
  Value(CompactLog(*log, Rules()));
  REQUIRE(SegmentCount(*log) == 2);
  CHECK(Value(log->Retain({.ms = 10'000}, 60'000)) == 0);
  CHECK(Value(log->Retain({.ms = 10'000}, 70'000)) > 0);
  CHECK(log->log_start() == log->end());
}

// A marker as Kafka's coordinator writes it.
void AppendMarker(Log& log, std::int64_t producer, bool commit) {
  const std::byte key[] = {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{commit}};
  const std::byte value[6] = {};
  BatchBuilder builder;
  REQUIRE(builder.Append(BytesView(key, sizeof key), BytesView(value, sizeof value), {}, 5));
  Value(log.Append(builder.Seal({.producer_id = producer, .transactional = true, .control = true})));
}

TEST_CASE("a transaction's records replace others when it was committed, and only then") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const auto in = [](std::int64_t producer, std::int32_t sequence) {
    return BatchAttributes{
        .producer_id = producer, .producer_epoch = 0, .base_sequence = sequence, .transactional = true};
  };
  const auto plain =
      AppendKeyed(*log, {{.key = "a", .value = "1"}, {.key = "b", .value = "1"}, {.key = "c", .value = "1"}});
  const auto aborted = AppendKeyed(*log, {{.key = "a", .value = "aborted"}, {.key = "c", .value = std::nullopt}},
                                   Codec::kNone, in(7, 0));
  const auto committed = AppendKeyed(*log, {{.key = "b", .value = "committed"}}, Codec::kNone, in(8, 0));
  AppendMarker(*log, 7, false);
  AppendMarker(*log, 8, true);
  // The first producer's next transaction is another one.
  const auto second = AppendKeyed(*log, {{.key = "d", .value = "2"}}, Codec::kNone, in(7, 2));
  AppendMarker(*log, 7, true);
  const auto open = AppendKeyed(*log, {{.key = "a", .value = "open"}}, Codec::kNone, in(9, 0));
  const auto behind = AppendKeyed(*log, {{.key = "d", .value = "3"}});
  Roll(*log);
  const auto result = Value(CompactLog(*log, Rules()));
  CHECK(result.clean_to == open[0].offset);
  CHECK(!result.is_done);
  CHECK(Value(ReadKeyed(log, 0)) ==
        KeyedRecords{plain[0], plain[2], aborted[0], aborted[1], committed[0], second[0], open[0], behind[0]});
  AppendMarker(*log, 9, true);
  Roll(*log);
  CHECK(Value(CompactLog(*log, Rules())).is_done);
  // The newest of `a` is now the one of the transaction that was open; what was aborted is older than that.
  CHECK(Value(ReadKeyed(log, 0)) == KeyedRecords{plain[2], aborted[1], committed[0], open[0], behind[0]});
}

TEST_CASE("of an idempotent producer's last batch the header stays when its records go") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (int i = 0; i < 3; ++i) {
    AppendKeyed(*log, {{.key = "a", .value = std::to_string(i)}}, Codec::kNone,
                {.producer_id = 5, .producer_epoch = 0, .base_sequence = i});
  }
  const auto last = AppendKeyed(*log, {{.key = "a", .value = "of somebody else"}});
  Roll(*log);
  Value(CompactLog(*log, Rules()));
  CHECK(Value(ReadKeyed(log, 0)) == last);
  Cursor cursor(log, 0);
  const auto fetched = Value(cursor.Fetch(1 << 20));
  const BatchView header(fetched.bytes);
  CHECK(header.producer_id() == 5);
  CHECK(header.base_sequence() == 2);
  CHECK(header.base_offset() == 2);
  CHECK(header.count() == 0);
}

}  // namespace
}  // namespace leat::log
