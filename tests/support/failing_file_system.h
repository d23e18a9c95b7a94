// A file system that does what another does, until a call of the test's choice fails.
//
//   auto files = std::make_shared<FailingFileSystem>(io::MakeMemoryFileSystem());
//   files->FailAt(1, absl::ResourceExhaustedError("disk full"), FileCall::kAllocate);
//
// To fail each call in turn: run once and take calls(), then run again with FailAt(n, ...) for every n up to that.
#ifndef LEAT_TESTS_SUPPORT_FAILING_FILE_SYSTEM_H_
#define LEAT_TESTS_SUPPORT_FAILING_FILE_SYSTEM_H_

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "io/file_system.h"

namespace leat::testing {

enum class FileCall : std::uint8_t {
  kAny,
  kOpen,
  kInfo,  // of a file or of a path
  kRead,
  kWrite,
  kAllocate,
  kTruncate,
  kSync,
  kMap,
  kLock,  // TryLock, Unlock, IsLockedByOther
  kPermissions,
  kList,
  kMakeDirectory,
  kRename,
  kRemove,
  kSyncDirectory,
  kTraits,
};

// Which call fails, and how many there were. A call that fails is counted and does nothing.
// Threads: safe from all threads.
class FilePlan {
 public:
  absl::Status Next(FileCall kind) {
    const base::MutexLock lock(mutex_);
    ++Count(FileCall::kAny);
    ++Count(kind);
    const int now = Count(fails_);
    if (at_ == 0 || (fails_ != FileCall::kAny && fails_ != kind)) return absl::OkStatus();
    return now == at_ || (now > at_ && stays_) ? with_ : absl::OkStatus();
  }

  void Set(int at, bool stays, absl::Status with, FileCall kind) {
    const base::MutexLock lock(mutex_);
    fails_ = kind;
    at_ = at == 0 ? 0 : Count(kind) + at;
    stays_ = stays;
    with_ = std::move(with);
  }

  int calls(FileCall kind) {
    const base::MutexLock lock(mutex_);
    return Count(kind);
  }

 private:
  int& Count(FileCall kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return counts_[static_cast<std::size_t>(kind)]; }

  base::Mutex mutex_;
  std::array<int, static_cast<std::size_t>(FileCall::kTraits) + 1> counts_ ABSL_GUARDED_BY(mutex_) = {};
  FileCall fails_ ABSL_GUARDED_BY(mutex_) = FileCall::kAny;
  int at_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stays_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status with_ ABSL_GUARDED_BY(mutex_);
};

class FailingFile final : public io::File {
 public:
  FailingFile(std::unique_ptr<io::File> file, std::shared_ptr<FilePlan> plan)
      : file_(std::move(file)), plan_(std::move(plan)) {}

  const std::string& path() const override { return file_->path(); }
  absl::StatusOr<io::FileInfo> Info() const override {
    if (absl::Status status = plan_->Next(FileCall::kInfo); !status.ok()) return status;
    return file_->Info();
  }
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const override {
    if (absl::Status status = plan_->Next(FileCall::kRead); !status.ok()) return status;
    return file_->ReadAt(position, into);
  }
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                       std::span<const std::byte> second) override {
    if (absl::Status status = plan_->Next(FileCall::kWrite); !status.ok()) return status;
    return file_->WriteAt(position, first, second);
  }
  absl::Status Allocate(std::int64_t size) override {
    if (absl::Status status = plan_->Next(FileCall::kAllocate); !status.ok()) return status;
    return file_->Allocate(size);
  }
  void AcceptStaleBytes() override { file_->AcceptStaleBytes(); }
  absl::Status Truncate(std::int64_t size) override {
    if (absl::Status status = plan_->Next(FileCall::kTruncate); !status.ok()) return status;
    return file_->Truncate(size);
  }
  absl::Status Sync() override {
    if (absl::Status status = plan_->Next(FileCall::kSync); !status.ok()) return status;
    return file_->Sync();
  }
  absl::StatusOr<std::unique_ptr<io::MappedFile>> Map(std::size_t size, io::MapAccess access) const override {
    if (absl::Status status = plan_->Next(FileCall::kMap); !status.ok()) return status;
    return file_->Map(size, access);
  }
  absl::StatusOr<bool> TryLock(std::int64_t byte, io::LockKind kind) override {
    if (absl::Status status = plan_->Next(FileCall::kLock); !status.ok()) return status;
    return file_->TryLock(byte, kind);
  }
  absl::Status Unlock(std::int64_t byte) override {
    if (absl::Status status = plan_->Next(FileCall::kLock); !status.ok()) return status;
    return file_->Unlock(byte);
  }
  absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const override {
    if (absl::Status status = plan_->Next(FileCall::kLock); !status.ok()) return status;
    return file_->IsLockedByOther(byte);
  }
  void CloseInForkedChild() override { file_->CloseInForkedChild(); }
  absl::Status TakePermissionsOf(const io::FileInfo& like) override {
    if (absl::Status status = plan_->Next(FileCall::kPermissions); !status.ok()) return status;
    return file_->TakePermissionsOf(like);
  }

