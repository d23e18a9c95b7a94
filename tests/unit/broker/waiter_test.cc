#include "broker/waiter.h"

#include <leat/batch.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "shared/doorbell.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

constexpr auto kLong = std::chrono::hours(1);  // a wait that nobody ends fails by the test's own time-out

struct WaiterTest {
  testing::TempFolder temp;
  std::shared_ptr<LocalBackend> writer = *OpenLocal(temp / "data", {}, RealEnvironment());
  std::shared_ptr<LocalBackend> reader;
  std::shared_ptr<PartitionBackend> written, read;
  std::unique_ptr<PartitionCursor> cursor;

  void OpenReader(OpenMode mode) {
    REQUIRE(CreateTopic(writer->state(), "t", {}).ok());
    written = (*writer->FindTopic("t"))->partitions[0];
    auto opened = OpenLocal(temp / "data", {.mode = mode}, RealEnvironment());
    REQUIRE(opened.ok());
    reader = *std::move(opened);
    const auto topic = reader->FindTopic("t");
    REQUIRE(topic.ok());
    read = (*topic)->partitions[0];
    auto opened_cursor = read->OpenCursor(0);
    REQUIRE(opened_cursor.ok());
    cursor = *std::move(opened_cursor);
  }

  bool Append() {
    BatchBuilder builder;
    return builder.Append(nullptr, "v", {}, 0) && written->Append(builder.Seal({}), Durability::kTopicDefault).ok();
  }
};

TEST_CASE_METHOD(WaiterTest, "a wait ends when another opening appends, for writers and for read-only ones") {
  OpenReader(GENERATE(OpenMode::kExisting, OpenMode::kReadOnly));
  const auto waiter = reader->MakeWaiter();
  const std::array watched = {Watched{read.get(), cursor.get()}};
  // Many times, so that appends meet the waiter before, in and behind each step of going to sleep.
  std::atomic<int> taken{0};
  bool appended = true;
  std::thread appender([&] {
    for (int i = 0; i < 200; ++i) {
      while (taken.load() < i) std::this_thread::yield();
      appended = Append() && appended;
    }
  });
  bool all_there = true;
  for (int i = 0; i < 200; ++i) {
    while (!cursor->Ready()) waiter->Wait(watched, kLong);
    const auto fetched = cursor->Fetch(1);
    all_there = all_there && fetched.ok() && fetched->end == i + 1;
    taken = i + 1;
  }
  appender.join();
  CHECK(appended);
  CHECK(all_there);
}

TEST_CASE_METHOD(WaiterTest, "Wake ends a wait, also one that has not begun, and one wait only") {
  OpenReader(GENERATE(OpenMode::kExisting, OpenMode::kReadOnly));
  const auto waiter = reader->MakeWaiter();
  const std::array watched = {Watched{read.get(), cursor.get()}};
  waiter->Wake();
  waiter->Wait(watched, kLong);
  std::thread waking([&] { waiter->Wake(); });
  waiter->Wait(watched, kLong);
  waking.join();
  waiter->Wait(watched, std::chrono::milliseconds(1));
  CHECK_FALSE(cursor->Ready());
}

TEST_CASE_METHOD(WaiterTest, "a wait ends when the topic is deleted, and when the broker is closed") {
  OpenReader(OpenMode::kExisting);
  const auto waiter = reader->MakeWaiter();
  const std::array watched = {Watched{read.get(), cursor.get()}};
  absl::Status status;
  std::thread deleting([&] { status = DeleteTopic(writer->state(), "t"); });
  while (!cursor->Ready()) waiter->Wait(watched, kLong);
  deleting.join();
  CHECK(status.ok());
  CHECK(absl::IsNotFound(cursor->Fetch(1).status()));

  std::thread closing([&] { status = reader->Close(); });
  while (reader->Usable().ok()) waiter->Wait({}, kLong);
  closing.join();
  CHECK(status.ok());
}

TEST_CASE_METHOD(WaiterTest,
                 "a wait ends when a watched word is another than was seen, and not when it is watched no more") {
  OpenReader(OpenMode::kExisting);
  const auto waiter = reader->MakeWaiter();
  std::atomic<std::uint32_t> word{0};
  // Many times, so that the change meets the waiter in each step of going to sleep.
  std::atomic<std::uint32_t> seen{0};
  std::thread changing([&] {
    for (std::uint32_t i = 0; i < 200; ++i) {
      while (seen.load() < i) std::this_thread::yield();
      word.store(i + 1, std::memory_order_release);
      shared::Ring(writer->state().control().doorbell(reader->state().slot()->doorbell_index()));
    }
  });
  while (seen.load() < 200) {
    waiter->Watch(&word, seen.load());
    waiter->Wait({}, kLong);
    seen.store(word.load());
  }
  changing.join();
  waiter->Watch(&word, 0);
  waiter->Wait({}, kLong);
  waiter->Watch(nullptr, 0);
  waiter->Wait({}, std::chrono::milliseconds(1));
}

TEST_CASE_METHOD(WaiterTest, "a wait without time, or with something there, returns at once") {
  OpenReader(OpenMode::kExisting);
  const auto waiter = reader->MakeWaiter();
  const std::array watched = {Watched{read.get(), cursor.get()}};
  waiter->Wait(watched, std::chrono::nanoseconds(0));
  waiter->Wait(watched, std::chrono::nanoseconds(-5));
  REQUIRE(Append());
  waiter->Wait(watched, std::chrono::nanoseconds::max());
  CHECK(cursor->Ready());
}

}  // namespace
}  // namespace leat::broker
