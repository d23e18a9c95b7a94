// What a Consumer was told to read, and which partitions that means today.
#ifndef LEAT_CLIENT_SUBSCRIPTION_H_
#define LEAT_CLIENT_SUBSCRIPTION_H_

#include <leat/consumer.h>
#include <leat/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "broker/backend.h"
#include "client/fetcher.h"
#include "client/reset_policy.h"

namespace leat::client {

// Not safe from several threads at once. What fails leaves everything as it was.
class Subscription {
 public:
  using Topics = std::vector<std::shared_ptr<const broker::TopicBackend>>;
  enum class Mode : std::uint8_t { kNothing, kAssigned, kTopics, kPattern };

  // What was asked for by name, and what was found of it.
  struct Selection {
    Mode mode = Mode::kNothing;
    std::vector<std::string> names = {};
    std::optional<std::regex> pattern = {};
    Topics found = {};             // sorted by name
    std::uint64_t generation = 0;  // of the list of topics in which it was found

    bool ByName() const { return mode == Mode::kTopics || mode == Mode::kPattern; }
  };

  // `divided`: a group divides the partitions. Subscribe then only finds the topics, and what is read of them comes and
  // goes by Add and Remove.
  Subscription(broker::Backend& backend, const ResetPolicy& policy, bool divided)
      : backend_(backend), policy_(policy), divided_(divided) {}

  // Each replaces what there was; partitions that stay keep their place. Contracts: Consumer's functions of these
  // names.
  absl::Status Assign(std::vector<WantedPartition> partitions);
  absl::Status Subscribe(std::vector<std::string> topics);
  absl::Status SubscribePattern(std::string_view pattern);
  void Unsubscribe();

  // What was subscribed to, to be put back when a group does not take it. Partitions are not part of it.
  const Selection& selection() const { return selection_; }
  void PutBack(Selection selection);

  // Brings the partitions, or the topics that a group divides, up to date with the list of topics, if that has
  // changed. One or two loads if not.
  absl::Status Follow();

  // Of topics that were deleted (or deleted and made again): each is told once.
  bool has_notice() const { return !notices_.empty(); }
  absl::Status TakeNotice();

  bool active() const { return selection_.mode != Mode::kNothing; }
  // Whether a group is to divide what was subscribed to.
  bool divided() const { return divided_ && selection_.ByName(); }
  const AssignedPartitions& partitions() const { return partitions_; }
  // Moves whenever the set of partitions may have changed.
  std::uint64_t version() const { return version_; }

  // The topics that were found, sorted by name, and a number that moves whenever they may have changed; divided only.
  const Topics& topics() const { return selection_.found; }
  std::uint64_t topics_version() const { return topics_version_; }

  // Reads these partitions, too; none of them is being read.
  void Add(AssignedPartitions partitions);
  // Reads these not any more, and forgets their places.
  void Remove(std::vector<TopicPartition> partitions);
  void RemoveAll();

  // nullptr when it is not being read.
  AssignedPartition* Find(const TopicPartition& partition) const;
  // Of all that is being read, sorted.
  std::vector<TopicPartition> names() const;

 private:
  // The names that are to be looked up: those given, or all that match.
  absl::StatusOr<std::vector<std::string>> Names() const;
  // Looks them up and takes their partitions; those that are new begin at `start`.
  absl::Status FollowNames(Start start);
  absl::Status SubscribeTo(Selection selection);
  // Makes these the partitions that are read, sorted by name.
  absl::Status Take(std::vector<WantedPartition> wanted, Start start);
  // Its index among partitions_, if it is there already, in the same incarnation.
  std::optional<std::size_t> FindSame(const WantedPartition& wanted) const;
  std::size_t LowerBound(std::string_view topic, PartitionId partition) const;
  void NoteDeleted(const Topics& found);

  broker::Backend& backend_;
  const ResetPolicy& policy_;
  const bool divided_;

  Selection selection_;
  AssignedPartitions partitions_;
  std::uint64_t version_ = 0;
  std::uint64_t topics_version_ = 0;
  std::vector<absl::Status> notices_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_SUBSCRIPTION_H_
