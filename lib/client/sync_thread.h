// A thread that waits for the disk, so that the sending thread need not.
#ifndef LEAT_CLIENT_SYNC_THREAD_H_
#define LEAT_CLIENT_SYNC_THREAD_H_

#include <leat/types.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "broker/backend.h"

namespace leat::client {

// One who asks: the sending thread. It appends on while this waits; what it has appended to a partition meanwhile shares
// that partition's next sync.
class SyncThread {
 public:
  // The first `batches` of a partition that nobody has been asked about yet, all of them below `end`.
  struct Wanted {
    broker::PartitionBackend* partition;
    std::size_t batches;
    Offset end;
  };
  struct Done {
    broker::PartitionBackend* partition;
    std::size_t batches;
    absl::Status status;  // of AwaitSync
  };

  // `on_done` is called on the thread after each sync, with no lock held.
  explicit SyncThread(absl::AnyInvocable<void()> on_done) : on_done_(std::move(on_done)) {}

  // The partition lives until it is in TakeDone's answer. Never waits. False: the system has no thread left, and nothing
  // was asked for.
  bool Ask(const Wanted& wanted);

  // What is done since the last time, of each partition in the order in which it was asked for.
  std::vector<Done> TakeDone();

  // When nothing is asked for any more: returns when the thread is gone.
  void End();

 private:
  bool Start() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();

  absl::AnyInvocable<void()> on_done_;

  base::Mutex mutex_;
  base::CondVar work_;
  base::Thread thread_ ABSL_GUARDED_BY(mutex_);
  std::vector<Wanted> wanted_ ABSL_GUARDED_BY(mutex_);
  std::vector<Done> done_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_SYNC_THREAD_H_
