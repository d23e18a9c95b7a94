// What is behind a Claim: a batch of one record whose value is not there yet.
#ifndef LEAT_CLIENT_CLAIM_STATE_H_
#define LEAT_CLIENT_CLAIM_STATE_H_

#include <leat/producer.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "client/builder_cache.h"
#include "client/producer_state.h"

namespace leat::client {

// Not safe from several threads at once.
class ClaimState {
 public:
  static absl::StatusOr<leat::Claim> Make(std::shared_ptr<ProducerState> producer,
                                          std::shared_ptr<broker::PartitionBackend> partition, std::size_t value_size,
                                          const ProducerRecord& record);

  ClaimState(std::shared_ptr<ProducerState> producer, std::shared_ptr<broker::PartitionBackend> partition);

  // Empty once committed.
  std::span<std::byte> value() const { return value_; }
  PartitionId partition() const { return partition_->id(); }
  absl::StatusOr<Delivery> Commit(Durability durability);

 private:
  // The producer before the lease, which is of it.
  const std::shared_ptr<ProducerState> producer_;
  const std::shared_ptr<broker::PartitionBackend> partition_;
  std::optional<BuilderCache::Lease> builder_;
  std::span<std::byte> value_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_CLAIM_STATE_H_
