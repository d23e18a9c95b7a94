#include "io/volatile_disk.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "io/volatile_disk_state.h"

namespace leat::io {
namespace {

// None that a real disk, or the memory file system, gives.
std::uint64_t NextDevice() {
  static std::atomic<std::uint64_t> last{std::uint64_t{1} << 40};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

class VolatileMappedFile final : public MappedFile {
 public:
  VolatileMappedFile(std::unique_ptr<MappedFile> content, std::shared_ptr<StoredFile> stored,
                     std::shared_ptr<VolatileDiskState> state, std::string path, int failures_heard)
      : MappedFile(content->data(), content->size()),
        content_(std::move(content)),
        stored_(std::move(stored)),
        state_(std::move(state)),
        path_(std::move(path)),
        failures_heard_(failures_heard) {}

  void AdviseHugePages() override { content_->AdviseHugePages(); }
  absl::Status Populate(std::size_t position, std::size_t size) override {
    return content_->Populate(position, size);
  }

  absl::Status Sync(std::size_t position, std::size_t size) override {
    if (absl::Status status = content_->Sync(position, size); !status.ok()) return status;
    return state_->Sync(*stored_, failures_heard_, path_);  // the whole file: nobody may count on more than it said
  }

 private:
  const std::unique_ptr<MappedFile> content_;
  const std::shared_ptr<StoredFile> stored_;
  const std::shared_ptr<VolatileDiskState> state_;
  const std::string path_;
  int failures_heard_;
};

class VolatileFile final : public File {
 public:
  VolatileFile(std::unique_ptr<File> content, std::shared_ptr<StoredFile> stored,
               std::shared_ptr<VolatileDiskState> state)
      : content_(std::move(content)),
        stored_(std::move(stored)),
        state_(std::move(state)),
        failures_heard_(stored_->failed_syncs()) {}

  const std::string& path() const override { return content_->path(); }
  absl::StatusOr<FileInfo> Info() const override {
    absl::StatusOr<FileInfo> info = content_->Info();
    if (info.ok()) info->id = stored_->id();
    return info;
  }
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const override {
    return content_->ReadAt(position, into);
  }
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                       std::span<const std::byte> second) override {
    const base::MutexLock lock(state_->mutex());
    const std::int64_t end = position + static_cast<std::int64_t>(first.size() + second.size());
    if (absl::Status room = CheckRoom(end); !room.ok()) return room;
    return content_->WriteAt(position, first, second);
  }
  absl::Status Allocate(std::int64_t size) override {
    const base::MutexLock lock(state_->mutex());
    if (absl::Status room = CheckRoom(size); !room.ok()) return room;
    return content_->Allocate(size);
  }
  absl::Status Truncate(std::int64_t size) override {
    const base::MutexLock lock(state_->mutex());
    return content_->Truncate(size);
  }
  absl::Status Sync() override { return state_->Sync(*stored_, failures_heard_, path()); }
  absl::StatusOr<std::unique_ptr<MappedFile>> Map(std::size_t size, MapAccess access) const override {
    absl::StatusOr<std::unique_ptr<MappedFile>> mapped = content_->Map(size, access);
    if (!mapped.ok()) return mapped.status();
    return std::make_unique<VolatileMappedFile>(*std::move(mapped), stored_, state_, path(), failures_heard_);
  }
  absl::StatusOr<bool> TryLock(std::int64_t byte, LockKind kind) override { return content_->TryLock(byte, kind); }
  absl::Status Unlock(std::int64_t byte) override { return content_->Unlock(byte); }
  absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const override { return content_->IsLockedByOther(byte); }
  absl::Status TakePermissionsOf(const FileInfo& like) override { return content_->TakePermissionsOf(like); }

 private:
  absl::Status CheckRoom(std::int64_t end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex()) {
    const absl::StatusOr<FileInfo> info = content_->Info();
    if (!info.ok()) return info.status();
    return state_->CheckRoom(info->size, end, path());
  }

  const std::unique_ptr<File> content_;
  const std::shared_ptr<StoredFile> stored_;
  const std::shared_ptr<VolatileDiskState> state_;
  int failures_heard_;
};

}  // namespace

VolatileDisk::VolatileDisk(std::uint64_t seed, std::shared_ptr<FaultPlan> sync_plan)
    : VolatileDisk(std::make_shared<VolatileDiskState>(seed, NextDevice(), std::move(sync_plan))) {}

VolatileDisk::VolatileDisk(std::shared_ptr<VolatileDiskState> state) : state_(std::move(state)) {}

absl::StatusOr<std::shared_ptr<VolatileDisk>> VolatileDisk::AfterPowerLoss(
    std::uint64_t seed, std::shared_ptr<FaultPlan> sync_plan) const {
  auto left = state_->AfterPowerLoss(seed, std::move(sync_plan));
  if (!left.ok()) return left.status();
  return std::shared_ptr<VolatileDisk>(new VolatileDisk(*std::move(left)));
}

absl::Status VolatileDisk::WriteBack(std::uint64_t seed) { return state_->WriteBack(seed); }

void VolatileDisk::SetRoom(std::int64_t bytes) {
  const base::MutexLock lock(state_->mutex());
  state_->set_room(bytes);
}

void VolatileDisk::SetMappedWrites(bool mapped_writes) {
  const base::MutexLock lock(state_->mutex());
  state_->set_mapped_writes(mapped_writes);
}

absl::StatusOr<std::unique_ptr<File>> VolatileDisk::Open(const std::string& path, OpenMode mode) {
  const base::MutexLock lock(state_->mutex());
  absl::StatusOr<std::unique_ptr<File>> content = state_->content().Open(path, mode);
  if (!content.ok()) return content.status();
  auto stored = state_->Know(path);
  if (!stored.ok()) return stored.status();
  return std::make_unique<VolatileFile>(*std::move(content), *std::move(stored), state_);
}

absl::StatusOr<FileInfo> VolatileDisk::Info(const std::string& path) {
  const absl::StatusOr<FileInfo> info = state_->content().Info(path);
  if (!info.ok()) return info.status();
  return state_->Seen(*info);
}

absl::StatusOr<std::vector<std::string>> VolatileDisk::List(const std::string& directory) {
  return state_->content().List(directory);
}

absl::Status VolatileDisk::MakeDirectory(const std::string& path) {
  const base::MutexLock lock(state_->mutex());
  if (absl::Status made = state_->content().MakeDirectory(path); !made.ok()) return made;
  return state_->Know(path).status();
}

absl::Status VolatileDisk::Rename(const std::string& from, const std::string& to) {
  const base::MutexLock lock(state_->mutex());
  const auto inode = state_->InodeOf(from);
  if (absl::Status renamed = state_->content().Rename(from, to); !renamed.ok()) return renamed;
  const auto from_directory = state_->ParentOf(from);
  const auto to_directory = state_->ParentOf(to);
  if (!inode.ok() || !from_directory.ok() || !to_directory.ok()) return absl::InternalError("lost after a rename");
  state_->names().Renamed(*from_directory, from.substr(from.find_last_of('/') + 1), *to_directory,
                          to.substr(to.find_last_of('/') + 1), *inode);
  return absl::OkStatus();
}

absl::Status VolatileDisk::Remove(const std::string& path) {
  const base::MutexLock lock(state_->mutex());
  if (absl::Status removed = state_->content().Remove(path); !removed.ok()) return removed;
  const auto directory = state_->ParentOf(path);
  if (!directory.ok()) return directory.status();
  state_->names().Removed(*directory, path.substr(path.find_last_of('/') + 1));
  return absl::OkStatus();
}

absl::Status VolatileDisk::SyncDirectory(const std::string& path) {
  const base::MutexLock lock(state_->mutex());
  if (absl::Status synced = state_->content().SyncDirectory(path); !synced.ok()) return synced;
  const auto inode = state_->InodeOf(path);
  if (!inode.ok()) return inode.status();
  state_->names().Sync(*inode);
  state_->Forget();
  return absl::OkStatus();
}

absl::StatusOr<FileSystemTraits> VolatileDisk::Traits(const std::string& path) {
  absl::StatusOr<FileSystemTraits> traits = state_->content().Traits(path);
  if (!traits.ok()) return traits.status();
  const base::MutexLock lock(state_->mutex());
  traits->name = "a simulated disk";
  traits->mapped_writes = state_->mapped_writes();
  traits->needs_sync = true;
  return traits;
}

absl::StatusOr<std::int64_t> VolatileDisk::FreeBytes(const std::string&) {
  const base::MutexLock lock(state_->mutex());
  return state_->FreeBytes();
}

absl::Status VolatileDisk::TakePermissionsOf(const std::string& directory, const FileInfo& like) {
  return state_->content().TakePermissionsOf(directory, like);
}

}  // namespace leat::io
