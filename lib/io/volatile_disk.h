// A file system in memory that knows what a power loss would leave of it: beside what everybody reads it keeps what has
// been synced, of files by the sector, of directories by the entry.
#ifndef LEAT_IO_VOLATILE_DISK_H_
#define LEAT_IO_VOLATILE_DISK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/fault_plan.h"
#include "io/file_system.h"

namespace leat::io {

class VolatileDiskState;

// It behaves as the memory file system does, and like a disk where that one does not: files have the same identity
// after a power loss; there is room for so many bytes only; syncs fail as they do on Linux. Of a sync that fails (which
// is what the plan is asked for, and for nothing else) every file open at that time hears once, on its own next sync;
// those opened later never hear of it, and what it should have written is not written by any sync that follows.
//
// Threads: safe from all threads.
class VolatileDisk final : public FileSystem {
 public:
  VolatileDisk(std::uint64_t seed, std::shared_ptr<FaultPlan> sync_plan);

  // What a power loss might leave at this moment, as a disk of its own: a subset of all sectors, sizes and directory
  // entries that were not synced, chosen by `seed`. This one goes on.
  absl::StatusOr<std::shared_ptr<VolatileDisk>> AfterPowerLoss(std::uint64_t seed,
                                                               std::shared_ptr<FaultPlan> sync_plan) const;

  // The kernel writes some of what is not synced, of its own accord.
  absl::Status WriteBack(std::uint64_t seed);

  // How many bytes its files may have together, 0 for any number. More is kResourceExhausted; what there is stays.
  // Counted by the files' sizes, of those that have a name.
  void SetRoom(std::int64_t bytes);

  // Whether bytes may be stored through mappings; yes, if nobody says otherwise.
  void SetMappedWrites(bool mapped_writes);

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  absl::StatusOr<FileInfo> Info(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status MakeDirectory(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& path) override;
  absl::StatusOr<FileSystemTraits> Traits(const std::string& path) override;
  absl::Status TakePermissionsOf(const std::string& directory, const FileInfo& like) override;
  absl::StatusOr<std::int64_t> FreeBytes(const std::string& path) override;

 private:
  explicit VolatileDisk(std::shared_ptr<VolatileDiskState> state);

  const std::shared_ptr<VolatileDiskState> state_;
};

}  // namespace leat::io

#endif  // LEAT_IO_VOLATILE_DISK_H_
