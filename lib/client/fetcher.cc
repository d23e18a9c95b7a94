#include "client/fetcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace leat::client {

std::size_t Fetcher::Collect(const AssignedPartitions& partitions, ConsumerRecords& records) {
  if (errors_next_) {
    errors_next_ = false;
    if (CollectError(partitions, records)) return 0;
  }
  const std::size_t bytes = CollectRecords(partitions, records);
  if (!records.empty()) return bytes;
  // A piece may have held nothing but control batches.
  records = ConsumerRecords();
  CollectError(partitions, records);
  return bytes;
}

std::size_t Fetcher::CollectRecords(const AssignedPartitions& partitions, ConsumerRecords& records) {
  RecordsBuilder builder(records, options_.filter != nullptr ? &options_.filter : nullptr, options_.max_poll_records);
  const std::size_t count = partitions.size();
  std::size_t bytes = 0;
  if (turn_ >= count) turn_ = 0;
  std::size_t next_turn = turn_;
  for (std::size_t i = 0; i < count && bytes < options_.fetch_max_bytes && !builder.full(); ++i) {
    const std::size_t index = turn_ + i < count ? turn_ + i : turn_ + i - count;
    AssignedPartition& partition = *partitions[index];
    if (!partition.failure.ok()) [[unlikely]]
      partition.failure = absl::OkStatus();  // it is met again below, or its cause is gone
    if (partition.paused || (count > 1 && !partition.Ready())) continue;
    const std::size_t room = std::min(options_.max_partition_fetch_bytes, options_.fetch_max_bytes - bytes);
    if (absl::Status fetched = FetchInto(partition, room, builder, &bytes); !fetched.ok()) {
      partition.failure = std::move(fetched);
      errors_next_ = true;
    }
    next_turn = index + 1 < count ? index + 1 : 0;
  }
  turn_ = next_turn;
  return bytes;
}

// Returns whether there was one.
bool Fetcher::CollectError(const AssignedPartitions& partitions, ConsumerRecords& records) {
  const std::size_t count = partitions.size();
  errors_next_ = false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (error_turn_ + i) % count;
    AssignedPartition& partition = *partitions[index];
    if (partition.paused || partition.failure.ok()) continue;
    records = ConsumerRecords(std::exchange(partition.failure, absl::OkStatus()), partition.name());
    error_turn_ = index + 1;
    return true;
  }
  return false;
}

absl::Status Fetcher::FetchInto(AssignedPartition& partition, std::size_t max_bytes, RecordsBuilder& builder,
                                std::size_t* bytes) {
  if (!partition.placed()) return partition.NotPlaced();
  // A place that retention overtakes again and again is left to the next Poll.
  for (int tries = 0; partition.pending.bytes.empty() && tries < 3; ++tries) {
    absl::StatusOr<broker::FetchedBatches> fetched = partition.Fetch(max_bytes);
    if (fetched.ok()) {
      if (fetched->bytes.empty()) return absl::OkStatus();
      *bytes += fetched->bytes.size();
      partition.pending = *std::move(fetched);
    } else if (!absl::IsOutOfRange(fetched.status())) {
      return fetched.status();
    } else if (absl::Status reset = ResetPlace(partition, fetched.status()); !reset.ok()) {
      return reset;
    }
  }
  return builder.Add(partition.name(), partition.pending);
}

absl::Status Fetcher::ResetPlace(AssignedPartition& partition, const absl::Status& why) {
  if (policy_.none()) {
    const auto reason = why.message();
    return absl::OutOfRangeError(fmt::format("{}; auto_offset_reset is kNone, so reading goes on with a Seek",
                                             std::string_view(reason.data(), reason.size())));
  }
  const Offset from = partition.position();
  const absl::StatusOr<Offset> to = policy_.Place(partition.partition());
  if (!to.ok()) return to.status();
  partition.Seek(*to);
  TellReset(partition, from, *to);
  return absl::OkStatus();
}

void Fetcher::TellReset(const AssignedPartition& partition, Offset from, Offset to) {
  const std::int64_t missed = std::max<std::int64_t>(to - from, 0);
  missed_.fetch_add(missed, std::memory_order_relaxed);
  if (options_.on_offset_reset != nullptr) {
    options_.on_offset_reset({.partition = *partition.name(), .from = from, .to = to, .missed = missed});
  }
}

}  // namespace leat::client
