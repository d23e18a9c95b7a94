#include "log/syncer.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "shared/commit_slots.h"
#include "support/catch.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"
#include "support/watched_files.h"

namespace leat::log {
namespace {

using testing::ReadAll;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::Value;
using testing::WatchedFiles;
using Strings = std::vector<std::string>;

constexpr char kFirst[] = "00000000000000000000.log";

// The log of a shared folder, as some process has it open, through files that are watched.
struct Watched {
  explicit Watched(SharedFolder& folder, std::chrono::milliseconds max_block = std::chrono::seconds(60))
      : process(folder, max_block), files(std::make_shared<WatchedFiles>(io::MakePosixFileSystem())) {
    LogSettings settings = folder.Settings(process);
    settings.files = files;
    settings.max_message_bytes = folder.segment_bytes;
    log = Log::Open(settings);
  }
  absl::StatusOr<Log::Appended> Append(const std::string& value, Durability durability = Durability::kProcess) {
    return log->Append(SealedBatch({value}).bytes(), durability);
  }
  Strings Journal() { return files->journal().Take(); }
  Strings Syncs() {
    Strings all = Journal();
    std::erase_if(all, [](const std::string& note) { return !note.starts_with("sync"); });
    return all;
  }
  // Bytes of the first segment that were stored.
  std::int64_t Stored() {
    std::int64_t size = 0;
    for (const std::string& note : Journal()) {
      if (note.starts_with(std::string("store ") + kFirst)) size += std::stoll(note.substr(note.rfind(' ')));
    }
    return size;
  }

