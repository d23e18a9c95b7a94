// What is behind a ConsumerGroup.
#ifndef LEAT_CLIENT_GROUP_HANDLE_H_
#define LEAT_CLIENT_GROUP_HANDLE_H_

#include <leat/consumer_group.h>
#include <leat/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "group/group.h"

namespace leat::client {

// Opens the group's file anew for each call, so that one that is deleted and made again is found. Safe from all threads.
// Contracts: ConsumerGroup's functions of these names.
class GroupHandle {
 public:
  GroupHandle(std::shared_ptr<broker::Backend> backend, std::string id)
      : backend_(std::move(backend)), id_(std::move(id)) {}

  const std::string& id() const { return id_; }

  absl::StatusOr<GroupDescription> Describe() const;
  absl::StatusOr<std::vector<OffsetChange>> Reset(const ResetTarget& target, const ResetOptions& options);
  absl::StatusOr<std::vector<OffsetChange>> CopyFrom(const GroupHandle& other, bool dry_run, Durability durability);
  absl::Status Forget(const std::vector<TopicPartition>& partitions);
  absl::Status Delete();

 private:
  // A partition that is there, and what the group remembers of it.
  struct Known {
    std::shared_ptr<broker::PartitionBackend> partition;
    std::string topic_id;
    std::optional<group::CommittedOffset> committed = {};
  };

  absl::StatusOr<std::unique_ptr<group::Group>> Open(group::GroupOpening opening) const;
  // What is remembered, of topics of today; nothing when there is no such group.
  absl::StatusOr<std::vector<group::RememberedOffset>> Remembered() const;
  absl::StatusOr<Known> Find(const TopicPartition& name) const;
  absl::StatusOr<std::vector<Known>> Select(const ResetOptions& options) const;
  absl::StatusOr<Offset> Place(const ResetTarget& target, const Known& known,
                               const broker::PartitionOffsets& offsets) const;
  absl::Status Set(const std::vector<group::NamedOffset>& offsets, bool dry_run, Durability durability);

  const std::shared_ptr<broker::Backend> backend_;
  const std::string id_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_GROUP_HANDLE_H_
