#include "broker/housekeeper.h"

#include <utility>

namespace leat::broker {

bool Housekeeper::Add(std::shared_ptr<Housekept> work) {
  const base::MutexLock lock(mutex_);
  if (stopped_) return false;
  if (!thread_.joinable()) {
    absl::StatusOr<base::Thread> thread = base::Thread::Start("leat-housekeep", [this] { Run(); });
    if (!thread.ok()) return false;  // the writers then do without
    thread_ = *std::move(thread);
  }
  queue_.push_back(std::move(work));
  if (asleep_) changed_.NotifyOne();
  return true;
}

void Housekeeper::Stop() {
  std::deque<std::shared_ptr<Housekept>> forgotten;  // dropped without the lock
  {
    const base::MutexLock lock(mutex_);
    stopped_ = true;
    forgotten.swap(queue_);
    changed_.NotifyOne();
  }
  thread_.Join();
}

void Housekeeper::Run() {
  while (const std::shared_ptr<Housekept> work = Next()) work->Housekeep();
}

std::shared_ptr<Housekept> Housekeeper::Next() {
  const base::MutexLock lock(mutex_);
  while (queue_.empty() && !stopped_) {
    asleep_ = true;
    changed_.Wait(mutex_);
    asleep_ = false;
  }
  if (stopped_) return nullptr;
  std::shared_ptr<Housekept> work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

}  // namespace leat::broker
