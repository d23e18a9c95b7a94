// A partition of a folder of this machine, as a topic that was looked up shows it.
#ifndef LEAT_BROKER_LOCAL_PARTITION_H_
#define LEAT_BROKER_LOCAL_PARTITION_H_

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "broker/open_partition.h"

namespace leat::broker {

class LocalPartition final : public PartitionBackend {
 public:
  LocalPartition(std::shared_ptr<OpenPartition> partition, const TopicFile& topic, PartitionId id);

  absl::StatusOr<Appended> Append(std::span<const std::byte> batch, Durability durability) override;
  absl::StatusOr<Appended> AppendUnsynced(std::span<const std::byte> batch, Durability durability,
                                          Offset* unsynced_end) override;
  absl::Status AwaitSync(Offset unsynced_end) override;
  void CountRefusal(const absl::Status& why) const override;
  void CountCompression(std::size_t size, std::size_t compressed_size) const override;
  absl::StatusOr<PartitionOffsets> Offsets() const override;
  absl::StatusOr<std::optional<OffsetAndTimestamp>> OffsetForTime(Timestamp time) override;
  absl::StatusOr<std::optional<OffsetAndTimestamp>> MaxTimestamp() override;
  absl::StatusOr<UnreadBytes> UnreadFrom(Offset offset) override;
  absl::StatusOr<std::unique_ptr<PartitionCursor>> OpenCursor(Offset offset) override;
  absl::StatusOr<Offset> RaiseLogStart(Offset to) override;

  const std::shared_ptr<OpenPartition>& opened() const { return partition_; }

 private:
  bool Fits(std::span<const std::byte> batch) const;
  // Why not, before the log is asked.
  absl::Status Appendable(std::span<const std::byte> batch, Durability durability) const;
  absl::Status Refused(absl::Status why) const;
  absl::Status WhyNotAppended(const absl::Status& status) const;
  absl::Status Readable() const;

  const std::shared_ptr<OpenPartition> partition_;
  const bool flushes_;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_LOCAL_PARTITION_H_
