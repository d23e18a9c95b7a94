// What of a log this process may vouch for.
//
// A sync that succeeds says something only of bytes that were stored after its descriptor was opened: when the kernel
// fails to write pages back, it tells those who have the file open, calls the pages clean, and a descriptor that is
// opened later hears nothing of it. So a process keeps its descriptors of segments that are not on the disk yet, and
// with each the offset from which on all was stored later.
#ifndef LEAT_LOG_VOUCHER_H_
#define LEAT_LOG_VOUCHER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include <leat/types.h>
#include "base/mutex.h"
#include "io/file_system.h"

namespace leat::log {

// Threads: safe from all threads.
class Voucher {
 public:
  struct Descriptor {
    std::shared_ptr<io::File> file;
    Offset since = 0;  // the segment's bytes from this offset on were stored after `file` was opened
  };

  // `file`, of the segment at `base`, is open. Of two of one segment the one that says more is kept.
  void Opened(Offset base, Descriptor descriptor) ABSL_LOCKS_EXCLUDED(mutex_);

  std::optional<Descriptor> Of(Offset base) const ABSL_LOCKS_EXCLUDED(mutex_);

  // All below `flushed` is on the disk, and segments that end there need no descriptor any more.
  void Flushed(Offset flushed) ABSL_LOCKS_EXCLUDED(mutex_);

  std::size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable base::Mutex mutex_;
  std::map<Offset, Descriptor> by_base_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::log

#endif  // LEAT_LOG_VOUCHER_H_
