// What the open files of a VolatileDisk share with it.
#ifndef LEAT_IO_VOLATILE_DISK_STATE_H_
#define LEAT_IO_VOLATILE_DISK_STATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "base/random.h"
#include "io/directory_history.h"
#include "io/fault_plan.h"
#include "io/file_system.h"
#include "io/stored_file.h"

namespace leat::io {

// Everything that changes names or the medium happens under one mutex, so that a power loss finds the two in step.
class VolatileDiskState {
 public:
  VolatileDiskState(std::uint64_t seed, std::uint64_t device, std::shared_ptr<FaultPlan> sync_plan);

  FileSystem& content() { return *content_; }
  base::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // The identity that the world sees of what `content` calls `info`.
  FileInfo Seen(FileInfo info) ABSL_LOCKS_EXCLUDED(mutex_);

  // What is at `path`. If that has just been made, its name is a change of its directory.
  absl::StatusOr<std::shared_ptr<StoredFile>> Know(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What a directory's history calls the parent directory of `path`.
  absl::StatusOr<DirectoryHistory::Inode> ParentOf(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<DirectoryHistory::Inode> InodeOf(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // kResourceExhausted when a file of `before` bytes cannot have `after`.
  absl::Status CheckRoom(std::int64_t before, std::int64_t after, const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Files that no power loss brings back.
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Status Sync(StoredFile& file, int& failures_heard, const std::string& path) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<std::shared_ptr<VolatileDiskState>> AfterPowerLoss(std::uint64_t seed,
                                                                    std::shared_ptr<FaultPlan> sync_plan)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status WriteBack(std::uint64_t seed) ABSL_LOCKS_EXCLUDED(mutex_);

  DirectoryHistory& names() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return names_; }
  absl::StatusOr<std::int64_t> FreeBytes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_room(std::int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { room_ = bytes; }
  void set_mapped_writes(bool allowed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { mapped_writes_ = allowed; }
  bool mapped_writes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return mapped_writes_; }

 private:
  absl::StatusOr<std::shared_ptr<StoredFile>> Name(const std::string& path, FileId id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::int64_t> BytesBelow(const std::string& directory);
  absl::Status Restore(const VolatileDiskState& from, const DirectoryHistory::Tree& tree,
                       DirectoryHistory::Inode directory, const std::string& path,
                       base::Random& random) ABSL_NO_THREAD_SAFETY_ANALYSIS;
  absl::Status RestoreFile(const StoredFile& from, const std::string& path, base::Random& random)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<FileSystem> content_;
  const std::shared_ptr<FaultPlan> sync_plan_;
  const std::uint64_t device_;

  base::Mutex mutex_;
  std::shared_ptr<base::Random> random_ ABSL_GUARDED_BY(mutex_);
  DirectoryHistory names_ ABSL_GUARDED_BY(mutex_);
  // By the inode that `content_` gave it, which is not what the world sees: that one outlives power losses.
  std::map<DirectoryHistory::Inode, std::shared_ptr<StoredFile>> files_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_inode_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t room_ ABSL_GUARDED_BY(mutex_) = 0;
  bool mapped_writes_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace leat::io

#endif  // LEAT_IO_VOLATILE_DISK_STATE_H_