  SharedFolder::Process process;
  std::shared_ptr<WatchedFiles> files;
  std::shared_ptr<Log> log;
};

TEST_CASE("an append with kDisk is synced before it returns, one without is not") {
  SharedFolder folder;
  folder.mapped_writes = GENERATE(true, false);
  Watched one(folder);
  REQUIRE(one.Append("a").ok());
  CHECK(one.Syncs().empty());
  CHECK(one.log->flushed() == 0);
  REQUIRE(one.Append("b", Durability::kDisk).ok());
  CHECK(one.Syncs() == Strings{std::string("sync ") + kFirst});
  CHECK(one.log->flushed() == 2);
  REQUIRE(one.Append("c").ok());
  CHECK(one.log->flushed() == 2);
  CHECK(one.log->high_watermark() == 3);
  REQUIRE(one.log->Sync().ok());
  CHECK(one.log->flushed() == 3);
  REQUIRE(one.log->Sync().ok());
  CHECK(one.Syncs() == Strings{std::string("sync ") + kFirst});  // the second one had nothing to do
}

TEST_CASE("in a kDisk topic readers see a record when it is on the disk, and not before") {
  SharedFolder folder;
  Watched one(folder);
  REQUIRE(one.log->SetToDisk(true).ok());
  std::binary_semaphore in_sync(0), go_on(0);
  one.files->journal().before_sync = [&] {
    in_sync.release();
    go_on.acquire();
  };
  absl::StatusOr<Log::Appended> appended;
  std::thread appender([&] { appended = one.Append("a"); });
  in_sync.acquire();
  CHECK(one.log->end() == 1);
  CHECK(one.log->high_watermark() == 0);
  CHECK(Value(ReadAll(one.log)).empty());
  go_on.release();
  appender.join();
  REQUIRE(appended.ok());
  CHECK(appended->base_offset == 0);
  CHECK(one.log->high_watermark() == 1);
  CHECK(Value(ReadAll(one.log)) == Strings{"a"});
}

TEST_CASE("those who wait at the same time, in whatever process, share a sync") {
  SharedFolder folder;
  Watched one(folder), other(folder);
  REQUIRE(one.log->SetToDisk(true).ok());
  std::binary_semaphore in_sync(0), go_on(0);
  std::atomic<bool> first{true};
  one.files->journal().before_sync = [&] {
    if (!first.exchange(false)) return;
    in_sync.release();
    go_on.acquire();
  };
  std::vector<std::thread> threads;
  std::atomic<int> acknowledged{0};
  const auto append = [&](Watched& process) {
    threads.emplace_back([&] { acknowledged += process.Append("v").ok() ? 1 : 0; });
  };
  append(one);
  in_sync.acquire();
  for (int i = 0; i < 20; ++i) append(i % 2 == 0 ? one : other);
  while (one.log->end() < 21) std::this_thread::yield();
  go_on.release();
  for (std::thread& thread : threads) thread.join();
  CHECK(acknowledged == 21);
  CHECK(one.log->flushed() == 21);
  // One for the first, and one for all who came while that was under way.
  CHECK(one.files->journal().syncs + other.files->journal().syncs == 2);
  const shared::PartitionCounters& counters = one.log->page().counters;
  CHECK(counters.syncs.load() == 2);
  std::uint64_t waits = 0;
  for (const auto& bucket : counters.sync_wait.buckets) waits += bucket.load();
  CHECK(waits == 21);
}

TEST_CASE("a process vouches only for what was stored after it opened the segment: the rest it stores again") {
  SharedFolder folder;
  auto writer = std::make_unique<Watched>(folder);
  for (const char* value : {"a", "b", "c"}) REQUIRE(writer->Append(value).ok());
  const std::int64_t position = shared::ReadCommit(writer->log->page()).position;
  writer->process.Die();
  Watched next(folder);
  REQUIRE(next.Append("d", Durability::kDisk).ok());
  CHECK(next.log->flushed() == 4);
  CHECK(next.Stored() == position);  // "d" went through the mapping
  // From now on it vouches for all that comes.
  REQUIRE(next.Append("e", Durability::kDisk).ok());
  CHECK(next.Stored() == 0);
  CHECK(Value(ReadAll(next.log)) == Strings{"a", "b", "c", "d", "e"});
}

TEST_CASE("a batch larger than the buffer is stored again, too, and so are finished segments") {
  SharedFolder folder;
  folder.segment_bytes = 4 << 20;
  auto writer = std::make_unique<Watched>(folder);
  for (int i = 0; i < 5; ++i) REQUIRE(writer->Append(std::string(3 << 19, static_cast<char>('a' + i))).ok());
  writer->process.Die();
  Watched next(folder);
  REQUIRE(next.log->Sync().ok());
  CHECK(next.log->flushed() == 5);
  const Strings journal = next.Journal();
  std::int64_t stored = 0;
  for (const std::string& note : journal) {
    if (note.starts_with("store")) stored += std::stoll(note.substr(note.rfind(' ')));
  }
  CHECK(stored == 5 * static_cast<std::int64_t>(SealedBatch({std::string(3 << 19, 'a')}).bytes().size()));
  // Oldest first, and each after its bytes; the names of the later segments before what is said of them.
  CHECK(std::find(journal.begin(), journal.end(), "sync folder t-0") != journal.end());
  Strings syncs = journal;
  std::erase_if(syncs, [](const std::string& note) { return !note.ends_with(".log"); });
  CHECK(syncs ==
        Strings{std::string("sync ") + kFirst, "sync 00000000000000000002.log", "sync 00000000000000000004.log"});
}

TEST_CASE("who has a segment open hears that its bytes were lost, and the partition is read-only for everybody") {
  SharedFolder folder;
  Watched one(folder), other(folder);
  REQUIRE(one.Append("a", Durability::kDisk).ok());
  REQUIRE(one.Append("b").ok());
  one.files->journal().losses = 1;
  const absl::Status failed = one.Append("c", Durability::kDisk).status();
  CHECK(absl::IsDataLoss(failed));
  CHECK(std::string(failed.message()).find("the disk did not take it") != std::string::npos);
  CHECK(std::string(failed.message()).find(folder.partition_folder()) != std::string::npos);
  CHECK(one.log->flushed() == 1);
  // Nobody tries again: it would succeed.
  one.Journal();
  for (Watched* process : {&one, &other}) {
    CHECK(absl::IsDataLoss(process->Append("d", Durability::kDisk).status()));
    CHECK(absl::IsDataLoss(process->Append("d").status()));
    CHECK(absl::IsDataLoss(process->log->Sync()));
    CHECK(process->Syncs().empty());
  }
  CHECK(Value(ReadAll(other.log)) == Strings{"a", "b", "c"});
  CHECK(one.log->page().counters.sync_errors.load() == 1);
  CHECK(one.log->page().counters.syncs.load() == 1);
}

TEST_CASE("in a kDisk topic what a failed sync left is not seen") {
  SharedFolder folder;
  Watched one(folder), other(folder);
  REQUIRE(one.log->SetToDisk(true).ok());
  REQUIRE(one.Append("a").ok());
  one.files->journal().losses = 1;
  CHECK(absl::IsDataLoss(one.Append("b").status()));
  CHECK(absl::IsDataLoss(other.Append("c").status()));
  CHECK(other.log->high_watermark() == 1);
  CHECK(Value(ReadAll(other.log)) == Strings{"a"});
}

TEST_CASE("bytes that nobody can vouch for and that are not what was appended are data loss") {
  SharedFolder folder;
  auto writer = std::make_unique<Watched>(folder);
  for (const char* value : {"a", "b", "c"}) REQUIRE(writer->Append(value).ok());
  writer->process.Die();
  const auto file = Value(folder.files().Open(folder.SegmentPath(0), io::OpenMode::kReadWrite));
  std::byte bytes[80];
  Value(file->ReadAt(0, bytes));
  const std::int64_t place = GENERATE(0, 8, 16, 30, 66);
  bytes[place] ^= std::byte{1};
  testing::Must(file->WriteAt(place, std::span(bytes).subspan(static_cast<std::size_t>(place), 1)));
  Watched next(folder);
  const absl::Status failed = next.Append("d", Durability::kDisk).status();
  CAPTURE(place, failed.ToString());
  CHECK(absl::IsDataLoss(failed));
  CHECK(std::string(failed.message()).find(kFirst) != std::string::npos);
  CHECK(next.log->flushed() == 0);
  CHECK(next.Syncs().empty());
  CHECK(absl::IsDataLoss(Watched(folder).Append("e").status()));
}

TEST_CASE("a leader that died is replaced, and what it had synced and not shown is shown") {
  SharedFolder folder;
  Watched dead(folder), next(folder);
  REQUIRE(next.log->SetToDisk(true).ok());
  REQUIRE(next.Append("a").ok());
  shared::PartitionPage& page = next.log->page();
  page.flush_lock.store(dead.process.word());
  SECTION("in the middle of a sync") {
    dead.process.Die();
    REQUIRE(next.Append("b").ok());
    CHECK(next.log->high_watermark() == 2);
  }
  SECTION("while it showed what it had synced") {
    page.high_watermark.store(0);
    dead.process.Die();
    REQUIRE(next.log->Settle().ok());
    CHECK(next.log->high_watermark() == 1);
  }
  CHECK(page.flush_lock.load() == 0);
}

TEST_CASE("a leader that is stopped is named after max_block, and the append is in the log, for all that is known") {
  SharedFolder folder;
  Watched stopped(folder), waiting(folder, std::chrono::milliseconds(20));
  shared::PartitionPage& page = waiting.log->page();
  page.flush_lock.store(stopped.process.word());
  const absl::Status late = waiting.Append("a", Durability::kDisk).status();
  CHECK(absl::IsDeadlineExceeded(late));
  CHECK(std::string(late.message()).find("pid ") != std::string::npos);
  CHECK(waiting.log->end() == 1);
  CHECK(absl::IsUnavailable(waiting.log->Sync()));
  page.flush_lock.store(0);
  CHECK(waiting.log->Sync().ok());
  CHECK(waiting.log->flushed() == 1);
}

TEST_CASE("a segment's name is on the disk before what is in it is acknowledged") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  Watched one(folder);
  const std::string half(33 << 10, 'x');
  REQUIRE(one.Append(half, Durability::kDisk).ok());
  CHECK(one.Syncs() == Strings{std::string("sync ") + kFirst});
  REQUIRE(one.Append(half, Durability::kDisk).ok());
  CHECK(one.Syncs() == Strings{"sync folder t-0", "sync 00000000000000000001.log"});
  // Once is enough.
  REQUIRE(one.Append("y", Durability::kDisk).ok());
  CHECK(one.Syncs() == Strings{"sync 00000000000000000001.log"});
}

TEST_CASE("descriptors of segments that are not on the disk are kept, and no others") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  Watched one(folder);
  const std::string half(33 << 10, 'x');
  for (int i = 0; i < 4; ++i) REQUIRE(one.Append(half).ok());
  REQUIRE(one.log->Housekeep().ok());  // seals, and lets go of the writers
  one.Journal();
  REQUIRE(one.log->Sync().ok());
  const Strings journal = one.Journal();
  CHECK(std::none_of(journal.begin(), journal.end(), [](const auto& note) { return note.starts_with("store"); }));
  CHECK(std::count_if(journal.begin(), journal.end(), [](const auto& note) { return note.ends_with(".log"); }) == 4);
  // Nothing is synced twice.
  for (int i = 0; i < 2; ++i) REQUIRE(one.Append(half, Durability::kDisk).ok());
  CHECK(one.Syncs() == Strings{"sync folder t-0", "sync 00000000000000000004.log", "sync folder t-0",
                               "sync 00000000000000000005.log"});
}

