#include "io/memory_region.h"

#include <sys/mman.h>

#include "io/mapped_pages.h"

namespace leat::io {

MemoryRegionPool::~MemoryRegionPool() {
  for (const MemoryRegion& region : kept_) ::munmap(region.data, region.reserved);
}

absl::StatusOr<MemoryRegion> MemoryRegionPool::Take(std::size_t size, bool stale, const std::string& path) {
  if (stale) {
    const base::MutexLock lock(mutex_);
    // The smallest that is large enough; of equal ones the latest, whose bytes a cache may still hold.
    auto best = kept_.end();
    for (auto region = kept_.begin(); region != kept_.end(); ++region) {
      if (region->reserved < size) continue;
      if (best == kept_.end() || region->reserved <= best->reserved) best = region;
    }
    if (best != kept_.end()) {
      const MemoryRegion found = *best;
      kept_.erase(best);
      kept_bytes_ -= found.touched;
      return found;
    }
  }
  const std::size_t grain = size >= kHugePage ? kHugePage : PageSize();
  const std::size_t reserved = (size + grain - 1) / grain * grain;
  // Private rather than shared memory, for which most systems give no huge pages.
  absl::StatusOr<std::byte*> data =
      MapPages(reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, path);
  if (!data.ok()) return data.status();
  return MemoryRegion{.data = *data, .reserved = reserved, .touched = 0};
}

void MemoryRegionPool::Give(const MemoryRegion& region) {
  if (region.data == nullptr) return;
  if (region.touched >= kSmallestKept) {
    const base::MutexLock lock(mutex_);
    if (kept_bytes_ + region.touched <= kMostKept) {
      kept_.push_back(region);
      kept_bytes_ += region.touched;
      return;
    }
  }
  ::munmap(region.data, region.reserved);
}

}  // namespace leat::io
