// A consumer's part in its group: it joins, hands partitions over within Poll, and leaves.
#ifndef LEAT_CLIENT_MEMBERSHIP_H_
#define LEAT_CLIENT_MEMBERSHIP_H_

#include <leat/consumer.h>
#include <leat/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "broker/backend.h"
#include "client/fetcher.h"
#include "client/reset_policy.h"
#include "client/subscription.h"
#include "group/member.h"

namespace leat::client {

// What a consumer does when its partitions change; none of it may throw.
struct MembershipEvents {
  // Commits what has been handed out of these, if the consumer commits by itself.
  std::function<absl::Status(const std::vector<TopicPartition>&)> before_revoked;
  std::function<void(const RebalanceCallback&, const std::vector<TopicPartition>&)> call;
};

// Adds partitions to a subscription and removes them, as the group says. Not safe from several threads at once.
class Membership {
 public:
  Membership(broker::Backend& backend, const ConsumerOptions& options, Subscription& subscription, Fetcher& fetcher,
             const ResetPolicy& policy, MembershipEvents events);
  // Leaves without a word to anybody.
  ~Membership();

  bool joined() const { return member_ != nullptr; }
  // Null unless joined.
  group::Member* member() const { return member_.get(); }

  // Joins with what the subscription has found, or changes what the member subscribes to. Partitions come by Follow; of
  // what is found later, everything is read.
  absl::Status Join();

  // Commits, tells on_revoked, and leaves, whatever fails.
  absl::Status Leave();
  // Leaves without a word to anybody.
  absl::Status Forget();

  // Whether Follow has something to do. Some loads, and the coarse clock.
  bool NeedsFollow() const {
    return again_ || topics_version_ != subscription_.topics_version() || member_->NeedsLook();
  }

  // Says that this member lives, gives up and takes what the group says. What fails is tried again by the next call.
  absl::Status Follow();

  // What the group calls a partition of one's own; nullptr when it is not.
  const group::GroupPartition* FindOwned(const TopicPartition& partition) const;

 private:
  struct SetBack {
    const AssignedPartition* partition;
    Offset from;
  };
  struct Taken {
    AssignedPartitions partitions;
    std::vector<group::OffsetToCommit> first_places;  // found by a policy that finds another one later
    std::vector<SetBack> set_back;
  };

  std::vector<std::string> TopicNames() const;
  absl::Status JoinOrChange();
  absl::Status Resubscribe();
  absl::Status Rejoin();
  absl::Status FollowOnce();
  absl::Status Apply(group::MemberChanges changes);
  absl::Status GiveUp(const std::vector<group::GroupPartition>& revoked);
  // The group goes on without this member, for now.
  void Fence();
  void Lose(const std::vector<TopicPartition>& lost);
  absl::Status TakeUp();
  absl::Status Open(const group::GroupPartition& partition, Taken& taken);
  void NotToTake(const std::vector<group::GroupPartition>& partitions);
  std::vector<TopicPartition> ReadOf(const std::vector<group::GroupPartition>& partitions) const;
  // Whether it came when this member was there already.
  bool IsNew(const group::GroupPartition& partition) const;

  broker::Backend& backend_;
  const ConsumerOptions& options_;
  Subscription& subscription_;
  Fetcher& fetcher_;
  const ResetPolicy& policy_;
  const MembershipEvents events_;

  std::unique_ptr<group::Member> member_;
  std::uint64_t topics_version_ = 0;                     // of the subscription that the group knows
  absl::flat_hash_map<std::string, PartitionId> known_;  // how many partitions topics had, by id, when we subscribed
  std::vector<group::GroupPartition> to_take_;           // one's own, and not read yet
  bool again_ = false;                                   // something is left to be done by the next Follow
  bool fenced_ = false;                                  // and not yet joined again
  absl::Status replaced_;                                // not OK: who came with our instance id has fenced us
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_MEMBERSHIP_H_
