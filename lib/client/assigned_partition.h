// One partition that a Consumer reads, and how far it has come.
#ifndef LEAT_CLIENT_ASSIGNED_PARTITION_H_
#define LEAT_CLIENT_ASSIGNED_PARTITION_H_

#include <leat/consumer.h>
#include <leat/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "client/backward_reader.h"
#include "client/records_builder.h"
#include "client/reset_policy.h"

namespace leat::client {

// Where a partition is read from at first.
enum class Start : std::uint8_t {
  kByPolicy,  // as auto_offset_reset says
  kBegin,     // the oldest record there is
};

// A partition that is to be read.
struct WantedPartition {
  std::shared_ptr<broker::PartitionBackend> partition;
  std::string topic_id;              // may be empty when it is not known
  std::uint32_t group_place = 0;     // what a group calls it, if it is a group's (group::EntryPlace)
  std::optional<Offset> place = {};  // where to begin; else it is a Start's affair
};

// Not safe from several threads at once.
class AssignedPartition {
 public:
  static absl::StatusOr<std::unique_ptr<AssignedPartition>> Open(WantedPartition wanted, Start start,
                                                                 const ResetPolicy& policy);

  const std::shared_ptr<const TopicPartition>& name() const { return name_; }
  const std::string& topic_id() const { return topic_id_; }
  std::uint32_t group_place() const { return group_place_; }
  // As it was when this was opened: it changes by recovery only, and then nobody has the folder open.
  LeaderEpoch leader_epoch() const { return leader_epoch_; }
  broker::PartitionBackend& partition() const { return *partition_; }
  const broker::PartitionCursor& cursor() const { return *cursor_; }

  // Whether there is something to return, or an error to tell.
  bool Ready() const { return !pending.bytes.empty() || !placed_ || cursor_->Ready(); }

  // The offset of the next record to be returned.
  Offset position() const { return pending.bytes.empty() ? cursor_->position() : pending.begin; }
  // Whether there is one: not under OffsetReset::kNone before the first Seek.
  bool placed() const { return placed_; }
  absl::Status NotPlaced() const;

  void Seek(Offset offset);
  absl::Status SeekToBegin();
  absl::Status SeekToEnd();
  absl::Status SeekToTime(Timestamp time);
  absl::Status SeekToLast(std::int64_t count);
  // As BackwardReader; moves the place before what is returned, or stepped over.
  BackwardRecords ReadBackwards(const RecordFilter* filter, std::size_t max_records, std::size_t max_bytes);

  // What the log has from the place on.
  absl::StatusOr<broker::FetchedBatches> Fetch(std::size_t max_bytes) { return cursor_->Fetch(max_bytes); }

  // Fetched, and not returned yet.
  broker::FetchedBatches pending;
  bool paused = false;
  // The place that was committed last, if that is known, and without metadata; else -1.
  Offset committed = -1;
  // An error that was met and not returned yet.
  absl::Status failure;

 private:
  explicit AssignedPartition(WantedPartition wanted);

  std::shared_ptr<const TopicPartition> name_;
  std::string topic_id_;
  std::uint32_t group_place_;
  LeaderEpoch leader_epoch_ = -1;
  std::shared_ptr<broker::PartitionBackend> partition_;
  std::unique_ptr<broker::PartitionCursor> cursor_;
  bool placed_ = true;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_ASSIGNED_PARTITION_H_
