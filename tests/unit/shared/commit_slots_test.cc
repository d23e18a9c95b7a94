#include "shared/commit_slots.h"

#include <atomic>
#include <memory>
#include <thread>

#include "support/catch.h"

namespace leat::shared {
namespace {

CommitState Numbered(std::int64_t n) {
  return {.segment_base = n,
          .position = 2 * n,
          .next_offset = 3 * n,
          .max_timestamp = 4 * n,
          .segment_first_append = 5 * n,
          .appended_batches = 6 * n,
          .appended_records = 7 * n,
          .appended_bytes = 8 * n};
}

TEST_CASE("what was published last is what is read") {
  auto page = std::make_unique<PartitionPage>();
  PublishCommit(*page, Numbered(1));
  CHECK(ReadCommit(*page) == Numbered(1));
  PublishCommit(*page, Numbered(2));
  CHECK(ReadCommit(*page) == Numbered(2));
}

TEST_CASE("a publication that was begun and not finished never happened") {
  auto page = std::make_unique<PartitionPage>();
  PublishCommit(*page, Numbered(1));
  PublishCommit(*page, Numbered(2));
  // What a process has done that dies before the store of the version.
  CommitSlot& other = page->commit[(page->version.load() + 1) & 1];
  other.segment_base.store(99);
  other.next_offset.store(99);
  CHECK(ReadCommit(*page) == Numbered(2));
  PublishCommit(*page, Numbered(3));
  CHECK(ReadCommit(*page) == Numbered(3));
}

TEST_CASE("a reader beside a publisher never sees a mixture, and never goes back") {
  auto page = std::make_unique<PartitionPage>();
  PublishCommit(*page, Numbered(0));
  std::atomic<bool> done{false};
  std::thread publisher([&] {
    for (std::int64_t n = 1; n <= 200'000; ++n) PublishCommit(*page, Numbered(n));
    done = true;
  });
  std::int64_t last = 0;
  bool mixed = false;
  bool back = false;
  while (!done) {
    const CommitState state = ReadCommit(*page);
    mixed |= state != Numbered(state.segment_base);
    back |= state.segment_base < last;
    last = state.segment_base;
  }
  publisher.join();
  CHECK_FALSE(mixed);
  CHECK_FALSE(back);
  CHECK(ReadCommit(*page) == Numbered(200'000));
}

}  // namespace
}  // namespace leat::shared
