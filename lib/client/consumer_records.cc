#include <leat/consumer_records.h>

#include <fmt/format.h>

namespace leat {
inline namespace v1 {
namespace {

// The records of `batch` whose offsets are in [begin, end).
std::size_t CountWanted(BatchView batch, Offset begin, Offset end) {
  if (batch.is_control() || batch.codec() != Codec::kNone) return 0;
  if (batch.base_offset() >= begin && batch.last_offset() < end) {
    return static_cast<std::size_t>(std::max(batch.count(), 0));
  }
  std::size_t count = 0;
  for (RecordReader reader(batch); reader.Next();) {
    const Offset offset = batch.base_offset() + reader.record().offset_delta;
    if (offset >= begin && offset < end) ++count;
  }
  return count;
}

}  // namespace

std::size_t ConsumerRecords::size() const {
  if (count_ != kUnknown) return static_cast<std::size_t>(count_);
  std::size_t count = 0;
  for (const Run* run = NextRun(nullptr); run != nullptr; run = NextRun(run)) {
    std::span<const std::byte> bytes(run->batch, run->bytes_end);
    while (CheckBatchHeader(bytes) == BatchVerdict::kOk) {
      const BatchView batch(bytes);
      count += CountWanted(batch, run->begin, run->end);
      bytes = bytes.subspan(batch.size_bytes());
    }
  }
  return count;
}

absl::Status ConsumerRecords::status() const {
  // Pairs with the release in Iterator::Damaged().
  const TopicPartition* const damaged = std::atomic_ref(damaged_).load(std::memory_order_acquire);
  if (damaged == nullptr) [[likely]]
    return status_;
  return absl::DataLossError(fmt::format(
      "{}: records at or behind offset {} have changed since they were verified: something else writes into the "
      "partition's files, or the machine's memory is bad",
      *damaged, std::atomic_ref(damaged_offset_).load(std::memory_order_relaxed)));
}

}  // namespace v1
}  // namespace leat
