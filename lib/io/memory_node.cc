#include "io/memory_node.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "io/mapped_pages.h"

namespace leat::io {

MemoryNode::MemoryNode(FileId id, bool is_directory, std::shared_ptr<MemoryRegionPool> pool)
    : id_(id),
      is_directory_(is_directory),
      pool_(std::move(pool)),
      mode_(is_directory ? 0755 : 0644),
      owner_(::geteuid()),
      group_(::getegid()) {}

MemoryNode::~MemoryNode() { pool_->Give(region_); }

FileInfo MemoryNode::Info() const {
  const base::MutexLock lock(mutex_);
  return {.id = id_, .size = size_, .is_directory = is_directory_, .mode = mode_, .owner = owner_, .group = group_};
}

void MemoryNode::TakePermissionsOf(const FileInfo& like) {
  const base::MutexLock lock(mutex_);
  mode_ = like.mode & (like.is_directory && !is_directory_ ? 0666U : 07777U);
  if (::geteuid() == 0) owner_ = like.owner;
  group_ = like.group;
}

std::size_t MemoryNode::ReadAt(std::int64_t position, std::span<std::byte> into) const {
  const base::MutexLock lock(mutex_);
  if (position < 0 || position >= size_) return 0;
  const std::size_t size = std::min(into.size(), static_cast<std::size_t>(size_ - position));
  if (size == 0) return 0;
  if (region_.data == nullptr) {
    std::memset(into.data(), 0, size);
  } else {
    std::memcpy(into.data(), region_.data + position, size);
  }
  return size;
}

absl::Status MemoryNode::WriteAt(std::int64_t position, std::span<const std::byte> first,
                                 std::span<const std::byte> second, const std::string& path) {
  const base::MutexLock lock(mutex_);
  const std::int64_t end = position + static_cast<std::int64_t>(first.size() + second.size());
  if (first.empty() && second.empty()) return absl::OkStatus();
  if (static_cast<std::size_t>(end) > region_.reserved) {
    // By doubling, so that a file that grows by many small writes is not copied for each.
    const std::size_t wanted = std::max(static_cast<std::size_t>(std::max(end, size_)), 2 * region_.reserved);
    if (absl::Status status = Reserve(wanted, path); !status.ok()) return status;
  }
  if (absl::Status status = GrowLocked(end, path); !status.ok()) return status;
  std::byte* const to = region_.data + position;
  if (!first.empty()) std::memcpy(to, first.data(), first.size());
  if (!second.empty()) std::memcpy(to + first.size(), second.data(), second.size());
  return absl::OkStatus();
}

absl::Status MemoryNode::Grow(std::int64_t size, const std::string& path) {
  const base::MutexLock lock(mutex_);
  return GrowLocked(size, path);
}

absl::Status MemoryNode::GrowLocked(std::int64_t size, const std::string& path) {
  if (size <= size_) return absl::OkStatus();
  if (region_.data != nullptr) {
    if (absl::Status status = Reserve(static_cast<std::size_t>(size), path); !status.ok()) return status;
    region_.touched = std::max(region_.touched, static_cast<std::size_t>(size));
  }
  size_ = size;
  return absl::OkStatus();
}

absl::Status MemoryNode::Truncate(std::int64_t size, const std::string& path) {
  const base::MutexLock lock(mutex_);
  if (size >= size_) return GrowLocked(size, path);
  // A segment that is cut to its end keeps its pages: they are what the next one gets.
  if (!accepts_stale_bytes_) ZeroFrom(static_cast<std::size_t>(size));
  size_ = size;
  return absl::OkStatus();
}

void MemoryNode::AcceptStaleBytes() {
  const base::MutexLock lock(mutex_);
  accepts_stale_bytes_ = true;
}

absl::StatusOr<std::byte*> MemoryNode::Map(std::size_t size, const std::string& path) {
  const base::MutexLock lock(mutex_);
  if (size == 0) return absl::InvalidArgumentError(fmt::format("cannot map 0 bytes of {}", path));
  if (absl::Status status = Reserve(std::max(size, static_cast<std::size_t>(size_)), path); !status.ok())
    return status;
  ++mappings_;
  return region_.data;
}

void MemoryNode::Unmap() {
  const base::MutexLock lock(mutex_);
  --mappings_;
}

absl::Status MemoryNode::Reserve(std::size_t size, const std::string& path) {
  if (size <= region_.reserved) return absl::OkStatus();
  if (mappings_ > 0) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} needs {} bytes, but it is in memory and mapped with {}: unmap it, or map it larger in the first place",
        path, size, region_.reserved));
  }
  absl::StatusOr<MemoryRegion> larger = pool_->Take(size, accepts_stale_bytes_, path);
  if (!larger.ok()) return larger.status();
  const auto used = static_cast<std::size_t>(size_);
  if (region_.data != nullptr) std::memcpy(larger->data, region_.data, used);
  larger->touched = std::max(larger->touched, used);
  pool_->Give(region_);
  region_ = *larger;
  return absl::OkStatus();
}

void MemoryNode::ZeroFrom(std::size_t position) {
  if (region_.touched <= position) return;
  const std::size_t page = std::min((position + PageSize() - 1) / PageSize() * PageSize(), region_.touched);
  std::memset(region_.data + position, 0, page - position);
  // Whole pages are given back, and come again as zeros.
  if (page < region_.touched) ::madvise(region_.data + page, region_.touched - page, MADV_DONTNEED);
  region_.touched = position;
}

bool MemoryNode::TryLock(std::int64_t byte, LockKind kind, const void* owner) {
  const base::MutexLock lock(mutex_);
  std::vector<Hold>& holds = locks_[byte];
  for (const Hold& hold : holds) {
    if (hold.owner != owner && (kind == LockKind::kExclusive || hold.kind == LockKind::kExclusive)) return false;
  }
  std::erase_if(holds, [owner](const Hold& hold) { return hold.owner == owner; });
  holds.push_back({owner, kind});
  return true;
}

void MemoryNode::Unlock(std::int64_t byte, const void* owner) {
  const base::MutexLock lock(mutex_);
  const auto found = locks_.find(byte);
  if (found == locks_.end()) return;
  std::erase_if(found->second, [owner](const Hold& hold) { return hold.owner == owner; });
  if (found->second.empty()) locks_.erase(found);
}

void MemoryNode::UnlockAll(const void* owner) {
  const base::MutexLock lock(mutex_);
  for (auto& [byte, holds] : locks_) std::erase_if(holds, [owner](const Hold& hold) { return hold.owner == owner; });
  std::erase_if(locks_, [](const auto& lock_on_byte) { return lock_on_byte.second.empty(); });
}

bool MemoryNode::IsLockedByOther(std::int64_t byte, const void* owner) const {
  const base::MutexLock lock(mutex_);
  const auto found = locks_.find(byte);
  return found != locks_.end() && std::any_of(found->second.begin(), found->second.end(),
                                              [owner](const Hold& hold) { return hold.owner != owner; });
}

}  // namespace leat::io
