#include "io/failing_file_system.h"

namespace leat::io {
namespace {

class FailingFile final : public File {
 public:
  FailingFile(std::unique_ptr<File> file, std::shared_ptr<FaultPlan> plan, FailingFileSystem::Syncs syncs)
      : file_(std::move(file)), plan_(std::move(plan)), syncs_(syncs) {}

  const std::string& path() const override { return file_->path(); }
  absl::StatusOr<FileInfo> Info() const override {
    if (absl::Status status = Next(FileCall::kInfo); !status.ok()) return status;
    return file_->Info();
  }
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const override {
    if (absl::Status status = Next(FileCall::kRead); !status.ok()) return status;
    return file_->ReadAt(position, into);
  }
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                       std::span<const std::byte> second) override {
    if (absl::Status status = Next(FileCall::kWrite); !status.ok()) return status;
    return file_->WriteAt(position, first, second);
  }
  absl::Status Allocate(std::int64_t size) override {
    if (absl::Status status = Next(FileCall::kAllocate); !status.ok()) return status;
    return file_->Allocate(size);
  }
  void AcceptStaleBytes() override { file_->AcceptStaleBytes(); }
  void OverwriteInPlace() override { file_->OverwriteInPlace(); }
  absl::Status Truncate(std::int64_t size) override {
    if (absl::Status status = Next(FileCall::kTruncate); !status.ok()) return status;
    return file_->Truncate(size);
  }
  absl::Status Sync() override {
    if (syncs_ == FailingFileSystem::Syncs::kFailBelow) return file_->Sync();
    if (absl::Status status = Next(FileCall::kSync); !status.ok()) return status;
    return file_->Sync();
  }
  absl::StatusOr<std::unique_ptr<MappedFile>> Map(std::size_t size, MapAccess access) const override {
    if (absl::Status status = Next(FileCall::kMap); !status.ok()) return status;
    return file_->Map(size, access);
  }
  absl::StatusOr<bool> TryLock(std::int64_t byte, LockKind kind) override {
    if (absl::Status status = Next(FileCall::kLock); !status.ok()) return status;
    return file_->TryLock(byte, kind);
  }
  absl::Status Unlock(std::int64_t byte) override {
    if (absl::Status status = Next(FileCall::kLock); !status.ok()) return status;
    return file_->Unlock(byte);
  }
  absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const override {
    if (absl::Status status = Next(FileCall::kLock); !status.ok()) return status;
    return file_->IsLockedByOther(byte);
  }
  void CloseInForkedChild() override { file_->CloseInForkedChild(); }
  absl::Status TakePermissionsOf(const FileInfo& like) override {
    if (absl::Status status = Next(FileCall::kPermissions); !status.ok()) return status;
    return file_->TakePermissionsOf(like);
  }

 private:
  absl::Status Next(FileCall kind) const { return plan_->Next(kind, file_->path()); }

  const std::unique_ptr<File> file_;
  const std::shared_ptr<FaultPlan> plan_;
  const FailingFileSystem::Syncs syncs_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<File>> FailingFileSystem::Open(const std::string& path, OpenMode mode) {
  if (absl::Status status = plan_->Next(FileCall::kOpen, path); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<File>> file = files_->Open(path, mode);
  if (!file.ok()) return file.status();
  return std::make_unique<FailingFile>(*std::move(file), plan_, syncs_);
}

absl::StatusOr<FileInfo> FailingFileSystem::Info(const std::string& path) {
  if (absl::Status status = plan_->Next(FileCall::kInfo, path); !status.ok()) return status;
  return files_->Info(path);
}

absl::StatusOr<std::vector<std::string>> FailingFileSystem::List(const std::string& directory) {
  if (absl::Status status = plan_->Next(FileCall::kList, directory); !status.ok()) return status;
  return files_->List(directory);
}

absl::Status FailingFileSystem::MakeDirectory(const std::string& path) {
  if (absl::Status status = plan_->Next(FileCall::kMakeDirectory, path); !status.ok()) return status;
  return files_->MakeDirectory(path);
}

absl::Status FailingFileSystem::Rename(const std::string& from, const std::string& to) {
  if (absl::Status status = plan_->Next(FileCall::kRename, to); !status.ok()) return status;
  return files_->Rename(from, to);
}

absl::Status FailingFileSystem::Remove(const std::string& path) {
  if (absl::Status status = plan_->Next(FileCall::kRemove, path); !status.ok()) return status;
  return files_->Remove(path);
}

absl::Status FailingFileSystem::SyncDirectory(const std::string& path) {
  if (absl::Status status = plan_->Next(FileCall::kSyncDirectory, path); !status.ok()) return status;
  return files_->SyncDirectory(path);
}

absl::StatusOr<FileSystemTraits> FailingFileSystem::Traits(const std::string& path) {
  if (absl::Status status = plan_->Next(FileCall::kTraits, path); !status.ok()) return status;
  return files_->Traits(path);
}

absl::StatusOr<std::int64_t> FailingFileSystem::FreeBytes(const std::string& path) {
  if (absl::Status status = plan_->Next(FileCall::kTraits, path); !status.ok()) return status;
  return files_->FreeBytes(path);
}

absl::Status FailingFileSystem::TakePermissionsOf(const std::string& directory, const FileInfo& like) {
  if (absl::Status status = plan_->Next(FileCall::kPermissions, directory); !status.ok()) return status;
  return files_->TakePermissionsOf(directory, like);
}

}  // namespace leat::io
