// Where the public handles meet the one backend there is today. All else of this module knows the seam only.
#include <memory>
#include <utility>

#include <leat/consumer_group.h>

#include "broker/local_backend.h"
#include "client/consumer_state.h"
#include "client/group_handle.h"
#include "client/producer_state.h"
#include "group/group.h"
#include "group/group_id.h"

namespace leat {
inline namespace v1 {
namespace {

absl::Status MovedFrom() { return absl::FailedPreconditionError("this Broker has been moved from"); }

}  // namespace

absl::StatusOr<Producer> Producer::Open(const Broker& broker, ProducerOptions options) {
  if (broker.backend_ == nullptr) return MovedFrom();
  return client::ProducerState::Open(broker.backend_, std::move(options));
}

absl::StatusOr<Consumer> Consumer::Open(const Broker& broker, ConsumerOptions options) {
  if (broker.backend_ == nullptr) return MovedFrom();
  return client::ConsumerState::Open(broker.backend_, std::move(options));
}

absl::StatusOr<std::vector<std::string>> ConsumerGroup::List(const Broker& broker) {
  if (broker.backend_ == nullptr) return MovedFrom();
  if (absl::Status usable = broker.backend_->Usable(); !usable.ok()) return usable;
  return group::ListGroups(*broker.backend_->local_folder());
}

absl::StatusOr<ConsumerGroup> ConsumerGroup::Open(const Broker& broker, std::string group_id) {
  if (broker.backend_ == nullptr) return MovedFrom();
  if (absl::Status id = group::CheckGroupId(group_id); !id.ok()) return id;
  if (absl::Status usable = broker.backend_->Usable(); !usable.ok()) return usable;
  return ConsumerGroup(std::make_shared<client::GroupHandle>(broker.backend_, std::move(group_id)));
}

}  // namespace v1
}  // namespace leat
