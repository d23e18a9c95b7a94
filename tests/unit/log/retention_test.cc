#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <leat/file_call.h>
#include "io/failing_file_system.h"
#include "log/checkpoint.h"
#include "log/cursor.h"
#include "log/epochs.h"
#include "log/recovery.h"
#include "log/segment_files.h"
#include "log/time_search.h"
#include "log/unread.h"
#include "shared/commit_slots.h"
#include "support/catch.h"
#include "support/log_files.h"
#include "support/log_reading.h"
#include "support/numbered_log.h"
#include "support/shared_folder.h"
#include "support/watched_files.h"

namespace leat::log {
namespace {

using testing::AppendOne;
using testing::FilesOf;
using testing::Fill;
using testing::LogFiles;
using testing::ReadAll;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::SmallSegments;
using testing::Value;
using testing::WatchedFiles;
using Strings = std::vector<std::string>;

std::vector<Offset> Bases(Log& log) {
  std::vector<Offset> bases;
  for (const auto& segment : Value(log.Segments())) bases.push_back(segment->base());
  return bases;
}

std::vector<Offset> BasesOnDisk(SharedFolder& folder) {
  std::vector<Offset> bases;
  for (const SegmentFiles& segment : Value(ListSegments(folder.files(), folder.partition_folder()))) {
    bases.push_back(segment.base);
  }
  return bases;
}

// What a recovery makes of the partition's files, as after a reboot.
RecoveredLog Recovered(SharedFolder& folder) {
  const RecoveryInput input{.files = folder.files(),
                            .folder = folder.partition_folder(),
                            .topic = "t",
                            .salvage_folder = folder / "salvage",
                            .like = Value(folder.files().Info(folder.partition_folder()))};
  return Value(RecoverLog(input));
}

TEST_CASE("a trimmed log begins with exactly that record, and whole segments below it are gone from the disk") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  const auto bases = Bases(*log);
  REQUIRE(bases.size() > 3);
  const Offset to = bases[2] + 5;
  CHECK(Value(log->RaiseLogStart(to)) == to);
  CHECK(log->log_start() == to);
  CHECK(Bases(*log) == std::vector(bases.begin() + 2, bases.end()));
  CHECK(BasesOnDisk(folder) == Bases(*log));
  const auto values = Value(ReadAll(log, to));
  REQUIRE(values.size() == static_cast<std::size_t>(200 - to));
  CHECK(values.front().starts_with(std::to_string(to) + ":"));
  CHECK(ReadAll(log, to - 1).status().code() == absl::StatusCode::kOutOfRange);
}

TEST_CASE("a log start in the middle of a batch leaves that batch's later records") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(log->Append(SealedBatch({"a", "b", "c", "d"}).bytes()));
  CHECK(Value(log->RaiseLogStart(2)) == 2);
  CHECK(Value(ReadAll(log, 2)) == Strings{"c", "d"});
  CHECK(Value(FindOffsetForTime(*log, 0))->offset == 2);
}

TEST_CASE("a log may be trimmed to its end, and goes on from there") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  CHECK(Value(log->RaiseLogStart(200)) == 200);
  CHECK(Value(ReadAll(log, 200)).empty());
  CHECK(Bases(*log).size() == 1);  // the active one stays
  CHECK(Value(UnreadFrom(*log, 0)).bytes == 0);
  Fill(*log, 200, 100);
  CHECK(Value(ReadAll(log, 200)).size() == 100);
}

TEST_CASE("trimming below the log's start changes nothing, above the high watermark is refused") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 10);
  CHECK(Value(log->RaiseLogStart(4)) == 4);
  CHECK(Value(log->RaiseLogStart(3)) == 4);
  CHECK(Value(log->RaiseLogStart(0)) == 4);
  for (const Offset bad : {Offset{-1}, Offset{11}}) {
    const auto refused = log->RaiseLogStart(bad);
    CHECK(refused.status().code() == absl::StatusCode::kOutOfRange);
    CHECK(refused.status().ToString().find("10") != std::string::npos);
  }
  CHECK(log->log_start() == 4);
}

