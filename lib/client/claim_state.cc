#include "client/claim_state.h"

#include <fmt/format.h>

#include <utility>

#include "client/append.h"
#include "client/keys.h"
#include "client/timestamps.h"

namespace leat::client {

ClaimState::ClaimState(std::shared_ptr<ProducerState> producer, std::shared_ptr<broker::PartitionBackend> partition)
    : producer_(std::move(producer)), partition_(std::move(partition)), builder_(producer_->builders_.Take()) {}

absl::StatusOr<leat::Claim> ClaimState::Make(std::shared_ptr<ProducerState> producer,
                                             std::shared_ptr<broker::PartitionBackend> partition,
                                             std::size_t value_size, const ProducerRecord& record) {
  if (!record.value.is_null()) {
    return absl::InvalidArgumentError("a claim's record has no value yet: it is written into Claim::value()");
  }
  // Before any memory is taken for it.
  if (absl::Status size = CheckBatchSize(*partition, batch_layout::kHeaderSize + value_size, producer->compression_);
      !size.ok())
    return size;
  const base::Clock& clock = producer->backend().clock();
  if (absl::Status time = CheckTimestamp(*partition, record, clock); !time.ok()) return time;
  if (absl::Status key = CheckKey(*partition, record.key); !key.ok()) return key;
  const std::int64_t timestamp = TimestampOf(record, clock);
  auto state = std::make_unique<ClaimState>(std::move(producer), std::move(partition));
  BatchBuilder& builder = **state->builder_;
  state->value_ = builder.Claim(record.key, value_size, record.headers, timestamp);
  if (state->value_.data() == nullptr) return RecordTooLarge(*state->partition_, record.key.size(), value_size);
  if (absl::Status size = CheckBatchSize(*state->partition_, builder.size(), state->producer_->compression_);
      !size.ok())
    return size;
  return leat::Claim(std::move(state));
}

absl::StatusOr<Delivery> ClaimState::Commit(Durability durability) {
  if (!builder_.has_value()) return absl::FailedPreconditionError("this Claim has been committed");
  if (absl::Status usable = producer_->Usable(); !usable.ok()) return usable;
  absl::StatusOr<Delivery> delivery =
      AppendBatch(*partition_, **builder_, durability, producer_->backend().clock(), producer_->compression_);
  builder_.reset();
  value_ = {};
  return delivery;
}

}  // namespace leat::client
