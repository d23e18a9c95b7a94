#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "log/appender.h"
#include "shared/commit_slots.h"
#include "support/catch.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendOne;
using testing::ReadAll;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::Value;
using Strings = std::vector<std::string>;

TEST_CASE("an empty log reads as empty") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK(log->log_start() == 0);
  CHECK(log->high_watermark() == 0);
  CHECK(log->end() == 0);
  CHECK(Value(ReadAll(log)).empty());
}

TEST_CASE("what is appended is read, in order, through the mapping and by pwrite") {
  SharedFolder folder;
  folder.mapped_writes = GENERATE(true, false);
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK(Value(AppendOne(*log, "a")).base_offset == 0);
  CHECK(Value(log->Append(SealedBatch({"b", "c", "d"}).bytes())).base_offset == 1);
  CHECK(Value(AppendOne(*log, "e")).base_offset == 4);
  CHECK(log->high_watermark() == 5);
  CHECK(Value(ReadAll(log)) == Strings{"a", "b", "c", "d", "e"});
  CHECK(Value(ReadAll(log, 2)) == Strings{"c", "d", "e"});
  CHECK(Value(ReadAll(log, 5)).empty());
}

TEST_CASE("a log that says hello takes one MiB of the disk") {
  SharedFolder folder;
  folder.segment_bytes = 128 << 20;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "hello"));
  CHECK(Value(folder.files().Info(folder.SegmentPath(0))).size == 1 << 20);
}

TEST_CASE("two processes append to one log") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto one = folder.OpenLog(first);
  auto other = folder.OpenLog(second);
  for (int i = 0; i < 100; ++i) {
    CHECK(Value(AppendOne(*one, "one")).base_offset == 2 * i);
    CHECK(Value(AppendOne(*other, "other")).base_offset == 2 * i + 1);
  }
  CHECK(Value(ReadAll(one)) == Value(ReadAll(other)));
}

TEST_CASE("threads of two processes append over many segments: each offset once, each writer in its order") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process processes[2] = {SharedFolder::Process(folder), SharedFolder::Process(folder)};
  std::shared_ptr<Log> logs[2] = {folder.OpenLog(processes[0]), folder.OpenLog(processes[1])};
  constexpr int kEach = 4000;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < kEach; ++i) {
        if (!AppendOne(*logs[writer % 2], std::to_string(writer) + ":" + std::to_string(i)).ok()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  const Strings values = Value(ReadAll(logs[0]));
  REQUIRE(values.size() == 4 * kEach);
  int next[4] = {};
  bool in_order = true;
  for (const auto& value : values) {
    const int writer = value[0] - '0';
    in_order &= value == std::to_string(writer) + ":" + std::to_string(next[writer]++);
  }
  CHECK(in_order);
}

TEST_CASE("a batch over the limits is refused, and says by how much") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto settings = folder.Settings(process);
  settings.max_message_bytes = 1000;
  auto log = Log::Open(settings);
  auto refused = AppendOne(*log, std::string(1000, 'x'));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(refused.status().ToString().find("max_message_bytes = 1000") != std::string::npos);
  CHECK(log->end() == 0);
}

TEST_CASE("bytes that are no batch are refused") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const SealedBatch batch({"a", "b"});
  std::vector<std::byte> bytes(batch.bytes().begin(), batch.bytes().end());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(log->Append(std::span(bytes).first(size)).status().code() == absl::StatusCode::kInvalidArgument);
  }
  bytes.push_back(std::byte{0});
  CHECK(log->Append(bytes).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(log->end() == 0);
}

