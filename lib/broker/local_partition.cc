#include "broker/local_partition.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <utility>

#include "broker/local_cursor.h"
#include "broker/reserve.h"
#include "broker/topic_config.h"
#include "log/time_search.h"
#include "log/unread.h"
#include "shared/counters.h"

namespace leat::broker {
namespace {

// One past the last offset of a batch that is in the log now.
Offset EndOf(std::span<const std::byte> batch, Offset base_offset) {
  return base_offset + BatchView(batch).last_offset_delta() + 1;
}

absl::StatusOr<std::optional<OffsetAndTimestamp>> AsFound(
    const absl::StatusOr<std::optional<log::OffsetAtTime>>& found) {
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<OffsetAndTimestamp>();
  return std::optional<OffsetAndTimestamp>(
      {.offset = (*found)->offset, .timestamp = Timestamp(std::chrono::milliseconds((*found)->timestamp))});
}

}  // namespace

LocalPartition::LocalPartition(std::shared_ptr<OpenPartition> partition, const TopicFile& topic, PartitionId id)
    : PartitionBackend(topic.name, id, topic.options),
      partition_(std::move(partition)),
      flushes_(partition_->flushes()) {}

bool LocalPartition::Fits(std::span<const std::byte> batch) const {
  return batch.size() <= static_cast<std::size_t>(topic_options().max_message_bytes);
}

absl::Status LocalPartition::Appendable(std::span<const std::byte> batch, Durability durability) const {
  const Folder& folder = partition_->folder();
  if (absl::Status usable = folder.Usable(); !usable.ok()) return usable;
  // The topic's own durability is a floor that the log knows.
  if (absl::Status status = CheckDurability(durability, folder.in_memory()); !status.ok()) return status;
  if (Fits(batch)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}-{}: a batch of {} bytes is more than the topic's max_message_bytes, {}; send fewer records "
                  "at once, or raise it by AlterTopic",
                  topic(), id(), batch.size(), topic_options().max_message_bytes));
}

absl::Status LocalPartition::WhyNotAppended(const absl::Status& status) const {
  // Appended or not: that may be all that is known.
  if (absl::IsDeadlineExceeded(status)) return status;
  // Closed meanwhile.
  if (absl::Status usable = partition_->folder().Usable(); !usable.ok()) return usable;
  // A file that is not there may be all that is seen of a folder that is not there.
  absl::Status gone = absl::OkStatus();
  if (absl::IsNotFound(status) && !partition_->deleted()) gone = partition_->folder().CheckStillThere();
  return gone.ok() ? status : gone;
}

absl::StatusOr<Appended> LocalPartition::Append(std::span<const std::byte> batch, Durability durability) {
  if (durability == Durability::kDisk || !partition_->folder().Usable().ok() || !Fits(batch)) [[unlikely]] {
    if (absl::Status status = Appendable(batch, durability); !status.ok()) return Refused(std::move(status));
  }
  const absl::StatusOr<log::Log::Appended> appended = partition_->log()->Append(batch, durability);
  if (!appended.ok()) [[unlikely]]
    return Refused(WhyNotAppended(appended.status()));
  if (flushes_) [[unlikely]]
    partition_->FlushLater(EndOf(batch, appended->base_offset));
  return Appended{.base_offset = appended->base_offset, .leader_epoch = appended->leader_epoch};
}

absl::StatusOr<Appended> LocalPartition::AppendUnsynced(std::span<const std::byte> batch, Durability durability,
                                                        Offset* unsynced_end) {
  if (absl::Status status = Appendable(batch, durability); !status.ok()) return Refused(std::move(status));
  const absl::StatusOr<log::Log::Appended> appended = partition_->log()->AppendUnsynced(batch);
  if (!appended.ok()) return Refused(WhyNotAppended(appended.status()));
  const Offset end = EndOf(batch, appended->base_offset);
  if (flushes_) partition_->FlushLater(end);
  *unsynced_end = durability == Durability::kDisk || appended->to_disk ? end : 0;
  return Appended{.base_offset = appended->base_offset, .leader_epoch = appended->leader_epoch};
}

