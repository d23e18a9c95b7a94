#include "client/consumer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/deadline.h"

namespace leat::client {
namespace {

void RelaxProcessor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

absl::Status CheckOptions(const ConsumerOptions& options) {
  if (options.max_poll_records < 0) {
    return absl::InvalidArgumentError(
        fmt::format("max_poll_records is {}; it is 0 (no limit) or more", options.max_poll_records));
  }
  if (options.fetch_max_bytes == 0 || options.max_partition_fetch_bytes == 0) {
    return absl::InvalidArgumentError("fetch_max_bytes and max_partition_fetch_bytes are 1 or more");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Consumer> ConsumerState::Open(std::shared_ptr<broker::Backend> backend, ConsumerOptions options) {
  if (absl::Status checked = CheckOptions(options); !checked.ok()) return checked;
  if (absl::Status usable = backend->Usable(); !usable.ok()) return usable;
  return Consumer(std::make_unique<ConsumerState>(std::move(backend), std::move(options)));
}

ConsumerState::ConsumerState(std::shared_ptr<broker::Backend> backend, ConsumerOptions options)
    : backend_(std::move(backend)),
      options_(std::move(options)),
      subscription_(*backend_, options_.auto_offset_reset),
      fetcher_(options_),
      waiter_(backend_->MakeWaiter()) {}

void ConsumerState::Wake() {
  // Before the waiter's: who was woken must find it.
  woken_.store(true);
  waiter_->Wake();
}

absl::StatusOr<AssignedPartition*> ConsumerState::Find(const TopicPartition& partition) {
  if (AssignedPartition* found = subscription_.Find(partition); found != nullptr) return found;
  return absl::NotFoundError(fmt::format("{} is not being read by this consumer", partition));
}

void ConsumerState::Poll(std::chrono::nanoseconds timeout, ConsumerRecords& records) {
  if (woken_.load(std::memory_order_relaxed) && woken_.exchange(false)) return;
  if (!subscription_.active()) {
    records = ConsumerRecords(absl::FailedPreconditionError("nothing to read: call Subscribe or Assign first"));
    return;
  }
  LetWritersGetAhead();
  if (Collect(records)) return;
  pauses_ = 0;
  if (timeout <= std::chrono::nanoseconds::zero()) return;
  const Deadline deadline(backend_->clock(), timeout);
  for (auto left = deadline.Left(); left > std::chrono::nanoseconds::zero(); left = deadline.Left()) {
    Sleep(std::min(left, kLongestWait));
    if (woken_.exchange(false)) return;
    if (absl::Status usable = backend_->Usable(); !usable.ok()) {
      records = ConsumerRecords(std::move(usable));
      return;
    }
    if (Collect(records)) {
      pauses_ = 0;
      return;
    }
  }
}

bool ConsumerState::Collect(ConsumerRecords& records) {
  if (absl::Status followed = subscription_.Follow(); !followed.ok()) [[unlikely]] {
    records = ConsumerRecords(std::move(followed));
    return true;
  }
  if (version_ != subscription_.version()) [[unlikely]] {
    version_ = subscription_.version();
    fetcher_.StartAnew();
  }
  if (notices_next_ && CollectNotice(records)) return true;
  const std::size_t bytes = fetcher_.Collect(subscription_.partitions(), records);
  if (!records.empty() || !records.status().ok()) {
    const std::size_t enough =
        std::min<std::size_t>({4096, options_.fetch_max_bytes, options_.max_partition_fetch_bytes});
    pauses_ = bytes >= enough ? 0 : std::clamp(pauses_ * 2, 4, 64);
    notices_next_ = subscription_.has_notice();
    return true;
  }
  return CollectNotice(records);
}

bool ConsumerState::CollectNotice(ConsumerRecords& records) {
  notices_next_ = false;
  if (!subscription_.has_notice()) [[likely]]
    return false;
  records = ConsumerRecords(subscription_.TakeNotice());
  return true;
}

// Who looks again at once after having found little takes the cache line of the high watermark away from the writer,
// who then is the slower the quicker the reader is. So the next look waits a little longer each time, up to some
// microseconds, until there is enough to read. A reader that has found nothing is not in anybody's way so: the waiter
// sees to that.
void ConsumerState::LetWritersGetAhead() {
  for (int i = 0; i < pauses_; ++i) RelaxProcessor();
}

void ConsumerState::Sleep(std::chrono::nanoseconds timeout) {
  watched_.clear();
  for (const auto& partition : subscription_.partitions()) {
    if (!partition->paused) watched_.push_back({&partition->partition(), &partition->cursor()});
  }
  waiter_->Wait(watched_, timeout);
}

Entered::Entered(ConsumerState* state) {
  if (state == nullptr) {
    status_ = absl::FailedPreconditionError("this Consumer has been moved from");
  } else if (state->entered_.exchange(true, std::memory_order_acquire)) {
    status_ = absl::FailedPreconditionError(
        "another call of this Consumer is under way, on another thread or around this callback: it takes one at a "
        "time");
  } else {
    entered_ = state;
    status_ = state->backend_->Usable();
  }
}

Entered::~Entered() {
  if (entered_ != nullptr) entered_->entered_.store(false, std::memory_order_release);
}

}  // namespace leat::client
