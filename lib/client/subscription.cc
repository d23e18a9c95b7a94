#include "client/subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/topic_name.h"

namespace leat::client {
namespace {

// Where `topic` stands, or would stand.
Subscription::Topics::const_iterator PlaceOf(const Subscription::Topics& topics, std::string_view name) {
  return std::lower_bound(topics.begin(), topics.end(), name,
                          [](const auto& topic, std::string_view wanted) { return topic->name < wanted; });
}

}  // namespace

absl::Status Subscription::Assign(std::vector<WantedPartition> partitions) {
  if (absl::Status taken = Take(std::move(partitions), Start::kByPolicy); !taken.ok()) return taken;
  selection_ = {.mode = partitions_.empty() ? Mode::kNothing : Mode::kAssigned};
  return absl::OkStatus();
}

absl::Status Subscription::Subscribe(std::vector<std::string> topics) {
  if (topics.empty()) return absl::InvalidArgumentError("no topics to subscribe to; Unsubscribe reads nothing");
  absl::StatusOr<std::vector<std::string>> names = broker::NormalizeTopics(std::move(topics));
  if (!names.ok()) return names.status();
  return SubscribeTo({.mode = Mode::kTopics, .names = *std::move(names)});
}

absl::Status Subscription::SubscribePattern(std::string_view pattern) {
  // The one way in which std::regex says that it does not understand.
  try {
    return SubscribeTo({.mode = Mode::kPattern, .pattern = std::regex(pattern.begin(), pattern.end())});
  } catch (const std::regex_error& error) {
    return absl::InvalidArgumentError(fmt::format("'{}' is no regular expression: {}", pattern, error.what()));
  }
}

// Topics of another subscription are not missed in this one: nothing is found yet.
absl::Status Subscription::SubscribeTo(Selection selection) {
  std::swap(selection_, selection);
  absl::Status followed = FollowNames(Start::kByPolicy);
  if (!followed.ok()) std::swap(selection_, selection);
  return followed;
}

void Subscription::PutBack(Selection selection) {
  selection_ = std::move(selection);
  ++topics_version_;
}

void Subscription::Unsubscribe() {
  selection_ = {};
  notices_.clear();
  ++topics_version_;
  RemoveAll();
}

absl::Status Subscription::Follow() {
  if (!selection_.ByName()) return absl::OkStatus();
  if (backend_.TopicListGeneration() == selection_.generation) [[likely]]
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

std::vector<TopicPartition> Subscription::names() const {
  std::vector<TopicPartition> names;
  for (const auto& partition : partitions_) names.push_back(*partition->name());
  return names;
}

absl::StatusOr<std::vector<std::string>> Subscription::Names() const {
  if (selection_.mode == Mode::kTopics) return selection_.names;
  auto names = backend_.ListTopics();
  if (!names.ok()) return names;
  // Long names make std::regex recurse deeply, and say so by an exception; 249 characters are not long.
  std::erase_if(*names, [this](const std::string& name) { return !std::regex_match(name, *selection_.pattern); });
  return names;
}

absl::Status Subscription::FollowNames(Start start) {
  // Before the look-ups: what changes during them is looked at again.
  const std::uint64_t generation = backend_.TopicListGeneration();
  const auto names = Names();
  if (!names.ok()) return names.status();
  Topics found;
  for (const std::string& name : *names) {
    auto topic = backend_.FindTopic(name);
    if (absl::IsNotFound(topic.status())) continue;
    if (!topic.ok()) return topic.status();
    found.push_back(*std::move(topic));
  }
  if (!divided_) {
    std::vector<WantedPartition> wanted;
    for (const auto& topic : found) {
      for (const auto& partition : topic->partitions) wanted.push_back({partition, topic->id});
    }
    if (absl::Status taken = Take(std::move(wanted), start); !taken.ok()) return taken;
  }
  NoteDeleted(found);
  selection_.found = std::move(found);
  selection_.generation = generation;
  ++topics_version_;
  return absl::OkStatus();
}

void Subscription::NoteDeleted(const Topics& found) {
  for (const auto& before : selection_.found) {
    const auto now = PlaceOf(found, before->name);
    if (now == found.end() || (*now)->name != before->name) {
      notices_.push_back(absl::NotFoundError(fmt::format(
          "topic '{}' has been deleted; the subscription goes on with it when it is made again", before->name)));
    } else if ((*now)->id != before->id) {
      notices_.push_back(absl::NotFoundError(fmt::format(
          "topic '{}' has been deleted and made again; the subscription goes on with the new one's beginning",
          before->name)));
    }
  }
}

std::optional<std::size_t> Subscription::FindSame(const WantedPartition& wanted) const {
  const std::size_t at = LowerBound(wanted.partition->topic(), wanted.partition->id());
  if (at == partitions_.size()) return std::nullopt;
  const AssignedPartition& assigned = *partitions_[at];
  if (&assigned.partition() == wanted.partition.get()) return at;
  const bool same_name =
      assigned.name()->topic == wanted.partition->topic() && assigned.name()->partition == wanted.partition->id();
  const bool same_topic = !wanted.topic_id.empty() && wanted.topic_id == assigned.topic_id();
  return same_name && same_topic ? std::optional(at) : std::nullopt;
}

absl::Status Subscription::Take(std::vector<WantedPartition> wanted, Start start) {
  std::sort(wanted.begin(), wanted.end(), [](const WantedPartition& a, const WantedPartition& b) {
    return std::pair(std::string_view(a.partition->topic()), a.partition->id()) <
           std::pair(std::string_view(b.partition->topic()), b.partition->id());
  });
  // First everything that can fail; partitions that stay are moved afterwards.
  AssignedPartitions taken(wanted.size());
  std::vector<std::size_t> stays(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const broker::PartitionBackend& partition = *wanted[i].partition;
    if (i > 0 && wanted[i - 1].partition->id() == partition.id() &&
        wanted[i - 1].partition->topic() == partition.topic()) {
      return absl::InvalidArgumentError(fmt::format("{}-{} is named twice", partition.topic(), partition.id()));
    }
    if (const auto same = FindSame(wanted[i]); same.has_value()) {
      stays[i] = *same;
      continue;
    }
    auto opened = AssignedPartition::Open(wanted[i], start, policy_);
    if (!opened.ok()) return opened.status();
    taken[i] = *std::move(opened);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (taken[i] == nullptr) taken[i] = std::move(partitions_[stays[i]]);
  }
  partitions_ = std::move(taken);
  ++version_;
  return absl::OkStatus();
}

void Subscription::Add(AssignedPartitions partitions) {
  partitions_.insert(partitions_.end(), std::make_move_iterator(partitions.begin()),
                     std::make_move_iterator(partitions.end()));
  std::sort(partitions_.begin(), partitions_.end(),
            [](const auto& a, const auto& b) { return *a->name() < *b->name(); });
  ++version_;
}

void Subscription::Remove(std::vector<TopicPartition> partitions) {
  std::sort(partitions.begin(), partitions.end());
  std::erase_if(partitions_, [&](const auto& assigned) {
    return std::binary_search(partitions.begin(), partitions.end(), *assigned->name());
  });
  ++version_;
}

void Subscription::RemoveAll() {
  partitions_.clear();
  ++version_;
}

}  // namespace leat::client
