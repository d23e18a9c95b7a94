// What a name in the memory file system stands for, and what open files and mappings of it share.
#ifndef LEAT_IO_MEMORY_NODE_H_
#define LEAT_IO_MEMORY_NODE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "io/file_system.h"
#include "io/memory_region.h"

namespace leat::io {

// Lives as long as its name, an open file or a mapping does; then its memory goes to the pool.
//
// Threads: safe from all threads.
class MemoryNode {
 public:
  MemoryNode(FileId id, bool is_directory, std::shared_ptr<MemoryRegionPool> pool);
  MemoryNode(const MemoryNode&) = delete;
  MemoryNode& operator=(const MemoryNode&) = delete;
  ~MemoryNode();

  bool is_directory() const { return is_directory_; }
  FileInfo Info() const;
  void TakePermissionsOf(const FileInfo& like);

  std::size_t ReadAt(std::int64_t position, std::span<std::byte> into) const;
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first, std::span<const std::byte> second,
                       const std::string& path);
  // Makes the file `size` long if it is shorter.
  absl::Status Grow(std::int64_t size, const std::string& path);
  absl::Status Truncate(std::int64_t size, const std::string& path);
  void AcceptStaleBytes();

  // The address of the file's bytes, which stays until as many Unmap() have followed. While it is mapped, the file
  // can't grow beyond the largest size it was mapped with.
  absl::StatusOr<std::byte*> Map(std::size_t size, const std::string& path);
  void Unmap();

  // `owner` is an open file.
  bool TryLock(std::int64_t byte, LockKind kind, const void* owner);
  void Unlock(std::int64_t byte, const void* owner);
  void UnlockAll(const void* owner);
  bool IsLockedByOther(std::int64_t byte, const void* owner) const;

 private:
  struct Hold {
    const void* owner;
    LockKind kind;
  };

  absl::Status Reserve(std::size_t size, const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status GrowLocked(std::int64_t size, const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ZeroFrom(std::size_t position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FileId id_;
  const bool is_directory_;
  const std::shared_ptr<MemoryRegionPool> pool_;

  mutable base::Mutex mutex_;
  std::int64_t size_ ABSL_GUARDED_BY(mutex_) = 0;
  // None until something is stored or mapped; from then on it reserves at least size_ bytes.
  MemoryRegion region_ ABSL_GUARDED_BY(mutex_);
  int mappings_ ABSL_GUARDED_BY(mutex_) = 0;
  bool accepts_stale_bytes_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint32_t mode_ ABSL_GUARDED_BY(mutex_);
  std::uint32_t owner_ ABSL_GUARDED_BY(mutex_);
  std::uint32_t group_ ABSL_GUARDED_BY(mutex_);
  std::map<std::int64_t, std::vector<Hold>> locks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::io

#endif  // LEAT_IO_MEMORY_NODE_H_
