// Commits a consumer's places to its group, and tells what was committed.
#ifndef LEAT_CLIENT_COMMITTER_H_
#define LEAT_CLIENT_COMMITTER_H_

#include <leat/consumer.h>
#include <leat/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "client/membership.h"
#include "client/subscription.h"
#include "group/group.h"

namespace leat::client {

// As the public header has it.
CommittedOffset Shown(const group::CommittedOffset& committed);

// As a member, by the places that the group gave it; with partitions that were assigned by hand, by their names. Not
// safe from several threads at once.
class Committer {
 public:
  Committer(broker::Backend& backend, const ConsumerOptions& options, Subscription& subscription,
            Membership& membership);
  ~Committer();

  // What Poll has returned, of all partitions or of these. Contracts: Consumer's functions of these names.
  absl::Status Commit(Durability durability);
  absl::Status Commit(const std::vector<TopicPartition>& partitions, Durability durability);
  absl::Status Commit(const std::vector<CommitRequest>& places, Durability durability);
  absl::StatusOr<std::optional<CommittedOffset>> Committed(const TopicPartition& partition);

  // As Commit, if the consumer commits by itself and it is time to. Looks at a clock.
  absl::Status CommitWhenDue();
  // As Commit, if the consumer commits by itself.
  absl::Status CommitByItself(const std::vector<TopicPartition>& partitions);
  // Whether CommitWhenDue is to be called more often than Membership needs to Follow.
  bool hurries() const;

  // What the group has committed, by whomever. nullopt: nothing, or there is no such group.
  absl::StatusOr<std::optional<group::CommittedOffset>> CommittedByName(const TopicPartition& partition,
                                                                        const std::string& topic_id);

 private:
  absl::Status Usable() const;
  absl::Status CommitPlaces(const std::vector<AssignedPartition*>& partitions, Durability durability);
  absl::Status CommitAsMember(const std::vector<AssignedPartition*>& partitions, Durability durability);
  absl::Status CommitByName(const std::vector<AssignedPartition*>& partitions, Durability durability);
  absl::Status SetByName(const std::vector<group::NamedOffset>& offsets, Durability durability);
  // kNotFound unless there is that partition, by whatever name the topic was read.
  absl::StatusOr<std::string> TopicIdOf(const TopicPartition& partition);
  // kNotFound: there is no such group (kExisting).
  absl::Status WithGroup(group::GroupOpening opening, const std::function<absl::Status(group::Group&)>& use);

  broker::Backend& backend_;
  const ConsumerOptions& options_;
  Subscription& subscription_;
  Membership& membership_;

  std::unique_ptr<group::Group> group_;             // once it was asked for and was there
  std::chrono::nanoseconds next_;                   // when CommitWhenDue is due
  std::vector<group::OffsetToCommit> to_commit_;    // kept, so that no Commit allocates it
  std::vector<AssignedPartition*> to_commit_from_;  // likewise
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_COMMITTER_H_
