#include "client/assigned_partition.h"

#include <fmt/format.h>

#include <utility>

namespace leat::client {

AssignedPartition::AssignedPartition(std::shared_ptr<broker::PartitionBackend> partition, std::string topic_id)
    : name_(std::make_shared<const TopicPartition>(TopicPartition{partition->topic(), partition->id()})),
      topic_id_(std::move(topic_id)),
      partition_(std::move(partition)) {}

absl::StatusOr<std::unique_ptr<AssignedPartition>> AssignedPartition::Open(
    std::shared_ptr<broker::PartitionBackend> partition, std::string topic_id, Start start, OffsetReset policy) {
  const absl::StatusOr<broker::PartitionOffsets> offsets = partition->Offsets();
  if (!offsets.ok()) return offsets.status();
  const bool at_end = start == Start::kByPolicy && policy == OffsetReset::kLatest;
  auto cursor = partition->OpenCursor(at_end ? offsets->high_watermark : offsets->log_start);
  if (!cursor.ok()) return cursor.status();
  std::unique_ptr<AssignedPartition> assigned(new AssignedPartition(std::move(partition), std::move(topic_id)));
  assigned->cursor_ = *std::move(cursor);
  assigned->placed_ = start == Start::kBegin || policy != OffsetReset::kNone;
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
  const absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> found = partition_->OffsetForTime(time);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return SeekToEnd();
  Seek((*found)->offset);
  return absl::OkStatus();
}

}  // namespace leat::client
