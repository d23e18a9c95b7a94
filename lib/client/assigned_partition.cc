#include "client/assigned_partition.h"

#include <fmt/format.h>

#include <utility>

#include "client/offset_at_time.h"

namespace leat::client {
namespace {

absl::StatusOr<Offset> FirstPlace(const WantedPartition& wanted, Start start, Offset log_start,
                                  const ResetPolicy& policy) {
  if (wanted.place.has_value()) return *wanted.place;
  return start == Start::kByPolicy ? policy.Place(*wanted.partition) : log_start;
}

}  // namespace

AssignedPartition::AssignedPartition(WantedPartition wanted)
    : name_(
          std::make_shared<const TopicPartition>(TopicPartition{wanted.partition->topic(), wanted.partition->id()})),
      topic_id_(std::move(wanted.topic_id)),
      group_place_(wanted.group_place),
      partition_(std::move(wanted.partition)) {}

absl::StatusOr<std::unique_ptr<AssignedPartition>> AssignedPartition::Open(WantedPartition wanted, Start start,
                                                                           const ResetPolicy& policy) {
  const absl::StatusOr<broker::PartitionOffsets> offsets = wanted.partition->Offsets();
  if (!offsets.ok()) return offsets.status();
  const absl::StatusOr<Offset> place = FirstPlace(wanted, start, offsets->log_start, policy);
  if (!place.ok()) return place.status();
  auto cursor = wanted.partition->OpenCursor(*place);
  if (!cursor.ok()) return cursor.status();
  const bool placed = wanted.place.has_value() || start == Start::kBegin || !policy.none();
  std::unique_ptr<AssignedPartition> assigned(new AssignedPartition(std::move(wanted)));
  assigned->cursor_ = *std::move(cursor);
  assigned->leader_epoch_ = offsets->leader_epoch;
  assigned->placed_ = placed;
  return assigned;
}

absl::Status AssignedPartition::NotPlaced() const {
  return absl::OutOfRangeError(fmt::format("{}: auto_offset_reset is kNone, so reading begins with a Seek", *name_));
}

void AssignedPartition::Seek(Offset offset) {
  pending = {};
  failure = absl::OkStatus();
  placed_ = true;
  cursor_->Seek(offset);
}

absl::Status AssignedPartition::SeekToBegin() {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  Seek(offsets->log_start);
  return absl::OkStatus();
}

absl::Status AssignedPartition::SeekToEnd() {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  Seek(offsets->high_watermark);
  return absl::OkStatus();
}

absl::Status AssignedPartition::SeekToTime(Timestamp time) {
  const absl::StatusOr<Offset> found = OffsetAtTime(*partition_, time);
  if (!found.ok()) return found.status();
  Seek(*found);
  return absl::OkStatus();
}

absl::Status AssignedPartition::SeekToLast(std::int64_t count) {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition_->Offsets();
  if (!offsets.ok()) return offsets.status();
  const absl::StatusOr<Offset> start = StartOfLast(*partition_, offsets->high_watermark, count);
  if (!start.ok()) return start.status();
  Seek(*start);
  return absl::OkStatus();
}

BackwardRecords AssignedPartition::ReadBackwards(const RecordFilter* filter, std::size_t max_records,
                                                 std::size_t max_bytes) {
  const BackwardReader reader(*partition_, name_, filter, max_records);
  if (!placed_) return reader.Nothing(0, NotPlaced());
  BackwardRecords records = reader.Read(position(), max_bytes);
  if (records.status().ok() && records.next() != position()) Seek(records.next());
  return records;
}

}  // namespace leat::client
