// A file system that does what another does, shows what is synced and stored, and loses writes as Linux does: when the
// kernel cannot write pages back, it says so once to each descriptor that is open then, on its next sync, and never to
// those that are opened later.
#ifndef LEAT_TESTS_SUPPORT_WATCHED_FILES_H_
#define LEAT_TESTS_SUPPORT_WATCHED_FILES_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "io/file_system.h"

namespace leat::testing {

// What the files of one WatchedFiles tell, in their order.
class FileJournal {
 public:
  void Note(std::string what) {
    const base::MutexLock lock(mutex_);
    notes_.push_back(std::move(what));
  }
  // "sync PATH", "sync folder PATH", "store PATH POSITION SIZE"; without the folders' names.
  std::vector<std::string> Take() {
    const base::MutexLock lock(mutex_);
    return std::exchange(notes_, {});
  }

  // A file is noted by the name that it has now.
  void Renamed(const std::string& from, const std::string& to) {
    const base::MutexLock lock(mutex_);
    names_[from] = to;
  }
  std::string NameOf(const std::string& path) {
    const base::MutexLock lock(mutex_);
    const auto found = names_.find(path);
    const std::string& now = found == names_.end() ? path : found->second;
    return now.substr(now.rfind('/') + 1);
  }

  std::atomic<int> syncs{0};
  std::atomic<int> losses{0};         // how often the kernel has failed to write back
  std::function<void()> before_sync;  // set while nobody syncs

 private:
  base::Mutex mutex_;
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> names_ ABSL_GUARDED_BY(mutex_);
};

class WatchedFile final : public io::File {
 public:
  WatchedFile(std::unique_ptr<io::File> file, std::shared_ptr<FileJournal> journal)
      : file_(std::move(file)), journal_(std::move(journal)), heard_(journal_->losses.load()) {}

  const std::string& path() const override { return file_->path(); }
  absl::StatusOr<io::FileInfo> Info() const override { return file_->Info(); }
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const override {
    return file_->ReadAt(position, into);
  }
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                       std::span<const std::byte> second) override {
    journal_->Note("store " + journal_->NameOf(path()) + " " + std::to_string(position) + " " +
                   std::to_string(first.size() + second.size()));
    return file_->WriteAt(position, first, second);
  }
  absl::Status Allocate(std::int64_t size) override { return file_->Allocate(size); }
  void AcceptStaleBytes() override { file_->AcceptStaleBytes(); }
  absl::Status Truncate(std::int64_t size) override { return file_->Truncate(size); }
  absl::Status Sync() override {
    if (journal_->before_sync) journal_->before_sync();
    journal_->syncs.fetch_add(1);
    journal_->Note("sync " + journal_->NameOf(path()));
    const int losses = journal_->losses.load();
    if (heard_.exchange(losses) != losses) return absl::DataLossError("the disk did not take it");
    return file_->Sync();
  }
  absl::StatusOr<std::unique_ptr<io::MappedFile>> Map(std::size_t size, io::MapAccess access) const override {
    return file_->Map(size, access);
  }
  absl::StatusOr<bool> TryLock(std::int64_t byte, io::LockKind kind) override { return file_->TryLock(byte, kind); }
  absl::Status Unlock(std::int64_t byte) override { return file_->Unlock(byte); }
  absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const override { return file_->IsLockedByOther(byte); }
  void CloseInForkedChild() override { file_->CloseInForkedChild(); }
  absl::Status TakePermissionsOf(const io::FileInfo& like) override { return file_->TakePermissionsOf(like); }

 private:
  const std::unique_ptr<io::File> file_;
  const std::shared_ptr<FileJournal> journal_;
  std::atomic<int> heard_;
};

class WatchedFiles final : public io::FileSystem {
 public:
  explicit WatchedFiles(std::shared_ptr<io::FileSystem> files)
      : files_(std::move(files)), journal_(std::make_shared<FileJournal>()) {}

  FileJournal& journal() { return *journal_; }

  absl::StatusOr<std::unique_ptr<io::File>> Open(const std::string& path, io::OpenMode mode) override {
    auto file = files_->Open(path, mode);
    if (!file.ok()) return file.status();
    return std::make_unique<WatchedFile>(*std::move(file), journal_);
  }
  absl::StatusOr<io::FileInfo> Info(const std::string& path) override { return files_->Info(path); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    return files_->List(directory);
  }
  absl::Status MakeDirectory(const std::string& path) override { return files_->MakeDirectory(path); }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    absl::Status renamed = files_->Rename(from, to);
    if (renamed.ok()) journal_->Renamed(from, to);
    return renamed;
  }
  absl::Status Remove(const std::string& path) override {
    journal_->Note("remove " + journal_->NameOf(path));
    return files_->Remove(path);
  }
  absl::Status SyncDirectory(const std::string& path) override {
    journal_->Note("sync folder " + journal_->NameOf(path));
    return files_->SyncDirectory(path);
  }
  absl::StatusOr<io::FileSystemTraits> Traits(const std::string& path) override { return files_->Traits(path); }
  absl::Status TakePermissionsOf(const std::string& directory, const io::FileInfo& like) override {
    return files_->TakePermissionsOf(directory, like);
  }

 private:
  const std::shared_ptr<io::FileSystem> files_;
  const std::shared_ptr<FileJournal> journal_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_WATCHED_FILES_H_
