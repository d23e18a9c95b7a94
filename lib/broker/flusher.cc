#include "broker/flusher.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace leat::broker {
namespace {

// While something is due later, the clock is asked again after this long: it need not be the one that the kernel sleeps by.
constexpr std::chrono::milliseconds kLongestSleep{100};
// What is due much later is mostly due for long: nobody shall be woken for it all the time.
constexpr std::chrono::minutes kMuchLater{1};
constexpr std::chrono::seconds kLongestSleepUntilThen{5};

}  // namespace

bool Flusher::Add(std::shared_ptr<Flushable> work, std::chrono::nanoseconds due) {
  const base::MutexLock lock(mutex_);
  if (stopped_) return false;
  if (!thread_.joinable()) {
    absl::StatusOr<base::Thread> thread = base::Thread::Start(name_, [this] { Run(); });
    if (!thread.ok()) return false;
    thread_ = *std::move(thread);
  }
  if (Enter(std::move(work), due)) changed_.NotifyOne();
  return true;
}

// Whether it is due earlier than it was.
bool Flusher::Enter(std::shared_ptr<Flushable> work, std::chrono::nanoseconds due) {
  const auto [place, added] = queue_.emplace(std::move(work), due);
  if (added) return true;
  if (place->second <= due) return false;
  place->second = due;
  return true;
}

void Flusher::Stop() {
  Queue forgotten;  // dropped without the lock
  {
    const base::MutexLock lock(mutex_);
    stopped_ = true;
    forgotten.swap(queue_);
    changed_.NotifyOne();
  }
  thread_.Join();
}

void Flusher::Run() {
  while (const std::optional<std::shared_ptr<Flushable>> work = Next()) {
    if (*work == nullptr) {
      meanwhile_();
      continue;
    }
    const std::chrono::nanoseconds due = (*work)->FlushDue(clock_.Monotonic());
    if (due == Flushable::kNever) continue;
    const base::MutexLock lock(mutex_);
    if (!stopped_) Enter(*work, due);
  }
}

// The one that is due first, when it is; null for `meanwhile`, and nullopt when there will be none.
std::optional<std::shared_ptr<Flushable>> Flusher::Next() {
  const base::MutexLock lock(mutex_);
  while (!stopped_) {
    const auto first = std::min_element(queue_.begin(), queue_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    if (first == queue_.end()) {
      changed_.Wait(mutex_);
    } else if (first->second > clock_.Monotonic()) {
      Sleep(first->second);
      if (meanwhile_ && !stopped_) return nullptr;
    } else {
      std::shared_ptr<Flushable> work = first->first;
      queue_.erase(first);
      return work;
    }
  }
  return std::nullopt;
}

void Flusher::Sleep(std::chrono::nanoseconds due) {
  const std::chrono::nanoseconds left = due - clock_.Monotonic();
  if (left > std::chrono::nanoseconds::zero()) {
    const std::chrono::nanoseconds longest = left > kMuchLater ? std::chrono::nanoseconds(kLongestSleepUntilThen)
                                                               : std::chrono::nanoseconds(kLongestSleep);
    changed_.WaitFor(mutex_, std::min(left, longest));
  }
}

}  // namespace leat::broker
