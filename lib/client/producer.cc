#include <leat/producer.h>

#include <fmt/format.h>

#include <utility>

#include "client/claim_state.h"
#include "client/producer_state.h"

namespace leat {
inline namespace v1 {
namespace {

absl::Status MovedFrom(std::string_view what) {
  return absl::FailedPreconditionError(fmt::format("this {} has been moved from", what));
}

// Whether this producer goes with that handle, which is a Topic's or a Partition's backend, and is open.
absl::Status CheckHandles(const client::ProducerState* state, const broker::Backend* backend) {
  if (state == nullptr) [[unlikely]]
    return MovedFrom("Producer");
  if (backend != &state->backend()) [[unlikely]] {
    if (backend == nullptr) return MovedFrom("Topic or Partition");
    return absl::InvalidArgumentError(
        fmt::format("the topic was found through one opening of a folder ({}), the producer opened on another ({}); "
                    "use the producer's broker to find it",
                    backend->folder(), state->backend().folder()));
  }
  return state->CheckOpen();
}

// The same, and whether the backend can be used: where its refusal is told in another form than an append's.
absl::Status CheckUse(const client::ProducerState* state, const broker::Backend* backend) {
  absl::Status goes = CheckHandles(state, backend);
  return goes.ok() ? state->Usable() : goes;
}

// A topic by name, if this producer can be used.
absl::StatusOr<std::shared_ptr<const broker::TopicBackend>> FindTopic(client::ProducerState* state,
                                                                      std::string_view name) {
  if (state == nullptr) return MovedFrom("Producer");
  if (absl::Status usable = state->Usable(); !usable.ok()) return usable;
  return state->FindTopic(name);
}

// One result for all records.
std::vector<BatchDelivery> Refused(std::span<const ProducerRecord> records, absl::Status status) {
  std::vector<BatchDelivery> deliveries;
  if (!records.empty()) deliveries.push_back({-1, static_cast<std::int32_t>(records.size()), std::move(status)});
  return deliveries;
}

std::span<const ProducerRecord> AsSpan(std::initializer_list<ProducerRecord> records) {
  return {records.begin(), records.size()};
}

}  // namespace

Claim::Claim(std::unique_ptr<client::ClaimState> state) : state_(std::move(state)) {}
Claim::Claim(Claim&&) noexcept = default;
Claim& Claim::operator=(Claim&&) noexcept = default;
Claim::~Claim() = default;

std::span<std::byte> Claim::value() const { return state_ != nullptr ? state_->value() : std::span<std::byte>(); }
PartitionId Claim::partition() const { return state_ != nullptr ? state_->partition() : -1; }
absl::StatusOr<Delivery> Claim::Commit(Durability durability) {
  return state_ != nullptr ? state_->Commit(durability) : MovedFrom("Claim");
}

Producer::Producer(std::shared_ptr<client::ProducerState> state) : state_(std::move(state)) {}
Producer::Producer(Producer&&) noexcept = default;
Producer& Producer::operator=(Producer&& other) noexcept {
  if (this == &other) return *this;
  if (state_ != nullptr) state_->Drop();
  state_ = std::move(other.state_);
  return *this;
}
Producer::~Producer() {
  if (state_ != nullptr) state_->Drop();
}

absl::StatusOr<Delivery> Producer::Send(const Topic& topic, const ProducerRecord& record, Durability durability) {
  if (absl::Status use = CheckHandles(state_.get(), topic.backend_.get()); !use.ok()) [[unlikely]]
    return use;
  return state_->Send(*topic.topic_, record, durability);
}

absl::StatusOr<Delivery> Producer::Send(const Partition& partition, const ProducerRecord& record,
                                        Durability durability) {
  if (absl::Status use = CheckHandles(state_.get(), partition.backend_.get()); !use.ok()) [[unlikely]]
    return use;
  return state_->Send(*partition.partition_, record, durability);
}

absl::StatusOr<Delivery> Producer::Send(std::string_view topic, const ProducerRecord& record, Durability durability) {
  const auto found = FindTopic(state_.get(), topic);
  if (!found.ok()) return found.status();
  return state_->Send(**found, record, durability);
}

std::vector<BatchDelivery> Producer::Send(const Topic& topic, std::span<const ProducerRecord> records,
                                          Durability durability) {
  if (absl::Status use = CheckUse(state_.get(), topic.backend_.get()); !use.ok())
    return Refused(records, std::move(use));
  return state_->Send(*topic.topic_, records, durability);
}

std::vector<BatchDelivery> Producer::Send(const Topic& topic, std::initializer_list<ProducerRecord> records,
                                          Durability durability) {
  return Send(topic, AsSpan(records), durability);
}

std::vector<BatchDelivery> Producer::Send(std::string_view topic, std::span<const ProducerRecord> records,
                                          Durability durability) {
  const auto found = FindTopic(state_.get(), topic);
  if (!found.ok()) return Refused(records, found.status());
  return state_->Send(**found, records, durability);
}

std::vector<BatchDelivery> Producer::Send(std::string_view topic, std::initializer_list<ProducerRecord> records,
                                          Durability durability) {
  return Send(topic, AsSpan(records), durability);
}

absl::StatusOr<Delivery> Producer::Send(const Partition& partition, std::span<const ProducerRecord> records,
                                        Durability durability) {
  if (absl::Status use = CheckUse(state_.get(), partition.backend_.get()); !use.ok()) return use;
  return state_->Send(*partition.partition_, records, durability);
}

absl::StatusOr<Delivery> Producer::Send(const Partition& partition, std::initializer_list<ProducerRecord> records,
                                        Durability durability) {
  return Send(partition, AsSpan(records), durability);
}

absl::Status Producer::Enqueue(const Topic& topic, const ProducerRecord& record, DeliveryCallback callback,
                               Durability durability) {
  if (absl::Status use = CheckUse(state_.get(), topic.backend_.get()); !use.ok()) return use;
  return state_->Enqueue(*topic.topic_, record, std::move(callback), durability);
}

absl::Status Producer::Enqueue(const Partition& partition, const ProducerRecord& record, DeliveryCallback callback,
                               Durability durability) {
  if (absl::Status use = CheckUse(state_.get(), partition.backend_.get()); !use.ok()) return use;
  return state_->Enqueue(partition.partition_, record, std::move(callback), durability);
}

absl::Status Producer::Enqueue(std::string_view topic, const ProducerRecord& record, DeliveryCallback callback,
                               Durability durability) {
  const auto found = FindTopic(state_.get(), topic);
  if (!found.ok()) return found.status();
  return state_->Enqueue(**found, record, std::move(callback), durability);
}

absl::Status Producer::Flush() {
  if (state_ == nullptr) return MovedFrom("Producer");
  if (absl::Status usable = state_->Usable(); !usable.ok()) return usable;
  return state_->Flush();
}

absl::StatusOr<Claim> Producer::Claim(const Topic& topic, std::size_t value_size, const ProducerRecord& record) {
  if (absl::Status use = CheckUse(state_.get(), topic.backend_.get()); !use.ok()) return use;
  return state_->Claim(*topic.topic_, value_size, record);
}

absl::StatusOr<Claim> Producer::Claim(const Partition& partition, std::size_t value_size,
                                      const ProducerRecord& record) {
  if (absl::Status use = CheckUse(state_.get(), partition.backend_.get()); !use.ok()) return use;
  return state_->Claim(partition.partition_, value_size, record);
}

absl::Status Producer::Close(std::chrono::nanoseconds timeout) {
  return state_ != nullptr ? state_->Close(timeout) : MovedFrom("Producer");
}

std::int64_t Producer::dropped() const { return state_ != nullptr ? state_->dropped() : 0; }

}  // namespace v1
}  // namespace leat
