// Whose turn it is to remove segments: one process's at a time.
#ifndef LEAT_BROKER_RETENTION_TURN_H_
#define LEAT_BROKER_RETENTION_TURN_H_

#include "base/mutex.h"
#include "broker/folder.h"

namespace leat::broker {

// The folder's retention lock, for all threads of a process, which are one to the kernel: the process has it from the first
// TryTake to the last GiveBack. When it dies with it, the kernel gives it to the next.
//
// Threads: safe from all threads. Lock order: never waits, so it may be used under any lock of a log.
class RetentionTurn {
 public:
  explicit RetentionTurn(Folder& folder) : folder_(folder) {}

  bool TryTake() ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (holders_ == 0) {
      const auto taken = folder_.TryRetentionLock();
      if (!taken.ok() || !*taken) return false;
    }
    ++holders_;
    return true;
  }
  void GiveBack() ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (--holders_ == 0) folder_.ReleaseRetentionLock();
  }

  // Taken for as long as this object lives, if it was to be had.
  class Held {
   public:
    explicit Held(RetentionTurn& turn) : turn_(turn), ours_(turn.TryTake()) {}
    ~Held() {
      if (ours_) turn_.GiveBack();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    bool ours() const { return ours_; }

   private:
    RetentionTurn& turn_;
    const bool ours_;
  };

 private:
  Folder& folder_;
  base::Mutex mutex_;
  int holders_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_RETENTION_TURN_H_