absl::Status LocalPartition::AwaitSync(Offset unsynced_end) {
  absl::Status synced = partition_->log()->AwaitSync(unsynced_end);
  return synced.ok() ? synced : Refused(std::move(synced));
}

void LocalPartition::CountRefusal(const absl::Status& why) const {
  // After a fork, or a closing, this memory is others'.
  if (!partition_->folder().counts() || !partition_->folder().Usable().ok()) return;
  shared::Add(partition_->page().counters.append_errors[shared::ErrorKindOf(why.code())]);
}

absl::Status LocalPartition::Refused(absl::Status why) const {
  CountRefusal(why);
  return why;
}

void LocalPartition::CountCompression(std::size_t size, std::size_t compressed_size) const {
  if (!partition_->folder().counts()) return;
  shared::Add(partition_->page().counters.compression_input_bytes, size);
  shared::Add(partition_->page().counters.compression_output_bytes, compressed_size);
}

absl::StatusOr<PartitionOffsets> LocalPartition::Offsets() const {
  if (absl::Status status = Readable(); !status.ok()) return status;
  const log::Log& log = *partition_->log();
  // In this order: each only grows, so what is read later is not below what was read before.
  PartitionOffsets offsets;
  offsets.log_start = log.log_start();
  offsets.high_watermark = log.high_watermark();
  offsets.end = log.end();
  offsets.leader_epoch = partition_->page().leader_epoch.load(std::memory_order_acquire);
  return offsets;
}

absl::StatusOr<std::optional<OffsetAndTimestamp>> LocalPartition::OffsetForTime(Timestamp time) {
  if (absl::Status status = Readable(); !status.ok()) return status;
  return AsFound(log::FindOffsetForTime(*partition_->log(), time.time_since_epoch().count()));
}

absl::StatusOr<std::optional<OffsetAndTimestamp>> LocalPartition::MaxTimestamp() {
  if (absl::Status status = Readable(); !status.ok()) return status;
  return AsFound(log::FindMaxTimestamp(*partition_->log()));
}

absl::StatusOr<UnreadBytes> LocalPartition::UnreadFrom(Offset offset) {
  if (absl::Status status = Readable(); !status.ok()) return status;
  const absl::StatusOr<log::Unread> unread = log::UnreadFrom(*partition_->log(), offset);
  if (!unread.ok()) return unread.status();
  UnreadBytes found{.bytes = unread->bytes};
  if (unread->oldest.has_value()) found.oldest = Timestamp(std::chrono::milliseconds(*unread->oldest));
  return found;
}

absl::StatusOr<std::unique_ptr<PartitionCursor>> LocalPartition::OpenCursor(Offset offset) {
  if (absl::Status status = Readable(); !status.ok()) return status;
  return std::make_unique<LocalCursor>(partition_, offset);
}

absl::StatusOr<Offset> LocalPartition::RaiseLogStart(Offset to) {
  const Folder::Call call(partition_->folder());
  if (!call.status().ok()) return call.status();
  if (topic_options().cleanup_policy == CleanupPolicy::kCompact) {
    return absl::FailedPreconditionError(fmt::format(
        "topic {} is compacted, and keeps the last value of every key; delete keys by sending null values, "
        "or alter cleanup_policy to delete",
        topic()));
  }
  absl::StatusOr<Offset> trimmed = partition_->log()->RaiseLogStart(to);
  Folder& folder = partition_->folder();
  if (absl::IsResourceExhausted(trimmed.status()) && GiveUpReserve(folder.files(), folder.path())) {
    trimmed = partition_->log()->RaiseLogStart(to);
  }
  if (!trimmed.ok()) return WhyNotAppended(trimmed.status());
  return trimmed;
}

absl::Status LocalPartition::Readable() const {
  if (absl::Status status = partition_->folder().Usable(); !status.ok()) return status;
  if (!partition_->deleted()) return absl::OkStatus();
  return absl::NotFoundError(fmt::format("topic {} has been deleted; look it up again", topic()));
}

}  // namespace leat::broker
