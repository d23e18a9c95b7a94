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

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "broker/backend.h"
#include "client/fetcher.h"

namespace leat::client {

// Not safe from several threads at once. What fails leaves everything as it was.
class Subscription {
 public:
  Subscription(broker::Backend& backend, OffsetReset policy) : backend_(backend), policy_(policy) {}

  // Each replaces what there was; partitions that stay keep their place. Contracts: Consumer's functions of these
  // names.
  absl::Status Assign(const std::vector<TopicPartition>& partitions);
  absl::Status Assign(std::vector<std::shared_ptr<broker::PartitionBackend>> partitions);
  absl::Status Subscribe(std::vector<std::string> topics);
  absl::Status SubscribePattern(std::string_view pattern);
  void Unsubscribe();

  // Brings the partitions up to date with the list of topics, if that has changed. One or two loads if not.
  absl::Status Follow();

  // Of topics that were deleted (or deleted and made again): each is told once.
  bool has_notice() const { return !notices_.empty(); }
  absl::Status TakeNotice();

  bool active() const { return mode_ != Mode::kNothing; }
  const AssignedPartitions& partitions() const { return partitions_; }
  // Moves whenever the set of partitions may have changed.
  std::uint64_t version() const { return version_; }

  // nullptr when it is not being read.
  AssignedPartition* Find(const TopicPartition& partition) const;

 private:
  enum class Mode : std::uint8_t { kNothing, kAssigned, kTopics, kPattern };

  // The topics that a subscription found, by name: their ids.
  using TopicIds = absl::flat_hash_map<std::string, std::string>;
  struct Wanted {
    std::shared_ptr<broker::PartitionBackend> partition;
    std::string topic_id;
  };

  // The names that are to be looked up: those given, or all that match.
  absl::StatusOr<std::vector<std::string>> Names() const;
  // Looks them up and takes their partitions; those that are new begin at `start`.
  absl::Status FollowNames(Start start);
  absl::Status SubscribeTo(Mode mode, std::vector<std::string> topics, std::optional<std::regex> pattern);
  // Makes these the partitions that are read, sorted by name.
  absl::Status Take(std::vector<Wanted> wanted, Start start);
  // Its index among partitions_, if it is there already, in the same incarnation.
  std::optional<std::size_t> FindSame(const Wanted& wanted) const;
  std::size_t LowerBound(std::string_view topic, PartitionId partition) const;
  void NoteDeleted(const TopicIds& found);

  broker::Backend& backend_;
  const OffsetReset policy_;

  Mode mode_ = Mode::kNothing;
  std::vector<std::string> topics_;
  std::optional<std::regex> pattern_;
  AssignedPartitions partitions_;
  TopicIds topic_ids_;
  std::uint64_t generation_ = 0;  // of the list of topics that partitions_ is of
  std::uint64_t version_ = 0;
  std::vector<absl::Status> notices_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_SUBSCRIPTION_H_
