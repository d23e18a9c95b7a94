// The index of the active segment, in the partition's page: at most 64 places where a batch begins. When it is full
// every second entry goes and the distance doubles. A sealed segment has Kafka's index files instead.
#include <algorithm>

#include "log/appender.h"

namespace leat::log {
namespace {

// 64 entries at this distance are 4 MiB: small logs get a fine index.
constexpr std::uint32_t kFirstStep = 64 << 10;

void StoreEntry(shared::IndexEntry& entry, std::uint32_t relative, std::uint32_t position,
                std::int64_t max_timestamp) {
  entry.relative_offset.store(relative, std::memory_order_relaxed);
  entry.position.store(position, std::memory_order_relaxed);
  entry.max_timestamp.store(max_timestamp, std::memory_order_relaxed);
}

std::uint32_t Halve(shared::SparseIndex& index, std::uint32_t count) {
  for (std::uint32_t kept = 0; 2 * kept + 1 < count; ++kept) {
    const shared::IndexEntry& from = index.entries[2 * kept + 1];
    StoreEntry(index.entries[kept], from.relative_offset.load(std::memory_order_relaxed),
               from.position.load(std::memory_order_relaxed), from.max_timestamp.load(std::memory_order_relaxed));
  }
  return count / 2;
}

}  // namespace

// `before` is the state that the batch is appended to: it begins at before.position. Readers take no lock: who looks
// for an offset checks an entry against the batch it leads to; who looks for a time reads segment and step before and
// after.
void Appender::IndexBatch(const shared::CommitState& before) {
  shared::SparseIndex& index = page_.index;
  std::uint32_t count = std::min(index.count.load(std::memory_order_relaxed), shared::kSparseEntries);
  if (index.segment_base.load(std::memory_order_relaxed) != before.segment_base ||
      index.step.load(std::memory_order_relaxed) < kFirstStep) {
    index.count.store(0, std::memory_order_release);
    index.segment_base.store(before.segment_base, std::memory_order_relaxed);
    index.step.store(kFirstStep, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);  // before the entries change: time_search.cc looks twice
    count = 0;
  }
  std::int64_t step = index.step.load(std::memory_order_relaxed);
  const std::int64_t last = count == 0 ? 0 : index.entries[count - 1].position.load(std::memory_order_relaxed);
  if (before.position - last >= step) {
    if (count == shared::kSparseEntries) {
      step *= 2;
      index.step.store(static_cast<std::uint32_t>(step), std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_release);
      count = Halve(index, count);
      index.count.store(count, std::memory_order_release);
    }
    StoreEntry(index.entries[count], static_cast<std::uint32_t>(before.next_offset - before.segment_base),
               static_cast<std::uint32_t>(before.position), before.max_timestamp);
    index.count.store(count + 1, std::memory_order_release);
    next_index_position_ = before.position + step;
  } else {
    next_index_position_ = last + step;
  }
}

}  // namespace leat::log
