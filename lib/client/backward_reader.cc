#include "client/backward_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/append.h"

namespace leat::client {
namespace {

// For who counts records and does not look at them.
constexpr std::size_t kCountedAtOnce = std::size_t{1} << 20;

}  // namespace

BackwardRecords BackwardReader::Read(Offset before, std::size_t max_bytes) const {
  max_bytes = std::max<std::size_t>(max_bytes, 1);
  const auto offsets = partition_.Offsets();
  if (!offsets.ok()) return Nothing(before, offsets.status());
  if (before > offsets->high_watermark || before < 0) {
    return Nothing(before, absl::OutOfRangeError(
                               fmt::format("{}: there is no offset {} to read back from; the log has {} "
                                           "to {} (exclusive)",
                                           NameOf(partition_), before, offsets->log_start, offsets->high_watermark)));
  }
  const auto cursor = partition_.OpenCursor(before);
  if (!cursor.ok()) return Nothing(before, cursor.status());
  // A piece may hold nothing that is wanted.
  for (Offset end = before; end > offsets->log_start;) {
    ConsumerRecords records;
    absl::StatusOr<Offset> start = ReadPiece(**cursor, end, max_bytes, records);
    // What is behind the damage comes first: the one batch before `end` may be right.
    if (absl::IsDataLoss(start.status()) && max_bytes > 1) {
      records = ConsumerRecords();
      start = ReadPiece(**cursor, end, 1, records);
    }
    // Retention was faster: where we are, the log begins now, or later.
    if (absl::IsOutOfRange(start.status())) return Nothing(end);
    if (!start.ok()) return Nothing(end, start.status());
    if (!records.empty()) return Reversed(std::move(records), *start);
    end = *start;
  }
  return Nothing(std::min(before, offsets->log_start));
}

BackwardRecords BackwardReader::Failed(absl::Status status) {
  BackwardRecords failed;
  failed.status_ = std::move(status);
  return failed;
}

BackwardRecords BackwardReader::Nothing(Offset next, absl::Status status) const {
  BackwardRecords nothing;
  if (!status.ok()) nothing.partition_ = name_;
  nothing.next_ = next;
  nothing.status_ = std::move(status);
  return nothing;
}

// Returns where the piece begins.
absl::StatusOr<Offset> BackwardReader::ReadPiece(broker::PartitionCursor& cursor, Offset before,
                                                 std::size_t max_bytes, ConsumerRecords& records) const {
  const auto start = cursor.SeekBefore(before, max_bytes);
  if (!start.ok()) return start;
  RecordsBuilder builder(records, filter_, 0);
  while (cursor.position() < before) {
    auto fetched = cursor.Fetch(max_bytes);
    if (!fetched.ok()) return fetched.status();
    if (fetched->bytes.empty()) break;
    fetched->end = std::min(fetched->end, before);
    if (absl::Status added = builder.Add(name_, *fetched); !added.ok()) return added;
  }
  return start;
}

BackwardRecords BackwardReader::Reversed(ConsumerRecords records, Offset start) const {
  BackwardRecords reversed;
  reversed.partition_ = name_;
  reversed.records_ = std::move(records);
  for (const ConsumerRecord& record : reversed.records_) reversed.newest_first_.push_back(record);
  reversed.next_ = start;
  if (absl::Status status = reversed.records_.status(); !status.ok()) return Nothing(start, std::move(status));
  std::reverse(reversed.newest_first_.begin(), reversed.newest_first_.end());
  if (max_records_ > 0 && reversed.newest_first_.size() > max_records_) {
    reversed.newest_first_.erase(reversed.newest_first_.begin() + static_cast<std::ptrdiff_t>(max_records_),
                                 reversed.newest_first_.end());
    reversed.next_ = reversed.newest_first_.back().offset();
  }
  return reversed;
}

absl::StatusOr<Offset> StartOfLast(broker::PartitionBackend& partition, Offset before, std::int64_t count) {
  const auto name = std::make_shared<const TopicPartition>(TopicPartition{partition.topic(), partition.id()});
  while (count > 0) {
    const BackwardReader reader(partition, name, nullptr, static_cast<std::size_t>(count));
    const BackwardRecords records = reader.Read(before, kCountedAtOnce);
    if (!records.status().ok()) return records.status();
    if (records.empty()) break;
    count -= static_cast<std::int64_t>(records.size());
    before = records.next();
  }
  return before;
}

}  // namespace leat::client