TEST_CASE("an owner that died with the lock blocks nobody, and what it had not published never happened") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto one = folder.OpenLog(first);
  auto other = folder.OpenLog(second);
  Value(AppendOne(*one, "a"));
  // What `first` leaves behind when it is killed between copying a batch and publishing it.
  auto& page = first.control().page(0);
  REQUIRE(first.locker().Lock(page.append_lock, "it").ok());
  shared::CommitSlot& half = page.commit[(page.version.load() + 1) & 1];
  half.next_offset.store(77);
  half.position.store(12345);
  first.Die();
  CHECK(Value(AppendOne(*other, "b")).base_offset == 1);
  CHECK(page.append_lock.load() == 0);
  CHECK(Value(ReadAll(other)) == Strings{"a", "b"});
  CHECK(page.counters.takeovers.load() == 1);
  CHECK(shared::ReadCommit(page).appended_batches == 2);
  CHECK(shared::ReadCommit(page).appended_records == 2);
}

TEST_CASE("an owner that died between publishing and raising the watermark: its batch is seen") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto one = folder.OpenLog(first);
  auto other = folder.OpenLog(second);
  Value(AppendOne(*one, "a"));
  Value(AppendOne(*one, "b"));
  auto& page = first.control().page(0);
  REQUIRE(first.locker().Lock(page.append_lock, "it").ok());
  page.high_watermark.store(1);  // as if the second append had not come that far
  first.Die();
  REQUIRE(other->Settle().ok());
  CHECK(other->high_watermark() == 2);
  CHECK(Value(ReadAll(other)) == Strings{"a", "b"});
}

TEST_CASE("appends end for this process only, and leave the lock free") {
  SharedFolder folder;
  SharedFolder::Process ours(folder);
  SharedFolder::Process theirs(folder);
  auto log = folder.OpenLog(ours);
  Value(AppendOne(*log, "before"));
  log->EndAppends();
  CHECK(AppendOne(*log, "after").status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(log->page().append_lock.load() == 0);
  CHECK(Value(AppendOne(*folder.OpenLog(theirs), "theirs")).base_offset == 1);
  CHECK(Value(ReadAll(log)).size() == 2);
}

TEST_CASE("who ends appends waits for the one that is under way") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  shared::SharedWord& lock = log->page().append_lock;
  REQUIRE(log->settings().locker->TakeIfFree(lock));  // as an append does
  std::atomic<bool> ending{false};
  std::atomic<bool> given_back{false};
  bool waited = false;
  std::thread ender([&] {
    ending.store(true);
    log->EndAppends();
    waited = given_back.load();
  });
  while (!ending.load()) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  given_back.store(true);
  log->settings().locker->Unlock(lock);
  ender.join();
  CHECK(waited);
}

TEST_CASE(
    "appends that wait for another process's append when they are ended are done or refused, and none is lost") {
  for (int round = 0; round < 20; ++round) {
    SharedFolder folder;
    SharedFolder::Process ours(folder);
    SharedFolder::Process theirs(folder);
    auto log = folder.OpenLog(ours);
    auto other = folder.OpenLog(theirs);
    std::atomic<int> done{0};
    std::atomic<int> begun{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        begun.fetch_add(1);
        while (AppendOne(*log, "ours").ok()) done.fetch_add(1);
      });
    }
    while (begun.load() < 3 || done.load() == 0) std::this_thread::yield();
    int theirs_done = 0;
    for (; theirs_done < 200; ++theirs_done) {
      if (!AppendOne(*other, "theirs").ok()) break;
      if (theirs_done == 100) log->EndAppends();
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(theirs_done == 200);
    CHECK(static_cast<int>(Value(ReadAll(other)).size()) == done.load() + theirs_done);
  }
}

TEST_CASE("a deleted topic takes nothing more") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "a"));
  log->page().flags.fetch_or(shared::kFlagDeleted);
  CHECK(AppendOne(*log, "b").status().code() == absl::StatusCode::kNotFound);
  CHECK(log->end() == 1);
}

TEST_CASE("a damaged partition, or one whose sync failed, is read-only and still readable") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "a"));
  const auto flag = GENERATE(shared::kFlagDamaged, shared::kFlagSyncFailed);
  log->page().flags.fetch_or(flag);
  CHECK(AppendOne(*log, "b").status().code() == absl::StatusCode::kDataLoss);
  CHECK(Value(ReadAll(log)) == Strings{"a"});
}

}  // namespace
}  // namespace leat::log