TEST_CASE("the checkpoint carries the log's start before a segment goes, and a recovery begins there") {
  SmallSegments folder;
  const auto files = std::make_shared<WatchedFiles>(io::MakePosixFileSystem());
  Offset to = 0;
  {
    SharedFolder::Process process(folder);
    LogSettings settings = folder.Settings(process);
    settings.files = files;
    auto log = Log::Open(settings);
    Fill(*log, 0, 200);
    to = Bases(*log)[2] + 7;
    files->journal().Take();
    CHECK(Value(log->RaiseLogStart(to)) == to);
    const Strings journal = files->journal().Take();
    const auto synced = std::find_if(journal.begin(), journal.end(),
                                     [](const std::string& note) { return note.starts_with("sync checkpoint"); });
    REQUIRE(synced != journal.end());
    for (auto before = journal.begin(); before != synced; ++before) CHECK_FALSE(before->starts_with("remove"));
    // Who made the file may have died before its name was on the disk.
    const auto named =
        std::find_if(synced, journal.end(), [](const std::string& note) { return note.starts_with("sync folder"); });
    REQUIRE(named != journal.end());
    for (auto before = synced; before != named; ++before) CHECK_FALSE(before->starts_with("remove"));
  }
  CHECK(Value(ReadCheckpoint(folder.files(), folder.partition_folder())).newest->log_start == to);
  const RecoveredLog recovered = Recovered(folder);
  CHECK(recovered.damage.ok());
  CHECK(recovered.log_start == to);
  CHECK(recovered.end == 200);
}

TEST_CASE("segments that somebody who died left below the log's start are nobody's, and go with the next ones") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  const auto bases = Bases(*log);
  // It died between the second step and the fourth.
  process.control().page(0).log_start.store(bases[1]);
  CHECK(Bases(*log).front() == bases[1]);
  CHECK(BasesOnDisk(folder).front() == 0);
  CHECK(Value(ReadAll(log, bases[1])).size() == static_cast<std::size_t>(200 - bases[1]));
  CHECK(Value(log->RaiseLogStart(bases[2])) == bases[2]);
  CHECK(BasesOnDisk(folder).front() == bases[2]);
}

TEST_CASE("the death of whoever removes segments keeps nobody from it") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  SharedFolder::Process dead(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  shared::PartitionPage& page = process.control().page(0);
  page.retire_lock.store(dead.word());
  dead.Die();
  CHECK(Value(log->RaiseLogStart(150)) == 150);
  CHECK(page.retire_lock.load() == 0);
}

TEST_CASE("who may not wait does not remove segments while somebody else does") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  SharedFolder::Process other(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  shared::PartitionPage& page = process.control().page(0);
  REQUIRE(other.locker().Lock(page.retire_lock, "it").ok());
  CHECK(log->RaiseLogStart(150, Waiting::kNever).status().code() == absl::StatusCode::kUnavailable);
  CHECK(log->log_start() == 0);
  other.locker().Unlock(page.retire_lock);
  CHECK(log->RaiseLogStart(150, Waiting::kNever).ok());
}

TEST_CASE("other processes find the log's new start, and read on in what they had mapped") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  SharedFolder::Process other(folder);
  auto log = folder.OpenLog(process);
  auto seen = folder.OpenLog(other);
  Fill(*log, 0, 200);
  Cursor reader(seen, 0);
  const Fetched held = Value(reader.Fetch(1));
  const std::vector<std::byte> copy(held.bytes.begin(), held.bytes.end());
  const Offset to = Bases(*log)[3];
  Value(log->RaiseLogStart(to));
  CHECK(std::equal(copy.begin(), copy.end(), held.bytes.begin(), held.bytes.end()));
  const auto behind = reader.Fetch(1);
  CHECK(behind.status().code() == absl::StatusCode::kOutOfRange);
  CHECK(behind.status().ToString().find(std::to_string(to)) != std::string::npos);
  CHECK(Bases(*seen).front() == to);
  CHECK(Value(ReadAll(seen, to)).size() == static_cast<std::size_t>(200 - to));
}

