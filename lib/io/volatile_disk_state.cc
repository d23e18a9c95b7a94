#include "io/volatile_disk_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "io/memory_file_system.h"
#include "io/posix_error.h"

namespace leat::io {
namespace {

std::string Parent(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

VolatileDiskState::VolatileDiskState(std::uint64_t seed, std::uint64_t device, std::shared_ptr<FaultPlan> sync_plan)
    : content_(MakeMemoryFileSystem()),
      sync_plan_(std::move(sync_plan)),
      device_(device),
      random_(base::SeededRandom(seed)) {}

FileInfo VolatileDiskState::Seen(FileInfo info) {
  const base::MutexLock lock(mutex_);
  const auto found = files_.find(info.id.inode);
  info.id = found == files_.end() ? FileId{device_, 0} : found->second->id();  // none but the root is unknown
  return info;
}

absl::StatusOr<std::shared_ptr<StoredFile>> VolatileDiskState::Know(const std::string& path) {
  const absl::StatusOr<DirectoryHistory::Inode> inode = InodeOf(path);
  if (!inode.ok()) return inode.status();
  const auto found = files_.find(*inode);
  return found != files_.end() ? found->second : Name(path, {device_, ++last_inode_});
}

absl::StatusOr<std::shared_ptr<StoredFile>> VolatileDiskState::Name(const std::string& path, FileId id) {
  const absl::StatusOr<FileInfo> info = content_->Info(path);
  if (!info.ok()) return info.status();
  const absl::StatusOr<DirectoryHistory::Inode> parent = ParentOf(path);
  if (!parent.ok()) return parent.status();
  std::unique_ptr<File> content;
  if (!info->is_directory) {
    absl::StatusOr<std::unique_ptr<File>> opened = content_->Open(path, OpenMode::kRead);
    if (!opened.ok()) return opened.status();
    content = *std::move(opened);
  }
  auto made = StoredFile::Make(id, std::move(content));
  if (!made.ok()) return made.status();
  files_[info->id.inode] = *made;
  names_.Added(*parent, path.substr(path.find_last_of('/') + 1), info->id.inode);
  return made;
}

absl::StatusOr<DirectoryHistory::Inode> VolatileDiskState::ParentOf(const std::string& path) {
  return InodeOf(Parent(path));
}

absl::StatusOr<DirectoryHistory::Inode> VolatileDiskState::InodeOf(const std::string& path) {
  const absl::StatusOr<FileInfo> info = content_->Info(path);
  if (!info.ok()) return info.status();
  return info->id.inode;
}

absl::StatusOr<std::int64_t> VolatileDiskState::BytesBelow(const std::string& directory) {
  const auto names = content_->List(directory);
  if (!names.ok()) return names.status();
  std::int64_t bytes = 0;
  for (const std::string& name : *names) {
    const std::string path = JoinPath(directory, name);
    const absl::StatusOr<FileInfo> info = content_->Info(path);
    if (!info.ok()) return info.status();
    if (!info->is_directory) {
      bytes += info->size;
      continue;
    }
    const absl::StatusOr<std::int64_t> below = BytesBelow(path);
    if (!below.ok()) return below.status();
    bytes += *below;
  }
  return bytes;
}

absl::Status VolatileDiskState::CheckRoom(std::int64_t before, std::int64_t after, const std::string& path) {
  if (room_ == 0 || after <= before) return absl::OkStatus();
  const absl::StatusOr<std::int64_t> used = BytesBelow("/");
  if (!used.ok()) return used.status();
  return *used + (after - before) <= room_ ? absl::OkStatus() : PosixError(ENOSPC, "write", path);
}

absl::StatusOr<std::int64_t> VolatileDiskState::FreeBytes() {
  if (room_ == 0) return std::numeric_limits<std::int64_t>::max();
  const absl::StatusOr<std::int64_t> used = BytesBelow("/");
  if (!used.ok()) return used.status();
  return std::max<std::int64_t>(room_ - *used, 0);
}

absl::Status VolatileDiskState::Sync(StoredFile& file, int& failures_heard, const std::string& path) {
  const absl::Status planned = sync_plan_ == nullptr ? absl::OkStatus() : sync_plan_->Next(FileCall::kSync, path);
  const base::MutexLock lock(mutex_);
  if (!planned.ok()) {
    if (absl::Status failed = file.FailSync(*random_); !failed.ok()) return failed;
    failures_heard = file.failed_syncs();
    return planned;
  }
  if (failures_heard != file.failed_syncs()) {
    failures_heard = file.failed_syncs();
    return PosixError(EIO, "sync", path);
  }
  return file.Sync();
}

void VolatileDiskState::Forget() {
  const std::set<DirectoryHistory::Inode> mentioned = names_.Mentioned();
  std::erase_if(files_, [&mentioned](const auto& file) { return !mentioned.contains(file.first); });
}

absl::Status VolatileDiskState::WriteBack(std::uint64_t seed) {
  const std::shared_ptr<base::Random> random = base::SeededRandom(seed);
  const base::MutexLock lock(mutex_);
  names_.WriteBack(*random);
  for (const auto& [inode, file] : files_) {
    if (file->is_directory()) continue;
    if (absl::Status written = file->WriteBack(*random); !written.ok()) return written;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<VolatileDiskState>> VolatileDiskState::AfterPowerLoss(
    std::uint64_t seed, std::shared_ptr<FaultPlan> sync_plan) {
  const std::shared_ptr<base::Random> random = base::SeededRandom(seed);
  auto left = std::make_shared<VolatileDiskState>(random->Next(), device_, std::move(sync_plan));
  const base::MutexLock lock(mutex_);
  const base::MutexLock left_lock(left->mutex_);
  left->last_inode_ = last_inode_;
  left->room_ = room_;
  left->mapped_writes_ = mapped_writes_;
  const absl::StatusOr<DirectoryHistory::Inode> root = InodeOf("/");
  if (!root.ok()) return root.status();
  const DirectoryHistory::Tree tree = names_.AfterPowerLoss(*random);
  if (absl::Status restored = left->Restore(*this, tree, *root, "/", *random); !restored.ok()) return restored;
  left->names_.SyncAll();
  return left;
}

absl::Status VolatileDiskState::Restore(const VolatileDiskState& from, const DirectoryHistory::Tree& tree,
                                        DirectoryHistory::Inode directory, const std::string& path,
                                        base::Random& random) {
  const auto names = tree.find(directory);
  if (names == tree.end()) return absl::OkStatus();
  for (const auto& [name, inode] : names->second) {
    const auto file = from.files_.find(inode);
    if (file == from.files_.end()) continue;
    const std::string below = JoinPath(path, name);
    const bool is_directory = file->second->is_directory();
    absl::Status made = is_directory ? content_->MakeDirectory(below) : RestoreFile(*file->second, below, random);
    if (!made.ok()) return made;
    if (const auto named = Name(below, file->second->id()); !named.ok()) return named.status();
    if (!is_directory) continue;
    if (absl::Status restored = Restore(from, tree, inode, below, random); !restored.ok()) return restored;
  }
  return absl::OkStatus();
}

absl::Status VolatileDiskState::RestoreFile(const StoredFile& from, const std::string& path, base::Random& random) {
  const absl::StatusOr<std::string> bytes = from.AfterPowerLoss(random);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<std::unique_ptr<File>> file = content_->Open(path, OpenMode::kCreateNew);
  if (!file.ok()) return file.status();
  return (*file)->WriteAt(0, std::as_bytes(std::span(*bytes)));
}

}  // namespace leat::io
