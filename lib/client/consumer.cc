#include <leat/consumer.h>

#include <fmt/format.h>

#include <utility>

#include "client/backward_reader.h"
#include "client/consumer_state.h"

namespace leat {
inline namespace v1 {

using client::AssignedPartition;
using client::Entered;

Consumer::Consumer(std::unique_ptr<client::ConsumerState> state) : state_(std::move(state)) {}
Consumer::Consumer(Consumer&&) noexcept = default;
Consumer& Consumer::operator=(Consumer&&) noexcept = default;
Consumer::~Consumer() = default;

absl::Status Consumer::Assign(const std::vector<TopicPartition>& partitions) {
  const Entered entered(state_.get(), Entered::kOutside);
  if (!entered.status().ok()) return entered.status();
  auto wanted = state_->Resolve(partitions);
  return wanted.ok() ? state_->Assign(*std::move(wanted)) : wanted.status();
}

absl::Status Consumer::Assign(const std::vector<Partition>& partitions) {
  const Entered entered(state_.get(), Entered::kOutside);
  if (!entered.status().ok()) return entered.status();
  std::vector<std::shared_ptr<broker::PartitionBackend>> backends;
  for (const Partition& partition : partitions) {
    if (partition.backend_.get() != &state_->backend()) {
      return absl::InvalidArgumentError(
          fmt::format("{}-{} is of another broker than this consumer", partition.topic(), partition.id()));
    }
    backends.push_back(partition.partition_);
  }
  auto wanted = state_->Resolve(std::move(backends));
  return wanted.ok() ? state_->Assign(*std::move(wanted)) : wanted.status();
}

absl::Status Consumer::Subscribe(const std::vector<std::string>& topics) {
  const Entered entered(state_.get(), Entered::kOutside);
  if (!entered.status().ok()) return entered.status();
  return state_->Subscribe(topics);
}

absl::Status Consumer::SubscribePattern(std::string_view pattern) {
  const Entered entered(state_.get(), Entered::kOutside);
  if (!entered.status().ok()) return entered.status();
  return state_->SubscribePattern(pattern);
}

absl::Status Consumer::Unsubscribe() {
  const Entered entered(state_.get(), Entered::kOutside);
  if (!entered.status().ok()) return entered.status();
  return state_->Unsubscribe();
}

absl::Status Consumer::Close() {
  const Entered entered(state_.get(), Entered::kOutside);
  if (entered.closed()) return absl::OkStatus();
  if (!entered.status().ok()) return entered.status();
  return state_->Close();
}

absl::StatusOr<std::vector<TopicPartition>> Consumer::assignment() const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  return state_->subscription().names();
}

ConsumerRecords Consumer::Poll(std::chrono::nanoseconds timeout) {
  // The only object that is returned, so that it is built where the caller wants it.
  ConsumerRecords records;
  const Entered entered(state_.get(), Entered::kOutside);
  if (entered.status().ok()) [[likely]] {
    state_->Poll(timeout, records);
  } else {
    records = ConsumerRecords(entered.status());
  }
  return records;
}

BackwardRecords Consumer::PollBackwards() {
  const Entered entered(state_.get(), Entered::kOutside);
  return entered.status().ok() ? state_->PollBackwards() : client::BackwardReader::Failed(entered.status());
}

void Consumer::Wake() {
  if (state_ != nullptr) state_->Wake();
}

absl::StatusOr<Offset> Consumer::Position(const TopicPartition& partition) const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  if (!found.ok()) return found.status();
  if (!(*found)->placed()) return (*found)->NotPlaced();
  return (*found)->position();
}

absl::Status Consumer::Seek(const TopicPartition& partition, Offset offset) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  if (offset < 0) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the offset {} is negative; offsets count from 0", partition, offset));
  }
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  if (!found.ok()) return found.status();
  (*found)->Seek(offset);
  return absl::OkStatus();
}

absl::Status Consumer::SeekToBegin(const TopicPartition& partition) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  return found.ok() ? (*found)->SeekToBegin() : found.status();
}

absl::Status Consumer::SeekToBegin() {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  for (const auto& partition : state_->subscription().partitions()) {
    if (absl::Status sought = partition->SeekToBegin(); !sought.ok()) return sought;
  }
  return absl::OkStatus();
}

absl::Status Consumer::SeekToEnd(const TopicPartition& partition) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  return found.ok() ? (*found)->SeekToEnd() : found.status();
}

absl::Status Consumer::SeekToEnd() {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  for (const auto& partition : state_->subscription().partitions()) {
    if (absl::Status sought = partition->SeekToEnd(); !sought.ok()) return sought;
  }
  return absl::OkStatus();
}

absl::Status Consumer::SeekToTime(const TopicPartition& partition, Timestamp time) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  return found.ok() ? (*found)->SeekToTime(time) : found.status();
}

absl::Status Consumer::SeekToTime(Timestamp time) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  for (const auto& partition : state_->subscription().partitions()) {
    if (absl::Status sought = partition->SeekToTime(time); !sought.ok()) return sought;
  }
  return absl::OkStatus();
}

absl::Status Consumer::SeekToLast(const TopicPartition& partition, std::int64_t count) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  return found.ok() ? (*found)->SeekToLast(count) : found.status();
}

absl::Status Consumer::SeekToLast(std::int64_t count) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  for (const auto& partition : state_->subscription().partitions()) {
    if (absl::Status sought = partition->SeekToLast(count); !sought.ok()) return sought;
  }
  return absl::OkStatus();
}

absl::Status Consumer::Pause(const TopicPartition& partition) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  if (!found.ok()) return found.status();
  (*found)->paused = true;
  return absl::OkStatus();
}

absl::Status Consumer::Resume(const TopicPartition& partition) {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  if (!found.ok()) return found.status();
  (*found)->paused = false;
  return absl::OkStatus();
}

absl::StatusOr<Offset> Consumer::BeginOffset(const TopicPartition& partition) const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  if (!found.ok()) return found.status();
  const absl::StatusOr<broker::PartitionOffsets> offsets = (*found)->partition().Offsets();
  if (!offsets.ok()) return offsets.status();
  return offsets->log_start;
}

absl::StatusOr<Offset> Consumer::EndOffset(const TopicPartition& partition) const {
  const Entered entered(state_.get());
  if (!entered.status().ok()) return entered.status();
  const absl::StatusOr<AssignedPartition*> found = state_->Find(partition);
  if (!found.ok()) return found.status();
  const absl::StatusOr<broker::PartitionOffsets> offsets = (*found)->partition().Offsets();
  if (!offsets.ok()) return offsets.status();
  return offsets->high_watermark;
}

std::int64_t Consumer::missed() const { return state_ != nullptr ? state_->missed() : 0; }

}  // namespace v1
}  // namespace leat