TEST_CASE("leader epochs below the log's start are forgotten") {
  SmallSegments folder;
  {
    SharedFolder::Process process(folder);
    Fill(*folder.OpenLog(process), 0, 100);
  }
  Epochs epochs;
  epochs.Append(0, 0);
  epochs.Append(3, 20);
  epochs.Append(4, 60);
  const io::FileInfo like = Value(folder.files().Info(folder.partition_folder()));
  testing::Must(WriteEpochs(folder.files(), folder.partition_folder(), epochs, like));
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(log->RaiseLogStart(10));
  CHECK(Value(ReadEpochs(folder.files(), folder.partition_folder())) == epochs);  // the oldest is still the same
  Value(log->RaiseLogStart(30));
  CHECK(Value(ReadEpochs(folder.files(), folder.partition_folder())).entries() ==
        std::vector<EpochStart>{{.epoch = 3, .start = 30}, {.epoch = 4, .start = 60}});
}

TEST_CASE("when a checkpoint cannot be made nothing is removed, and later it is") {
  SmallSegments folder;
  const auto files = std::make_shared<WatchedFiles>(io::MakePosixFileSystem());
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  const auto before = FilesOf(folder);
  testing::Must(folder.files().MakeDirectory(io::JoinPath(folder.partition_folder(), "checkpoint")));
  CHECK_FALSE(log->RaiseLogStart(150).ok());
  CHECK(log->log_start() == 0);
  testing::Must(folder.files().Remove(io::JoinPath(folder.partition_folder(), "checkpoint")));
  CHECK(FilesOf(folder) == before);
  CHECK(log->RaiseLogStart(150).ok());
}

TEST_CASE("where files cannot be removed, records go once for the room, and not on and on") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  const auto files = std::make_shared<io::FailingFileSystem>(io::MakePosixFileSystem());
  LogSettings settings = folder.Settings(process);
  settings.files = files;
  auto log = Log::Open(settings);
  Fill(*log, 0, 400);
  const auto bases = Bases(*log);
  REQUIRE(bases.size() > 4);
  files->FailFrom(1, absl::PermissionDeniedError("it stays"), FileCall::kRemove);
  CHECK(log->Retire(bases[1], Waiting::kNever).status().code() == absl::StatusCode::kPermissionDenied);
  CHECK(log->log_start() == bases[1]);
  for (int again = 0; again < 3; ++again) {
    CHECK_FALSE(log->Retire(bases[2], Waiting::kNever).ok());
    CHECK(log->Retain({.bytes = 0}, 0).status().code() == absl::StatusCode::kPermissionDenied);
    CHECK(log->log_start() == bases[1]);
  }
  // Who trims wants that nobody reads them any more.
  CHECK(Value(log->RaiseLogStart(bases[2])) == bases[2]);
  files->Heal();
  CHECK(Value(log->Retain({.bytes = 0}, 0)) > 0);
  CHECK(BasesOnDisk(folder) == std::vector<Offset>{bases.back()});
}

TEST_CASE("a sync after a trim does not ask for what is gone") {
  SmallSegments folder;
  folder.mapped_writes = false;
  SharedFolder::Process process(folder);
  SharedFolder::Process other(folder);
  auto log = folder.OpenLog(process);
  auto second = folder.OpenLog(other);
  Fill(*log, 0, 200);
  Value(log->RaiseLogStart(Bases(*log)[2] + 3));
  CHECK(second->Sync().ok());
  CHECK(log->flushed() == 200);
  CHECK(log->SyncSealed().ok());
  const Offset start = log->log_start();
  CHECK(Value(ReadCheckpoint(folder.files(), folder.partition_folder())).newest->log_start == start);
  log->ForgetRetired();
  CHECK(log->UnsyncedDescriptors() == 1);
}

TEST_CASE("retention by time removes whole segments all of whose records are too old") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  const auto bases = Bases(*log);
  REQUIRE(bases.size() > 3);
  // Record n is of 1000 + n: the last one of the second segment is bases[2] - 1.
  const std::int64_t age = 100;
  const std::int64_t youngest = 1000 + bases[2] - 1;
  CHECK(Value(log->Retain({.ms = age}, youngest + age)) > 0);
  CHECK(log->log_start() == bases[1]);  // not older than that, but as old
  CHECK(Value(log->Retain({.ms = age}, youngest + age)) == 0);
  CHECK(Value(log->Retain({.ms = age}, youngest + age + 1)) > 0);
  CHECK(log->log_start() == bases[2]);
  CHECK(Value(ReadAll(log, bases[2])).size() == static_cast<std::size_t>(200 - bases[2]));
}

