// Where the public handles meet the one backend there is today. All else of this module knows the seam only.
#include <memory>
#include <utility>

#include "broker/local_backend.h"
#include "client/consumer_state.h"
#include "client/producer_state.h"

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

}  // namespace v1
}  // namespace leat
