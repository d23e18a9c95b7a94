#include "client/replay_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "client/deadline.h"

namespace leat::client {
namespace {

absl::Status CheckSpeed(double speed) {
  if (speed >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("a replay's speed is {}: give a number from 0 (stands still) to infinity; 1 is as it came", speed));
}

absl::StatusOr<Offset> OffsetAt(const Partition& partition, const std::optional<Timestamp>& time, Offset otherwise) {
  if (!time.has_value()) return otherwise;
  const auto found = partition.OffsetForTime(*time);
  if (!found.ok()) return found.status();
  return found->value_or(std::numeric_limits<Offset>::max());
}

}  // namespace

// The order of the heap: what comes later is further down.
struct ReplayState::Later {
  bool operator()(const Source* a, const Source* b) const {
    return a->time != b->time ? a->time > b->time : a->index > b->index;
  }
};

// One call at a time.
class ReplayState::Alone {
 public:
  explicit Alone(ReplayState& state) : state_(state), alone_(!state.entered_.exchange(true)) {}
  ~Alone() {
    if (alone_) state_.entered_.store(false);
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  absl::Status status() const {
    if (!alone_) return absl::FailedPreconditionError("another call of this Replay is under way");
    return state_.backend_->Usable();
  }

 private:
  ReplayState& state_;
  const bool alone_;
};

ReplayState::ReplayState(std::shared_ptr<broker::Backend> backend, const ReplayOptions& options)
    : backend_(std::move(backend)), timeline_(options.speed, options.longest_gap) {}

absl::StatusOr<std::unique_ptr<ReplayState>> ReplayState::Open(std::shared_ptr<broker::Backend> backend,
                                                               const std::vector<ReplayRange>& ranges,
                                                               const ReplayOptions& options) {
  if (auto s = backend->Usable(); !s.ok()) return s;
  if (ranges.empty()) return absl::InvalidArgumentError("a replay needs a partition at least");
  if (auto s = CheckSpeed(options.speed); !s.ok()) return s;
  if (options.longest_gap < std::chrono::milliseconds::zero()) {
    return absl::InvalidArgumentError(
        fmt::format("longest_gap is {} ms: give 0 or more", options.longest_gap.count()));
  }
  std::unique_ptr<ReplayState> state(new ReplayState(std::move(backend), options));
  for (const ReplayRange& range : ranges) {
    if (auto s = state->Add(range, options); !s.ok()) return s;
  }
  return state;
}

absl::Status ReplayState::Add(const ReplayRange& range, const ReplayOptions& options) {
  const Partition& partition = range.partition;
  const std::string name = fmt::format("{}-{}", partition.topic(), partition.id());
  for (const auto& source : sources_) {
    if (source->partition.topic() == partition.topic() && source->partition.id() == partition.id()) {
      return absl::InvalidArgumentError(fmt::format("{} is to be replayed twice", name));
    }
  }
  const auto first = partition.log_start();
  if (!first.ok()) return first.status();
  const auto behind = partition.high_watermark();
  if (!behind.ok()) return behind.status();
  const auto begin = range.begin.has_value() ? *range.begin : OffsetAt(partition, options.from, *first);
  if (!begin.ok()) return begin.status();
  const auto end = range.end.has_value() ? *range.end : OffsetAt(partition, options.until, *behind);
  if (!end.ok()) return end.status();
  const auto outside = [&](const std::optional<Offset>& offset) {
    return offset.has_value() && (*offset < *first || *offset > *behind);
  };
  if (outside(range.begin) || outside(range.end)) {
    return absl::OutOfRangeError(
        fmt::format("{}: a replay from offset {} to {} of a log that has {} to {} (exclusive)", name, *begin, *end,
                    *first, *behind));
  }
  sources_.push_back(std::make_unique<Source>(partition, sources_.size(), *begin, std::min(*end, *behind)));
  unready_.push_back(sources_.back().get());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ConsumerRecord>> ReplayState::Next(std::chrono::nanoseconds timeout) {
  const Alone alone(*this);
  if (auto s = alone.status(); !s.ok()) return s;
  if (auto s = GetReady(); !s.ok()) return s;
  const Deadline deadline(backend_->clock(), timeout);
  while (!ready_.empty()) {
    Source& source = *ready_.front();
    const auto now = backend_->clock().Monotonic();
    const bool has_time = source.time >= 0;
    const auto due = has_time ? timeline_.Due(source.time, now) : now;
    if (due <= now) {
      if (has_time) timeline_.Happened(source.time);
      std::pop_heap(ready_.begin(), ready_.end(), Later());
      ready_.pop_back();
      unready_.push_back(&source);
      const ConsumerRecord record = *source.at;
      source.next = record.offset() + 1;
      return std::optional(record);
    }
    const auto left = deadline.Left();
    if (left <= std::chrono::nanoseconds::zero() || Sleep(std::min({left, kLongestWait, due - now}))) break;
    if (auto s = backend_->Usable(); !s.ok()) return s;
  }
  return std::optional<ConsumerRecord>();
}

absl::Status ReplayState::GetReady() {
  while (!unready_.empty()) {
    Source* const source = unready_.back();
    const auto there = GetReady(*source);
    if (!there.ok()) return there.status();
    unready_.pop_back();
    if (!*there) continue;
    ready_.push_back(source);
    std::push_heap(ready_.begin(), ready_.end(), Later());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReplayState::GetReady(Source& source) {
  while (source.at != source.records.end() && (*source.at).offset() < source.next) ++source.at;
  if (source.at == source.records.end()) {
    // A walk that met damage ends before its time, and what is fetched anew tells.
    if (source.next >= source.end) return false;
    if (auto s = Fetch(source); !s.ok()) return s;
    if (source.at == source.records.end())
      return source.records.status().ok() ? absl::StatusOr<bool>(false) : source.records.status();
  }
  const ConsumerRecord record = *source.at;
  if (record.offset() >= source.end) return false;
  source.time = std::max(source.time, static_cast<std::int64_t>(record.timestamp().time_since_epoch().count()));
  return true;
}

absl::Status ReplayState::Fetch(Source& source) {
  for (;;) {
    source.records = source.partition.Read(source.next);
    source.at = source.records.begin();
    const absl::Status status = source.records.status();
    if (!absl::IsOutOfRange(status)) return status;
    const auto first = source.partition.log_start();
    if (!first.ok()) return first.status();
    if (*first <= source.next) return status;
    missed_ += std::min(*first, source.end) - source.next;
    source.next = *first;
    if (source.next < source.end) continue;
    source.records = ConsumerRecords();
    source.at = {};
    return absl::OkStatus();
  }
}

bool ReplayState::Sleep(std::chrono::nanoseconds timeout) {
  const base::MutexLock lock(mutex_);
  if (!wake_) woken_.WaitFor(mutex_, timeout);
  return std::exchange(wake_, false);
}

void ReplayState::Wake() {
  const base::MutexLock lock(mutex_);
  wake_ = true;
  woken_.NotifyAll();
}

absl::Status ReplayState::Seek(const TopicPartition& name, Offset offset) {
  const Alone alone(*this);
  if (auto s = alone.status(); !s.ok()) return s;
  const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const auto& source) {
    return source->partition.topic() == name.topic && source->partition.id() == name.partition;
  });
  if (found == sources_.end()) return absl::NotFoundError(fmt::format("{} is not replayed", name));
  Source& source = **found;
  const auto first = source.partition.log_start();
  if (!first.ok()) return first.status();
  if (offset < *first || offset > source.end) {
    return absl::OutOfRangeError(fmt::format("{}: offset {} is not from {} to {}, the end of what is replayed", name,
                                             offset, *first, source.end));
  }
  source.next = offset;
  source.time = -1;
  source.records = ConsumerRecords();
  source.at = {};
  std::erase(unready_, &source);
  std::erase(ready_, &source);
  std::make_heap(ready_.begin(), ready_.end(), Later());
  unready_.push_back(&source);
  return absl::OkStatus();
}

absl::Status ReplayState::SetSpeed(double speed) {
  const Alone alone(*this);
  if (auto s = alone.status(); !s.ok()) return s;
  if (auto s = CheckSpeed(speed); !s.ok()) return s;
  timeline_.SetSpeed(speed, backend_->clock().Monotonic(), NextTime());
  return absl::OkStatus();
}

std::optional<std::int64_t> ReplayState::NextTime() const {
  return ready_.empty() ? std::nullopt : std::optional(ready_.front()->time);
}

std::optional<Timestamp> ReplayState::time() const {
  const auto now = timeline_.TimeAt(backend_->clock().Monotonic(), NextTime());
  if (!now.has_value() || *now < 0) return std::nullopt;
  return Timestamp(std::chrono::milliseconds(*now));
}

bool ReplayState::ended() const { return unready_.empty() && ready_.empty(); }

}  // namespace leat::client