TEST_CASE("retention by time goes by each segment's greatest timestamp, sealed or not") {
  for (const bool sealed : {false, true}) {
    SmallSegments folder;
    SharedFolder::Process process(folder);
    auto log = folder.OpenLog(process);
    std::string large(1000, 'x');
    for (int i = 0; i < 200; ++i) Value(AppendOne(*log, large, i == 10 ? 5000 : 1000));
    if (sealed) testing::Must(log->Housekeep());
    const auto bases = Bases(*log);
    Value(log->Retain({.ms = 100}, 4000));
    CHECK(log->log_start() == 0);  // the second segment is old, but the first holds it
    Value(log->Retain({.ms = 100}, 5101));
    CHECK(log->log_start() == 200);
    CHECK(Bases(*log) == std::vector<Offset>{200});
  }
}

TEST_CASE("an active segment that is all too old is finished first, and goes with the others") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 10);
  CHECK(Value(log->Retain({.ms = 1000}, 2009)) == 0);
  CHECK(log->log_start() == 0);
  CHECK(Value(log->Retain({.ms = 1000}, 2010)) > 0);
  CHECK(log->log_start() == 10);
  CHECK(BasesOnDisk(folder) == std::vector<Offset>{10});
  CHECK(Value(log->Retain({.ms = 1000}, 99999)) == 0);  // an empty one stays
  Fill(*log, 10, 5);
  CHECK(Value(ReadAll(log, 10)).size() == 5);
}

TEST_CASE("records of the future, and those without a time, are not too old") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (const std::int64_t timestamp : {std::int64_t{-1}, std::int64_t{1} << 60}) {
    for (int i = 0; i < 100; ++i) Value(AppendOne(*log, std::string(1000, 'x'), timestamp));
    CHECK(Value(log->Retain({.ms = 0}, 1'000'000)) == 0);
    CHECK(log->log_start() == 0);
  }
}

TEST_CASE("a time index that was cut or changed lets no younger records go") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  testing::Must(log->Housekeep());
  const auto bases = Bases(*log);
  LogFiles files(folder.files(), folder.partition_folder());
  const std::string name = SegmentFileName(0, kTimeIndexSuffix);
  const testing::Bytes whole = files.Read(name);
  REQUIRE(whole.size() >= 24);
  const std::int64_t youngest = 1000 + bases[1] - 1;
  const auto stays = [&] {
    auto fresh = folder.OpenLog(process);
    CHECK(Value(fresh->Retain({.ms = 10}, youngest + 10)) == 0);
    CHECK(fresh->log_start() == 0);
  };
  for (std::size_t size = 0; size < whole.size(); size += 12) {
    files.Write(name, std::span(whole).first(size));
    stays();
  }
  for (std::size_t at = whole.size() - 12; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      files.Write(name, whole);
      files.FlipBit(name, at, bit);
      stays();
    }
  }
  files.Write(name, whole);
  auto fresh = folder.OpenLog(process);
  CHECK(Value(fresh->Retain({.ms = 10}, youngest + 11)) > 0);
}

TEST_CASE(
    "retention by size goes by what is stored, also while finished segments are as long as what was allocated") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 10, 40'000);  // one a segment, and nobody seals them
  const std::int64_t record = shared::ReadCommit(log->page()).position;
  REQUIRE(Bases(*log).size() == 10);
  CHECK(Value(log->SizeBytes()) > 10 * record);
  CHECK(Value(log->StoredBytes()) == 10 * record);
  CHECK(Value(log->Retain({.bytes = 10 * record}, 0)) == 0);
  CHECK(Value(log->Retain({.bytes = 9 * record + 1}, 0)) == 0);
  CHECK(Value(log->Retain({.bytes = 7 * record}, 0)) > 0);
  CHECK(log->log_start() == 3);
  log->Housekeep().IgnoreError();
  CHECK(Value(log->StoredBytes()) == 7 * record);
}

