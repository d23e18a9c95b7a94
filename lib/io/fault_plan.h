// Which call of a file system fails, and who is told of each: what the file systems that fail on purpose share.
#ifndef LEAT_IO_FAULT_PLAN_H_
#define LEAT_IO_FAULT_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <leat/file_call.h>
#include "absl/status/status.h"
#include "base/mutex.h"

namespace leat::io {

// Threads: safe from all threads.
class FaultPlan {
 public:
  using Watcher = std::function<void(FileCall kind, std::string_view path)>;

  // Counts a call that is about to be made; an error is what it is to return, without having done anything.
  absl::Status Next(FileCall kind, std::string_view path);

  // The `n`-th call of that kind from now on whose path contains `path_part` fails with `with`, 1 is the next one; with
  // `stays`, so does every one after it. Takes the place of an earlier plan.
  void Fail(int n, bool stays, absl::Status with, FileCall kind, std::string path_part = {});
  void Heal();

  // Called before each call, on its thread, with no lock of the file system held. Whoever was in a call when it is
  // replaced may call the old one once more.
  void SetWatcher(Watcher watcher);

  int calls(FileCall kind) const;

 private:
  mutable base::Mutex mutex_;
  std::array<int, static_cast<std::size_t>(FileCall::kTraits) + 1> counts_ ABSL_GUARDED_BY(mutex_) = {};
  FileCall fails_ ABSL_GUARDED_BY(mutex_) = FileCall::kAny;
  std::string path_part_ ABSL_GUARDED_BY(mutex_);
  int left_ ABSL_GUARDED_BY(mutex_) = 0;  // calls until the one that fails; 0: none does
  bool stays_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status with_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Watcher> watcher_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::io

#endif  // LEAT_IO_FAULT_PLAN_H_
