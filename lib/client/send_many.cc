// Send of many records to a topic: each partition's share as one batch.
#include <algorithm>
#include <utility>
#include <vector>

#include "client/append.h"
#include "client/producer_state.h"

namespace leat::client {
namespace {

// The records of one partition, in their order.
struct Share {
  PartitionId partition;
  std::vector<std::size_t> indices;
  absl::Status refused;  // not OK: there is no such partition
};

// Which records go where; shares stand in the order of their first records.
class Shares {
 public:
  void Add(PartitionId partition, absl::Status refused, std::size_t index) {
    // A share of what was refused is for one reason; the next reason has its own.
    const auto same = [&](const Share& share) { return share.partition == partition && share.refused == refused; };
    // Records of one partition often stand together.
    if (shares_.empty() || !same(shares_[last_])) {
      last_ = static_cast<std::size_t>(std::find_if(shares_.begin(), shares_.end(), same) - shares_.begin());
      if (last_ == shares_.size()) shares_.push_back({partition, {}, std::move(refused)});
    }
    shares_[last_].indices.push_back(index);
  }
  const std::vector<Share>& all() const { return shares_; }

 private:
  std::vector<Share> shares_;
  std::size_t last_ = 0;
};

absl::StatusOr<Delivery> SendShare(broker::PartitionBackend& partition, std::span<const ProducerRecord> records,
                                   const std::vector<std::size_t>& indices, Durability durability, std::int64_t now,
                                   const base::Clock& clock, const WantedCompression& wanted, BatchBuilder& builder) {
  for (const std::size_t index : indices) {
    const ProducerRecord& record = records[index];
    const std::int64_t timestamp = record.timestamp.has_value() ? record.timestamp->time_since_epoch().count() : now;
    if (absl::Status added = AddRecord(partition, record, timestamp, clock, builder, wanted); !added.ok())
      return added;
  }
  return AppendBatch(partition, builder, durability, clock, wanted);
}

}  // namespace

std::vector<BatchDelivery> ProducerState::Send(const broker::TopicBackend& topic,
                                               std::span<const ProducerRecord> records, Durability durability) {
  std::vector<BatchDelivery> deliveries;
  if (records.empty()) return deliveries;
  if (topic.partitions.size() == 1 && std::none_of(records.begin(), records.end(), [](const ProducerRecord& record) {
        return record.partition.value_or(0) != 0;
      })) {
    deliveries.push_back(
        {0, static_cast<std::int32_t>(records.size()), Send(*topic.partitions[0], records, durability)});
    return deliveries;
  }
  Shares shares;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const absl::StatusOr<PartitionId> chosen = chooser_.Choose(topic, records[i]);
    shares.Add(chosen.ok() ? *chosen : records[i].partition.value_or(-1), chosen.status(), i);
  }
  const std::int64_t now = clock_.WallMillisCoarse();
  for (const Share& share : shares.all()) {
    const auto count = static_cast<std::int32_t>(share.indices.size());
    if (!share.refused.ok()) {
      deliveries.push_back({share.partition, count, share.refused});
      continue;
    }
    BuilderCache::Lease builder = builders_.Take();
    broker::PartitionBackend& partition = *topic.partitions[static_cast<std::size_t>(share.partition)];
    deliveries.push_back(
        {share.partition, count,
         SendShare(partition, records, share.indices, durability, now, clock_, compression_, *builder)});
  }
  return deliveries;
}

}  // namespace leat::client
