#include <leat/consumer_group.h>

#include <utility>

#include "client/group_handle.h"

namespace leat {
inline namespace v1 {

ConsumerGroup::ConsumerGroup(std::shared_ptr<client::GroupHandle> state) : state_(std::move(state)) {}

namespace {

absl::Status MovedFrom() {
  return absl::FailedPreconditionError("this ConsumerGroup has been moved from; use the one it was moved to");
}

}  // namespace

const std::string& ConsumerGroup::id() const {
  static const std::string none;
  return state_ != nullptr ? state_->id() : none;
}

absl::StatusOr<GroupDescription> ConsumerGroup::Describe() const {
  if (state_ == nullptr) return MovedFrom();
  return state_->Describe();
}

absl::StatusOr<std::vector<OffsetChange>> ConsumerGroup::Reset(const ResetTarget& target,
                                                               const ResetOptions& options) {
  if (state_ == nullptr) return MovedFrom();
  return state_->Reset(target, options);
}

absl::StatusOr<std::vector<OffsetChange>> ConsumerGroup::CopyFrom(const ConsumerGroup& other, bool dry_run,
                                                                  Durability durability) {
  if (state_ == nullptr || other.state_ == nullptr) return MovedFrom();
  return state_->CopyFrom(*other.state_, dry_run, durability);
}

absl::Status ConsumerGroup::Forget(const std::vector<TopicPartition>& partitions) {
  return state_ != nullptr ? state_->Forget(partitions) : MovedFrom();
}

absl::Status ConsumerGroup::Delete() { return state_ != nullptr ? state_->Delete() : MovedFrom(); }

}  // namespace v1
}  // namespace leat
