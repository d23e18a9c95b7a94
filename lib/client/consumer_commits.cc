// What a Consumer tells its group, and asks it.
#include <leat/consumer.h>

#include "client/consumer_state.h"
#include "client/lag.h"

namespace leat {
inline namespace v1 {

using client::AssignedPartition;
using client::Entered;

absl::Status Consumer::Commit(Durability durability) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  return state_->committer().Commit(durability);
}

absl::Status Consumer::Commit(const std::vector<CommitRequest>& places, Durability durability) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  return state_->committer().Commit(places, durability);
}

absl::StatusOr<std::optional<CommittedOffset>> Consumer::Committed(const TopicPartition& partition) const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  return state_->committer().Committed(partition);
}

absl::StatusOr<ConsumerLag> Consumer::Lag(const TopicPartition& partition) const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  return found.ok() ? state_->Lag(**found) : found.status();
}

absl::StatusOr<ConsumerLag> Consumer::Lag() const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  ConsumerLag all;
  for (const auto& partition : state_->subscription().partitions()) {
    const absl::StatusOr<ConsumerLag> one = state_->Lag(*partition);
    if (!one.ok()) return one.status();
    all = client::Sum(all, *one);
  }
  return all;
}

std::string Consumer::member_id() const {
  const Entered entered(state_.get());
  if (!entered.status().ok() || !state_->membership().joined()) return {};
  return state_->membership().member()->member_id();
}

}  // namespace v1
}  // namespace leat
