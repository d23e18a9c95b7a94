// What the log is, published so that a process may die at any instruction: two slots, one of them current.
//
// The owner of the append lock fills the slot that is not current and then stores the version with release; version &
// 1 names the current one. Whoever takes the lock over from the dead finds the last state that was published whole. A
// reader without the lock copies the current slot and takes it only if the version has not moved meanwhile.
#ifndef LEAT_SHARED_COMMIT_SLOTS_H_
#define LEAT_SHARED_COMMIT_SLOTS_H_

#include <atomic>
#include <cstdint>

#include "shared/layout.h"

namespace leat::shared {

struct CommitState {
  std::int64_t segment_base = 0;
  std::int64_t position = 0;
  std::int64_t next_offset = 0;
  std::int64_t max_timestamp = -1;
  std::int64_t segment_first_append = -1;
  std::int64_t appended_batches = 0;
  std::int64_t appended_records = 0;
  std::int64_t appended_bytes = 0;
  friend bool operator==(const CommitState&, const CommitState&) = default;
};

// Only under the append lock.
inline void PublishCommit(PartitionPage& page, const CommitState& state) {
  const std::uint64_t version = page.version.load(std::memory_order_relaxed) + 1;
  CommitSlot& slot = page.commit[version & 1];
  // A reader that still copies this slot (two versions ago) must see the version move before it sees these stores:
  // the version that makes the other slot current was stored one publication ago, and this fence keeps ours behind
  // it.
  std::atomic_thread_fence(std::memory_order_release);
  slot.segment_base.store(state.segment_base, std::memory_order_relaxed);
  slot.position.store(state.position, std::memory_order_relaxed);
  slot.next_offset.store(state.next_offset, std::memory_order_relaxed);
  slot.max_timestamp.store(state.max_timestamp, std::memory_order_relaxed);
  slot.segment_first_append.store(state.segment_first_append, std::memory_order_relaxed);
  slot.appended_batches.store(state.appended_batches, std::memory_order_relaxed);
  slot.appended_records.store(state.appended_records, std::memory_order_relaxed);
  slot.appended_bytes.store(state.appended_bytes, std::memory_order_relaxed);
  page.version.store(version, std::memory_order_release);  // pairs with the acquire in ReadCommit
}

// Under the append lock, or by anybody: repeats while a publication comes in between.
inline CommitState ReadCommit(const PartitionPage& page) {
  for (;;) {
    const std::uint64_t version = page.version.load(std::memory_order_acquire);
    const CommitSlot& slot = page.commit[version & 1];
    CommitState state;
    state.segment_base = slot.segment_base.load(std::memory_order_relaxed);
    state.position = slot.position.load(std::memory_order_relaxed);
    state.next_offset = slot.next_offset.load(std::memory_order_relaxed);
    state.max_timestamp = slot.max_timestamp.load(std::memory_order_relaxed);
    state.segment_first_append = slot.segment_first_append.load(std::memory_order_relaxed);
    state.appended_batches = slot.appended_batches.load(std::memory_order_relaxed);
    state.appended_records = slot.appended_records.load(std::memory_order_relaxed);
    state.appended_bytes = slot.appended_bytes.load(std::memory_order_relaxed);
    std::atomic_thread_fence(
        std::memory_order_acquire);  // the copies above are done before the version is read again
    if (page.version.load(std::memory_order_relaxed) == version) return state;
  }
}

}  // namespace leat::shared

#endif  // LEAT_SHARED_COMMIT_SLOTS_H_
