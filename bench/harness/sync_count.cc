#include "harness/sync_count.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<std::int64_t> syncs{0};

}  // namespace

// In the place of the C library's.
extern "C" int fdatasync(int descriptor) {
  syncs.fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

namespace leat::bench {

std::int64_t SyncCount() { return syncs.load(std::memory_order_relaxed); }

}  // namespace leat::bench