TEST_CASE("retention by size keeps at least so many bytes") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Fill(*log, 0, 200);
  testing::Must(log->Housekeep());
  const std::int64_t all = Value(log->SizeBytes());
  const std::int64_t first = Value(Value(log->Segments())[0]->FileSize());
  const Offset second = Bases(*log)[1];
  CHECK(Value(log->Retain({.bytes = all - first + 1}, 0)) == 0);
  CHECK(log->log_start() == 0);
  CHECK(Value(log->Retain({.bytes = all - first}, 0)) == first);
  CHECK(log->log_start() == second);
  CHECK(Value(log->Retain({.bytes = 0}, 0)) > 0);
  CHECK(Bases(*log).size() == 1);  // the active one stays
}

TEST_CASE("what is above the high watermark stays, however old") {
  SmallSegments folder;
  folder.mapped_writes = false;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  testing::Must(log->SetToDisk(true));
  Fill(*log, 0, 10);
  // Appended, and not yet on the disk.
  for (int i = 10; i < 200; ++i) {
    Value(log->AppendUnsynced(SealedBatch({std::string(1000, 'x')}, 1000 + i).bytes()));
  }
  REQUIRE(log->high_watermark() == 10);
  CHECK(Value(log->Retain({.ms = 0, .bytes = 0}, 1'000'000)) == 0);
  CHECK(log->log_start() == 0);
  CHECK(log->RaiseLogStart(11).status().code() == absl::StatusCode::kOutOfRange);
  testing::Must(log->Sync());
  CHECK(Value(log->Retain({.ms = 0}, 1'000'000)) > 0);
  CHECK(log->log_start() == 200);
}

TEST_CASE("a segment ends when a batch comes whose timestamp is segment_ms later than its first one's") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  SharedFolder::Process other(folder);
  LogSettings settings = folder.Settings(process);
  settings.segment_ms = 50;
  auto log = Log::Open(settings);
  settings = folder.Settings(other);
  settings.segment_ms = 50;
  auto second = Log::Open(settings);
  Value(AppendOne(*log, "a", 1000));
  Value(AppendOne(*second, "b", 1050));
  Value(AppendOne(*log, "c", 900));  // older than the first one: no reason
  CHECK(Bases(*log) == std::vector<Offset>{0});
  Value(AppendOne(*second, "d", 1051));
  CHECK(Bases(*log) == std::vector<Offset>{0, 3});
  Value(AppendOne(*log, "e", 1101));
  CHECK(Bases(*log) == std::vector<Offset>{0, 3});
  Value(AppendOne(*log, "f", 1102));
  CHECK(Bases(*log) == std::vector<Offset>{0, 3, 5});
  log->SetSegmentMs(10'000);
  Value(AppendOne(*log, "g", 1200));
  Value(AppendOne(*log, "h", 9000));
  CHECK(Bases(*log).size() == 3);
  CHECK(Value(ReadAll(second)) == Strings{"a", "b", "c", "d", "e", "f", "g", "h"});
}

TEST_CASE("an idle segment ends by the wall clock") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK_FALSE(Value(log->RollOlderThan(0, base::RealClock().WallMillis() + 1000)));  // nothing in it
  Value(AppendOne(*log, "a"));
  const std::int64_t came = shared::ReadCommit(process.control().page(0)).segment_first_append;
  CHECK_FALSE(Value(log->RollOlderThan(500, came + 500)));
  CHECK(Value(log->RollOlderThan(500, came + 501)));
  CHECK(Bases(*log) == std::vector<Offset>{0, 1});
  CHECK_FALSE(Value(log->RollOlderThan(500, came + 5000)));
  Value(AppendOne(*log, "b"));
  CHECK(Value(ReadAll(log)) == Strings{"a", "b"});
  testing::Must(log->Housekeep());
  CHECK(Value(folder.files().Info(folder.SegmentPath(0))).size < 1000);  // sealed
}

// Counts what a log takes.
class CountingOwner final : public LogOwner {
 public:
  absl::Status Reserve(Log&, std::int64_t bytes) override {
    taken += bytes;
    return absl::OkStatus();
  }
  void Poke(Log&) override {}

  std::int64_t taken = 0;
};

