#include <leat/consumer_group.h>

#include <utility>

#include "client/group_handle.h"

namespace leat {
inline namespace v1 {

ConsumerGroup::ConsumerGroup(std::shared_ptr<client::GroupHandle> state) : state_(std::move(state)) {}

const std::string& ConsumerGroup::id() const { return state_->id(); }

absl::StatusOr<GroupDescription> ConsumerGroup::Describe() const { return state_->Describe(); }

absl::StatusOr<std::vector<OffsetChange>> ConsumerGroup::Reset(const ResetTarget& target,
                                                               const ResetOptions& options) {
  return state_->Reset(target, options);
}

absl::StatusOr<std::vector<OffsetChange>> ConsumerGroup::CopyFrom(const ConsumerGroup& other, bool dry_run,
                                                                  Durability durability) {
  return state_->CopyFrom(*other.state_, dry_run, durability);
}

absl::Status ConsumerGroup::Forget(const std::vector<TopicPartition>& partitions) {
  return state_->Forget(partitions);
}

absl::Status ConsumerGroup::Delete() { return state_->Delete(); }

}  // namespace v1
}  // namespace leat
