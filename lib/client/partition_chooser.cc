#include "client/partition_chooser.h"

#include <fmt/format.h>

#include <utility>

#include "absl/status/status.h"

namespace leat::client {

absl::Status CheckPartition(const broker::TopicBackend& topic, PartitionId partition) {
  const auto count = static_cast<PartitionId>(topic.partitions.size());
  if (partition >= 0 && partition < count) [[likely]]
    return absl::OkStatus();
  return absl::OutOfRangeError(fmt::format("topic '{}' has {} partition{}, 0 to {}: there is no partition {}",
                                           topic.name, count, count == 1 ? "" : "s", count - 1, partition));
}

PartitionChooser::PartitionChooser(Partitioning partitioning, Partitioner partitioner, std::size_t sticky_bytes,
                                   std::uint64_t seed)
    : partitioning_(partitioning),
      partitioner_(std::move(partitioner)),
      sticky_bytes_(static_cast<std::int64_t>(sticky_bytes)),
      random_(seed) {}

PartitionChooser::~PartitionChooser() {
  for (const auto& turns : turns_) delete turns.load(std::memory_order_relaxed);
}

absl::StatusOr<PartitionId> PartitionChooser::ChooseOtherwise(const broker::TopicBackend& topic,
                                                              const ProducerRecord& record, PartitionId count) {
  if (record.partition.has_value()) {
    if (absl::Status status = CheckPartition(topic, *record.partition); !status.ok()) return status;
    return *record.partition;
  }
  if (partitioner_ != nullptr) {
    const PartitionId chosen = partitioner_(topic.name, record, count);
    if (chosen >= 0 && chosen < count) return chosen;
    return absl::InvalidArgumentError(
        fmt::format("the partitioner chose partition {} of topic '{}', which has {}, 0 to {}", chosen, topic.name,
                    count, count - 1));
  }
  switch (partitioning_) {
    case Partitioning::kRandom:
      return static_cast<PartitionId>(NextRandom() % static_cast<std::uint64_t>(count));
    case Partitioning::kRoundRobin: {
      const std::uint32_t turn = TurnsOf(&topic).next.fetch_add(1, std::memory_order_relaxed);
      return static_cast<PartitionId>(turn % static_cast<std::uint32_t>(count));
    }
    case Partitioning::kKey:
    case Partitioning::kSticky:
      break;
  }
  return Sticky(TurnsOf(&topic), count,
                BatchBuilder::EncodedSizeBound(record.key, record.value.size(), record.headers));
}

PartitionId PartitionChooser::Sticky(Turns& turns, PartitionId count, std::size_t bytes) {
  const auto size = static_cast<std::int64_t>(bytes);
  const PartitionId before = turns.sticky.load(std::memory_order_relaxed);
  if (turns.sticky_left.fetch_sub(size, std::memory_order_relaxed) > 0 && before >= 0 && before < count)
    return before;
  // Any of the others; of one partition, itself.
  const auto others = static_cast<std::uint64_t>(before >= 0 && before < count && count > 1 ? count - 1 : count);
  auto chosen = static_cast<PartitionId>(NextRandom() % others);
  if (others < static_cast<std::uint64_t>(count) && chosen >= before) ++chosen;
  turns.sticky.store(chosen, std::memory_order_relaxed);
  turns.sticky_left.store(sticky_bytes_ - size, std::memory_order_relaxed);
  return chosen;
}

// SplitMix64: any number of threads take the next state by one addition.
std::uint64_t PartitionChooser::NextRandom() {
  std::uint64_t z = random_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed) + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

PartitionChooser::Turns& PartitionChooser::TurnsOf(const broker::TopicBackend* topic) {
  const std::size_t home = (reinterpret_cast<std::uintptr_t>(topic) * 0x9e3779b97f4a7c15u) >> 56;
  constexpr std::size_t kProbes = 16;
  for (std::size_t i = 0; i < kProbes; ++i) {
    std::atomic<Turns*>& place = turns_[(home + i) % turns_.size()];
    // Pairs with the release of the insertion below.
    Turns* found = place.load(std::memory_order_acquire);
    if (found == nullptr) {
      auto made = std::make_unique<Turns>();
      made->topic = topic;
      if (place.compare_exchange_strong(found, made.get(), std::memory_order_acq_rel)) return *made.release();
    }
    if (found->topic == topic) return *found;
  }
  return shared_turns_;
}

}  // namespace leat::client