TEST_CASE("in memory what somebody holds a pin on stays readable and taken, and younger segments go first") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  CountingOwner owner;
  auto settings = folder.Settings(process);
  settings.owner = &owner;
  settings.needs_sync = false;
  auto log = Log::Open(std::move(settings));
  Fill(*log, 0, 200);
  Cursor lagging(log, 0);
  auto held = Value(lagging.Fetch(1));
  const std::vector<std::byte> copy(held.bytes.begin(), held.bytes.end());
  const auto segments = Value(log->Segments());
  REQUIRE(segments.size() > 3);
  const std::int64_t first = Value(segments[0]->FileSize());
  const std::int64_t second = Value(segments[1]->FileSize());
  const std::int64_t before = owner.taken;

  // The second is the first that gives memory back.
  const auto oldest = Value(log->OldestRetirable());
  REQUIRE(oldest.has_value());
  CHECK(oldest->end == segments[2]->base());
  CHECK(oldest->max_timestamp == 1000 + segments[2]->base() - 1);
  CHECK(oldest->size == first + second);
  CHECK(log->RaiseLogStart(oldest->end).ok());
  CHECK(owner.taken == before - second);
  CHECK_FALSE(log->GiveBackUnpinned());
  CHECK(std::equal(copy.begin(), copy.end(), held.bytes.begin(), held.bytes.end()));
  CHECK(lagging.Fetch(1).status().code() == absl::StatusCode::kOutOfRange);

  held.pin = nullptr;
  CHECK(log->GiveBackUnpinned());
  CHECK(owner.taken == before - second - first);
  CHECK_FALSE(log->GiveBackUnpinned());

  while (const auto next = Value(log->OldestRetirable())) Value(log->RaiseLogStart(next->end));
  CHECK(Value(log->Segments()).size() == 1);  // the active one stays
}

TEST_CASE("in memory, when every segment but the active one is held, none can go") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  auto settings = folder.Settings(process);
  settings.needs_sync = false;
  auto log = Log::Open(std::move(settings));
  Fill(*log, 0, 200);
  std::vector<Fetched> held;
  for (const auto& segment : Value(log->Segments())) {
    Cursor reader(log, segment->base());
    held.push_back(Value(reader.Fetch(1)));
  }
  CHECK_FALSE(Value(log->OldestRetirable()).has_value());
}

TEST_CASE("readers beside a writer and whoever removes segments see every record once, or learn that it is gone") {
  SmallSegments folder;
  SharedFolder::Process process(folder);
  SharedFolder::Process other(folder);
  auto log = folder.OpenLog(process);
  auto seen = folder.OpenLog(other);
  constexpr int kRecords = 4000;
  std::atomic<bool> done{false};
  std::string wrong;
  std::int64_t read = 0;
  std::int64_t skipped = 0;
  std::thread reader([&] {
    Cursor cursor(seen, 0);
    Offset expected = 0;
    while (expected < kRecords && wrong.empty()) {
      const auto fetched = cursor.Fetch(10'000);
      if (absl::IsOutOfRange(fetched.status())) {
        const Offset start = seen->log_start();
        if (start <= expected) {
          wrong = "out of range at " + std::to_string(expected) + " of a log from " + std::to_string(start);
          break;
        }
        skipped += start - expected;
        expected = start;
        cursor.Seek(start);
        continue;
      }
      if (!fetched.ok()) {
        wrong = fetched.status().ToString();
        break;
      }
      for (auto rest = fetched->bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
        const BatchView batch(rest);
        if (batch.base_offset() != expected) wrong = "offset " + std::to_string(batch.base_offset());
        RecordReader records(batch);
        const std::string number = std::to_string(expected) + ":";
        if (!records.Next() || !records.record().value.as_string_view().starts_with(number))
          wrong = "another value at " + number;
        ++expected;
        ++read;
      }
    }
  });
  std::thread remover([&] {
    while (!done.load()) {
      const Offset end = log->high_watermark();
      if (!seen->RaiseLogStart(std::max<Offset>(end - 300, 0)).ok()) break;
    }
  });
  Fill(*log, 0, kRecords);
  done.store(true);
  remover.join();
  reader.join();
  CHECK(wrong.empty());
  INFO(wrong);
  CHECK(read + skipped == kRecords);
}

}  // namespace
}  // namespace leat::log
