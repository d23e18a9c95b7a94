#include "client/sync_thread.h"

#include <algorithm>

namespace leat::client {

bool SyncThread::Ask(const Wanted& wanted) {
  const base::MutexLock lock(mutex_);
  if (!Start()) return false;
  const auto same = std::find_if(wanted_.begin(), wanted_.end(),
                                 [&](const Wanted& other) { return other.partition == wanted.partition; });
  if (same == wanted_.end()) {
    wanted_.push_back(wanted);
  } else {
    same->batches += wanted.batches;
    same->end = std::max(same->end, wanted.end);
  }
  work_.NotifyOne();
  return true;
}

bool SyncThread::Start() {
  if (thread_.joinable()) return true;
  absl::StatusOr<base::Thread> thread = base::Thread::Start("leat-sync", [this] { Run(); });
  if (!thread.ok()) return false;
  thread_ = *std::move(thread);
  return true;
}

void SyncThread::Run() {
  std::vector<Wanted> wanted;
  const base::MutexLock lock(mutex_);
  for (;;) {
    while (wanted_.empty() && !ending_) work_.Wait(mutex_);
    if (wanted_.empty()) return;
    wanted.clear();
    wanted.swap(wanted_);
    for (const Wanted& one : wanted) {
      mutex_.Unlock();
      const absl::Status status = one.partition->AwaitSync(one.end);
      mutex_.Lock();
      done_.push_back({one.partition, one.batches, status});
      mutex_.Unlock();
      on_done_();
      mutex_.Lock();
    }
  }
}

std::vector<SyncThread::Done> SyncThread::TakeDone() {
  const base::MutexLock lock(mutex_);
  return std::exchange(done_, {});
}

void SyncThread::End() {
  base::Thread thread;
  {
    const base::MutexLock lock(mutex_);
    ending_ = true;
    work_.NotifyOne();
    thread = std::move(thread_);
  }
  thread.Join();
}

}  // namespace leat::client
