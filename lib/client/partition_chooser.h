// Which partition a record goes to.
#ifndef LEAT_CLIENT_PARTITION_CHOOSER_H_
#define LEAT_CLIENT_PARTITION_CHOOSER_H_

#include <leat/batch.h>
#include <leat/partitioner.h>
#include <leat/record.h>
#include <leat/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "broker/backend.h"

namespace leat::client {

// kOutOfRange, with the topic's partition count, unless it has that partition.
absl::Status CheckPartition(const broker::TopicBackend& topic, PartitionId partition);

// A Producer's choice. Threads: safe from all threads; without a lock.
class PartitionChooser {
 public:
  // A sticky partition changes after about `sticky_bytes`. `seed` begins the random ones.
  PartitionChooser(Partitioning partitioning, Partitioner partitioner, std::size_t sticky_bytes, std::uint64_t seed);
  ~PartitionChooser();
  PartitionChooser(const PartitionChooser&) = delete;
  PartitionChooser& operator=(const PartitionChooser&) = delete;

  // A number that is certainly one of the topic's partitions.
  //   kOutOfRange        the record names one that is not
  //   kInvalidArgument   the user's partitioner does
  absl::StatusOr<PartitionId> Choose(const broker::TopicBackend& topic, const ProducerRecord& record) {
    const auto count = static_cast<PartitionId>(topic.partitions.size());
    if (!record.partition.has_value() && partitioner_ == nullptr) [[likely]] {
      if (count == 1) return 0;
      if (partitioning_ == Partitioning::kKey && !record.key.is_null()) return PartitionForKey(record.key, count);
    }
    return ChooseOtherwise(topic, record, count);
  }

 private:
  // Whose turn it is in one topic. Several threads may take the same turn where they meet: it is a spread, not an
  // order - but for round robin, where a turn is taken by one.
  struct Turns {
    const broker::TopicBackend* topic = nullptr;
    std::atomic<std::uint32_t> next{0};
    std::atomic<PartitionId> sticky{-1};
    std::atomic<std::int64_t> sticky_left{0};
  };

  absl::StatusOr<PartitionId> ChooseOtherwise(const broker::TopicBackend& topic, const ProducerRecord& record,
                                              PartitionId count);
  PartitionId Sticky(Turns& turns, PartitionId count, std::size_t bytes);
  std::uint64_t NextRandom();
  Turns& TurnsOf(const broker::TopicBackend* topic);

  const Partitioning partitioning_;
  const Partitioner partitioner_;
  const std::int64_t sticky_bytes_;
  std::atomic<std::uint64_t> random_;

  // Found by the topic's address, inserted once, never removed: another topic at the address of one that is gone
  // takes over its turns, which does no harm. When all are taken, the others share one.
  std::array<std::atomic<Turns*>, 256> turns_{};
  Turns shared_turns_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_PARTITION_CHOOSER_H_
