#include "client/subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/topic_name.h"
#include "client/partition_chooser.h"

namespace leat::client {

absl::Status Subscription::Assign(const std::vector<TopicPartition>& partitions) {
  std::vector<Wanted> wanted;
  for (const TopicPartition& name : partitions) {
    const auto topic = backend_.FindTopic(name.topic);
    if (!topic.ok()) return topic.status();
    if (absl::Status status = CheckPartition(**topic, name.partition); !status.ok()) return status;
    wanted.push_back({(*topic)->partitions[static_cast<std::size_t>(name.partition)], (*topic)->id});
  }
  if (absl::Status taken = Take(std::move(wanted), Start::kByPolicy); !taken.ok()) return taken;
  mode_ = partitions.empty() ? Mode::kNothing : Mode::kAssigned;
  return absl::OkStatus();
}

absl::Status Subscription::Assign(std::vector<std::shared_ptr<broker::PartitionBackend>> partitions) {
  std::vector<Wanted> wanted;
  for (auto& partition : partitions) wanted.push_back({std::move(partition), std::string()});
  if (absl::Status taken = Take(std::move(wanted), Start::kByPolicy); !taken.ok()) return taken;
  mode_ = partitions_.empty() ? Mode::kNothing : Mode::kAssigned;
  return absl::OkStatus();
}

absl::Status Subscription::Subscribe(std::vector<std::string> topics) {
  if (topics.empty()) return absl::InvalidArgumentError("no topics to subscribe to; Unsubscribe reads nothing");
  for (const std::string& topic : topics) {
    if (absl::Status name = broker::CheckTopicName(topic); !name.ok()) return name;
  }
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return SubscribeTo(Mode::kTopics, std::move(topics), std::nullopt);
}

absl::Status Subscription::SubscribePattern(std::string_view pattern) {
  // The one way in which std::regex says that it does not understand.
  try {
    return SubscribeTo(Mode::kPattern, {}, std::regex(pattern.begin(), pattern.end()));
  } catch (const std::regex_error& error) {
    return absl::InvalidArgumentError(fmt::format("'{}' is no regular expression: {}", pattern, error.what()));
  }
}

absl::Status Subscription::SubscribeTo(Mode mode, std::vector<std::string> topics,
                                       std::optional<std::regex> pattern) {
  topics_.swap(topics);
  pattern_.swap(pattern);
  const Mode mode_before = std::exchange(mode_, mode);
  // Topics of another subscription are not missed in this one.
  TopicIds ids_before = std::exchange(topic_ids_, {});
  absl::Status followed = FollowNames(Start::kByPolicy);
  if (!followed.ok()) {
    topics_.swap(topics);
    pattern_.swap(pattern);
    mode_ = mode_before;
    topic_ids_ = std::move(ids_before);
  }
  return followed;
}

void Subscription::Unsubscribe() {
  mode_ = Mode::kNothing;
  topics_.clear();
  pattern_.reset();
  partitions_.clear();
  topic_ids_.clear();
  notices_.clear();
  ++version_;
}

absl::Status Subscription::Follow() {
  if (mode_ != Mode::kTopics && mode_ != Mode::kPattern) return absl::OkStatus();
  if (backend_.TopicListGeneration() == generation_) [[likely]]
    return absl::OkStatus();
  return FollowNames(Start::kBegin);
}

absl::Status Subscription::TakeNotice() {
  absl::Status notice = std::move(notices_.front());
  notices_.erase(notices_.begin());
  return notice;
}

std::size_t Subscription::LowerBound(std::string_view topic, PartitionId partition) const {
  const auto at = std::partition_point(partitions_.begin(), partitions_.end(), [&](const auto& assigned) {
    return std::pair(std::string_view(assigned->name()->topic), assigned->name()->partition) <
           std::pair(topic, partition);
  });
  return static_cast<std::size_t>(at - partitions_.begin());
}

AssignedPartition* Subscription::Find(const TopicPartition& partition) const {
  const std::size_t at = LowerBound(partition.topic, partition.partition);
  return at < partitions_.size() && *partitions_[at]->name() == partition ? partitions_[at].get() : nullptr;
}

absl::StatusOr<std::vector<std::string>> Subscription::Names() const {
  if (mode_ == Mode::kTopics) return topics_;
  auto names = backend_.ListTopics();
  if (!names.ok()) return names;
  // Long names make std::regex recurse deeply, and say so by an exception; 249 characters are not long.
  std::erase_if(*names, [this](const std::string& name) { return !std::regex_match(name, *pattern_); });
  return names;
}

absl::Status Subscription::FollowNames(Start start) {
  // Before the look-ups: what changes during them is looked at again.
  const std::uint64_t generation = backend_.TopicListGeneration();
  const auto names = Names();
  if (!names.ok()) return names.status();
  TopicIds found;
  std::vector<Wanted> wanted;
  for (const std::string& name : *names) {
    const auto topic = backend_.FindTopic(name);
    if (absl::IsNotFound(topic.status())) continue;
    if (!topic.ok()) return topic.status();
    found.emplace(name, (*topic)->id);
    for (const auto& partition : (*topic)->partitions) wanted.push_back({partition, (*topic)->id});
  }
  if (absl::Status taken = Take(std::move(wanted), start); !taken.ok()) return taken;
  NoteDeleted(found);
  topic_ids_ = std::move(found);
  generation_ = generation;
  return absl::OkStatus();
}

void Subscription::NoteDeleted(const TopicIds& found) {
  for (const auto& [name, id] : topic_ids_) {
    const auto now = found.find(name);
    if (now == found.end()) {
      notices_.push_back(absl::NotFoundError(
          fmt::format("topic '{}' has been deleted; the subscription goes on with it when it is made again", name)));
    } else if (now->second != id) {
      notices_.push_back(absl::NotFoundError(fmt::format(
          "topic '{}' has been deleted and made again; the subscription goes on with the new one's beginning",
          name)));
    }
  }
}

std::optional<std::size_t> Subscription::FindSame(const Wanted& wanted) const {
  const std::size_t at = LowerBound(wanted.partition->topic(), wanted.partition->id());
  if (at == partitions_.size()) return std::nullopt;
  const AssignedPartition& assigned = *partitions_[at];
  if (&assigned.partition() == wanted.partition.get()) return at;
  const bool same_name =
      assigned.name()->topic == wanted.partition->topic() && assigned.name()->partition == wanted.partition->id();
  const bool same_topic = !wanted.topic_id.empty() && wanted.topic_id == assigned.topic_id();
  return same_name && same_topic ? std::optional(at) : std::nullopt;
}

absl::Status Subscription::Take(std::vector<Wanted> wanted, Start start) {
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::pair(std::string_view(a.partition->topic()), a.partition->id()) <
           std::pair(std::string_view(b.partition->topic()), b.partition->id());
  });
  // First everything that can fail; partitions that stay are moved afterwards.
  AssignedPartitions taken(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const broker::PartitionBackend& partition = *wanted[i].partition;
    if (i > 0 && wanted[i - 1].partition->id() == partition.id() &&
        wanted[i - 1].partition->topic() == partition.topic()) {
      return absl::InvalidArgumentError(fmt::format("{}-{} is named twice", partition.topic(), partition.id()));
    }
    if (FindSame(wanted[i]).has_value()) continue;
    auto opened = AssignedPartition::Open(wanted[i].partition, wanted[i].topic_id, start, policy_);
    if (!opened.ok()) return opened.status();
    taken[i] = *std::move(opened);
  }
  std::vector<std::size_t> stays(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (taken[i] == nullptr) stays[i] = *FindSame(wanted[i]);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (taken[i] == nullptr) taken[i] = std::move(partitions_[stays[i]]);
  }
  partitions_ = std::move(taken);
  ++version_;
  return absl::OkStatus();
}

}  // namespace leat::client
