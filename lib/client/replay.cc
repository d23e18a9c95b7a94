#include <leat/replay.h>

#include <fmt/format.h>

#include <utility>

#include "broker/local_backend.h"
#include "client/replay_state.h"

namespace leat {
inline namespace v1 {
namespace {

absl::Status MovedFrom() { return absl::FailedPreconditionError("this Replay has been moved from"); }

}  // namespace

Replay::Replay(std::unique_ptr<client::ReplayState> state) : state_(std::move(state)) {}
Replay::Replay(Replay&&) noexcept = default;
Replay& Replay::operator=(Replay&&) noexcept = default;
Replay::~Replay() = default;

absl::StatusOr<Replay> Replay::Open(const Broker& broker, const std::vector<ReplayRange>& ranges,
                                    ReplayOptions options) {
  if (broker.backend_ == nullptr) return absl::FailedPreconditionError("this Broker has been moved from");
  for (const ReplayRange& range : ranges) {
    if (range.partition.backend_ == broker.backend_) continue;
    return absl::InvalidArgumentError(
        fmt::format("{}-{} is of another broker than this replay", range.partition.topic(), range.partition.id()));
  }
  auto state = client::ReplayState::Open(broker.backend_, ranges, options);
  if (!state.ok()) return state.status();
  return Replay(*std::move(state));
}

absl::StatusOr<Replay> Replay::Open(const Broker& broker, const Topic& topic, ReplayOptions options) {
  std::vector<ReplayRange> ranges;
  for (PartitionId p = 0; p < topic.partition_count(); ++p) {
    auto partition = topic.partition(p);
    if (!partition.ok()) return partition.status();
    ranges.push_back({.partition = *std::move(partition)});
  }
  return Open(broker, ranges, options);
}

absl::StatusOr<std::optional<ConsumerRecord>> Replay::Next(std::chrono::nanoseconds timeout) {
  return state_ != nullptr ? state_->Next(timeout) : MovedFrom();
}

bool Replay::ended() const { return state_ == nullptr || state_->ended(); }

absl::Status Replay::Seek(const TopicPartition& partition, Offset offset) {
  return state_ != nullptr ? state_->Seek(partition, offset) : MovedFrom();
}

absl::Status Replay::SetSpeed(double speed) { return state_ != nullptr ? state_->SetSpeed(speed) : MovedFrom(); }

std::optional<Timestamp> Replay::time() const { return state_ != nullptr ? state_->time() : std::nullopt; }

std::int64_t Replay::missed() const { return state_ != nullptr ? state_->missed() : 0; }

void Replay::Wake() {
  if (state_ != nullptr) state_->Wake();
}

}  // namespace v1
}  // namespace leat
