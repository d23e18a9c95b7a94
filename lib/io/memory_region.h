// The memory behind the files of the memory file system: stretches of address space that get pages as they are
// touched, and the pool through which a removed file's pages come to the next.
#ifndef LEAT_IO_MEMORY_REGION_H_
#define LEAT_IO_MEMORY_REGION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"

namespace leat::io {

// A place and its size; whoever has one gives it back to the pool it came from.
struct MemoryRegion {
  std::byte* data = nullptr;
  std::size_t reserved = 0;  // address space
  std::size_t touched = 0;   // bytes behind this have never been written: zeros, without pages
};

// Threads: safe from all threads.
class MemoryRegionPool {
 public:
  // A new page costs 100 to 250 ns for each 4 KiB of it, more than writing it does; below this size nobody notices.
  static constexpr std::size_t kSmallestKept = std::size_t{1} << 20;
  // How much touched memory may wait here for its next file; the rest goes back to the system.
  static constexpr std::size_t kMostKept = std::size_t{512} << 20;

  MemoryRegionPool() = default;
  MemoryRegionPool(const MemoryRegionPool&) = delete;
  MemoryRegionPool& operator=(const MemoryRegionPool&) = delete;
  ~MemoryRegionPool();

  // At least `size` bytes: all zeros, or with `stale` perhaps what a file left that is gone. `path` is for errors.
  absl::StatusOr<MemoryRegion> Take(std::size_t size, bool stale, const std::string& path);
  void Give(const MemoryRegion& region);

 private:
  base::Mutex mutex_;
  std::vector<MemoryRegion> kept_ ABSL_GUARDED_BY(mutex_);
  std::size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace leat::io

#endif  // LEAT_IO_MEMORY_REGION_H_