 private:
  const std::unique_ptr<io::File> file_;
  const std::shared_ptr<FilePlan> plan_;
};

class FailingFileSystem final : public io::FileSystem {
 public:
  explicit FailingFileSystem(std::shared_ptr<io::FileSystem> files) : files_(std::move(files)) {}

  // The `n`-th call of that kind from now on fails with `with`; 1 is the next one. Takes the place of an earlier
  // plan.
  void FailAt(int n, absl::Status with, FileCall kind = FileCall::kAny) {
    plan_->Set(n, false, std::move(with), kind);
  }
  // Likewise, and so does every one after it.
  void FailFrom(int n, absl::Status with, FileCall kind = FileCall::kAny) {
    plan_->Set(n, true, std::move(with), kind);
  }
  // From now on nothing fails.
  void Heal() { plan_->Set(0, false, absl::OkStatus(), FileCall::kAny); }

  // How many calls of that kind there were since this object was made, those that failed included.
  int calls(FileCall kind = FileCall::kAny) const { return plan_->calls(kind); }

  absl::StatusOr<std::unique_ptr<io::File>> Open(const std::string& path, io::OpenMode mode) override {
    if (absl::Status status = plan_->Next(FileCall::kOpen); !status.ok()) return status;
    absl::StatusOr<std::unique_ptr<io::File>> file = files_->Open(path, mode);
    if (!file.ok()) return file.status();
    return std::make_unique<FailingFile>(*std::move(file), plan_);
  }
  absl::StatusOr<io::FileInfo> Info(const std::string& path) override {
    if (absl::Status status = plan_->Next(FileCall::kInfo); !status.ok()) return status;
    return files_->Info(path);
  }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    if (absl::Status status = plan_->Next(FileCall::kList); !status.ok()) return status;
    return files_->List(directory);
  }
  absl::Status MakeDirectory(const std::string& path) override {
    if (absl::Status status = plan_->Next(FileCall::kMakeDirectory); !status.ok()) return status;
    return files_->MakeDirectory(path);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (absl::Status status = plan_->Next(FileCall::kRename); !status.ok()) return status;
    return files_->Rename(from, to);
  }
  absl::Status Remove(const std::string& path) override {
    if (absl::Status status = plan_->Next(FileCall::kRemove); !status.ok()) return status;
    return files_->Remove(path);
  }
  absl::Status SyncDirectory(const std::string& path) override {
    if (absl::Status status = plan_->Next(FileCall::kSyncDirectory); !status.ok()) return status;
    return files_->SyncDirectory(path);
  }
  absl::StatusOr<io::FileSystemTraits> Traits(const std::string& path) override {
    if (absl::Status status = plan_->Next(FileCall::kTraits); !status.ok()) return status;
    return files_->Traits(path);
  }
  absl::Status TakePermissionsOf(const std::string& directory, const io::FileInfo& like) override {
    if (absl::Status status = plan_->Next(FileCall::kPermissions); !status.ok()) return status;
    return files_->TakePermissionsOf(directory, like);
  }

 private:
  const std::shared_ptr<io::FileSystem> files_;
  const std::shared_ptr<FilePlan> plan_ = std::make_shared<FilePlan>();
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_FAILING_FILE_SYSTEM_H_