TEST_CASE("who closes last syncs what it has appended as it is, and stores again what others have") {
  SharedFolder folder;
  auto other = std::make_unique<Watched>(folder);
  REQUIRE(other->Append("a").ok());
  const std::int64_t others = shared::ReadCommit(other->log->page()).position;
  Watched one(folder);
  REQUIRE(one.Append("b").ok());
  const bool flushed = GENERATE(true, false);
  CAPTURE(flushed);
  if (flushed) REQUIRE(other->log->Sync().ok());
  other->process.Die();
  one.log->EndAppends();
  one.log->ReleaseWriter();
  one.Journal();
  REQUIRE(one.log->SealForClose().ok());
  CHECK(one.Stored() == (flushed ? 0 : others));
  CHECK(one.log->flushed() == 2);
  CHECK(one.log->high_watermark() == 2);
}

TEST_CASE("a topic that becomes kDisk shows from then on what is on the disk only, and back") {
  SharedFolder folder;
  Watched one(folder), other(folder);
  REQUIRE(other.Append("a").ok());
  CHECK(one.log->flushed() == 0);
  REQUIRE(one.log->SetToDisk(true).ok());
  CHECK(one.log->flushed() == 1);
  REQUIRE(other.Append("b", Durability::kProcess).ok());
  CHECK(one.log->flushed() == 2);
  REQUIRE(one.log->SetToDisk(false).ok());
  REQUIRE(other.Append("c", Durability::kProcess).ok());
  CHECK(one.log->flushed() == 2);
  CHECK(one.log->high_watermark() == 3);
}

TEST_CASE("a log that is closed waits for syncs under way and takes no more") {
  SharedFolder folder;
  Watched one(folder);
  std::binary_semaphore in_sync(0), go_on(0);
  one.files->journal().before_sync = [&] {
    in_sync.release();
    go_on.acquire();
  };
  absl::StatusOr<Log::Appended> appended;
  std::thread appender([&] { appended = one.Append("a", Durability::kDisk); });
  in_sync.acquire();
  std::atomic<bool> ended{false};
  std::thread closer([&] {
    one.log->EndAppends();
    ended = true;
  });
  while (!absl::IsFailedPrecondition(one.Append("b").status())) std::this_thread::yield();
  CHECK_FALSE(ended);
  go_on.release();
  appender.join();
  closer.join();
  CHECK(appended.ok());
  CHECK(absl::IsFailedPrecondition(one.Append("c", Durability::kDisk).status()));
  CHECK(absl::IsFailedPrecondition(one.log->Sync()));
}

}  // namespace
}  // namespace leat::log
