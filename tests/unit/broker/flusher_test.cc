#include "broker/flusher.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <leat/batch.h>
#include "base/manual_clock.h"
#include "broker/local_partition.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "log/checkpoint.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/watched_files.h"

namespace leat::broker {
namespace {

using base::ManualClock;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// Somebody who wants to be asked every `period`, or only once.
class Counted final : public Flushable {
 public:
  explicit Counted(std::chrono::nanoseconds period = kNever) : period_(period) {}
  std::chrono::nanoseconds FlushDue(std::chrono::nanoseconds now) override {
    last.store(now.count());
    rounds.fetch_add(1);
    return period_ == kNever ? kNever : now + period_;
  }
  void Await(int count) const {
    while (rounds.load() < count) std::this_thread::yield();
  }
  std::atomic<int> rounds{0};
  std::atomic<std::int64_t> last{0};

 private:
  const std::chrono::nanoseconds period_;
};

TEST_CASE("what is asked for is done when the clock says that it is due, the earliest first") {
  ManualClock clock;
  Flusher flusher(clock);
  const auto soon = std::make_shared<Counted>(), late = std::make_shared<Counted>();
  const auto begin = clock.Monotonic();
  REQUIRE(flusher.Add(late, begin + 10s));
  REQUIRE(flusher.Add(soon, begin + 1s));
  CHECK(soon->rounds == 0);
  clock.Advance(1s);
  soon->Await(1);
  CHECK(late->rounds == 0);
  // Once more, and earlier.
  REQUIRE(flusher.Add(late, begin + 2s));
  REQUIRE(flusher.Add(late, begin + 20s));
  clock.Advance(1s);
  late->Await(1);
  CHECK(late->last == (begin + 2s).count());
  CHECK(soon->rounds == 1);
  flusher.Stop();
  CHECK(late->rounds == 1);
}

TEST_CASE("while nothing is due, the thread does what it is to do meanwhile, and not the rest") {
  ManualClock clock;
  std::atomic<int> meanwhile{0};
  Flusher flusher(clock, "meanwhile", [&] { meanwhile.fetch_add(1); });
  const auto work = std::make_shared<Counted>();
  REQUIRE(flusher.Add(work, clock.Monotonic() + 10s));
  while (meanwhile.load() < 3) std::this_thread::yield();
  CHECK(work->rounds == 0);
  clock.Advance(10s);
  work->Await(1);
  flusher.Stop();
}

TEST_CASE("who wants to be asked again is") {
  ManualClock clock;
  Flusher flusher(clock);
  const auto work = std::make_shared<Counted>(5s);
  REQUIRE(flusher.Add(work, clock.Monotonic()));
  for (int i = 1; i < 5; ++i) {
    work->Await(i);
    CHECK(work->rounds == i);
    clock.Advance(5s);
  }
  flusher.Stop();
  CHECK_FALSE(flusher.Add(work, clock.Monotonic()));
  CHECK(work.use_count() == 1);
}

struct Opened {
  explicit Opened(const TopicOptions& options) {
    Environment environment = RealEnvironment();
    environment.files = files;
    environment.clock = &clock;
    backend = *OpenLocal(folder.path(), {}, environment);
    if (!CreateTopic(backend->state(), "t", options).ok()) throw std::runtime_error("no topic");
    partition = (*backend->FindTopic("t"))->partitions[0];
  }
  void Append(std::size_t size = 10) {
    BatchBuilder builder;
    REQUIRE(builder.Append(nullptr, std::string(size, 'v'), {}, 1));
    REQUIRE(partition->Append(builder.Seal({}), Durability::kTopicDefault).ok());
  }
  log::Log& log() { return *static_cast<LocalPartition&>(*partition).opened()->log(); }
  void AwaitFlushed(Offset offset) {
    while (log().flushed() < offset) std::this_thread::yield();
  }

  testing::TempFolder folder;
  ManualClock clock;
  std::shared_ptr<testing::WatchedFiles> files = std::make_shared<testing::WatchedFiles>(RealEnvironment().files);
  std::shared_ptr<LocalBackend> backend;
  std::shared_ptr<PartitionBackend> partition;
};

TEST_CASE("under flush_ms what was appended is on the disk after so long, and nobody has waited for it") {
  Opened opened({.flush_ms = 100ms});
  const int before = opened.files->journal().syncs;
  for (int i = 0; i < 10; ++i) opened.Append();
  CHECK(opened.log().high_watermark() == 10);
  CHECK(opened.files->journal().syncs == before);
  opened.clock.Advance(99ms);
  opened.Append();
  CHECK(opened.log().flushed() == 0);
  opened.clock.Advance(1ms);
  opened.AwaitFlushed(11);
  CHECK(opened.files->journal().syncs == before + 1);
  // The next one counts from the next append on.
  opened.clock.Advance(1s);
  opened.Append();
  CHECK(opened.log().flushed() == 11);
  opened.clock.Advance(100ms);
  opened.AwaitFlushed(12);
}

TEST_CASE("under flush_messages the flusher is at it when so many records are not on the disk") {
  Opened opened({.flush_messages = 3});
  opened.Append();
  opened.Append();
  opened.clock.Advance(1h);
  CHECK(opened.log().flushed() == 0);
  opened.Append();
  opened.AwaitFlushed(3);
}

TEST_CASE("a failed sync in the background is told to who appends next") {
  Opened opened({.flush_messages = 1});
  opened.Append();
  opened.AwaitFlushed(1);
  opened.files->journal().losses = 1;
  opened.Append();
  while (opened.log().Writable().ok()) std::this_thread::yield();
  BatchBuilder builder;
  REQUIRE(builder.Append(nullptr, "v", {}, 1));
  CHECK(absl::IsDataLoss(opened.partition->Append(builder.Seal({}), Durability::kTopicDefault).status()));
}

TEST_CASE("finished segments are on the disk after 30 s, and the checkpoint says so; the active one need not be") {
  Opened opened({.segment_bytes = 64 << 10, .max_message_bytes = 60 << 10});
  for (int i = 0; i < 3; ++i) opened.Append(40 << 10);
  CHECK(opened.log().flushed() == 0);
  // The housekeeper asks for it when it has sealed them.
  while (opened.log().flushed() < 2) {
    opened.clock.Advance(30s);
    std::this_thread::yield();
  }
  CHECK(opened.log().flushed() == 2);
  const auto checkpointed = [&] {
    const auto checkpoint = log::ReadCheckpoint(*opened.files, opened.folder / "t-0");
    return checkpoint.ok() && checkpoint->newest.has_value() ? checkpoint->newest->end : 0;
  };
  while (checkpointed() < 2) std::this_thread::yield();
  CHECK(checkpointed() == 2);
}

TEST_CASE("many finished segments are not waited for: each keeps a file open") {
  Opened opened({.segment_bytes = 64 << 10, .max_message_bytes = 60 << 10});
  for (int i = 0; i < 40; ++i) {
    opened.Append(40 << 10);
    while (opened.log().HasUnsyncedSegments() && opened.log().UnsyncedDescriptors() > 20) std::this_thread::yield();
  }
  CHECK(opened.log().flushed() > 0);
}

}  // namespace
}  // namespace leat::broker
