// A file system that does what another does, until a call of somebody's choice fails.
//
//   auto files = std::make_shared<FailingFileSystem>(MakeMemoryFileSystem());
//   files->FailAt(1, absl::ResourceExhaustedError("disk full"), FileCall::kAllocate);
//
// To fail each call in turn: run once and take calls(), then run again with FailAt(n, ...) for every n up to that.
#ifndef LEAT_IO_FAILING_FILE_SYSTEM_H_
#define LEAT_IO_FAILING_FILE_SYSTEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/fault_plan.h"
#include "io/file_system.h"

namespace leat::io {

// A call that fails is counted and does nothing.
// Threads: safe from all threads.
class FailingFileSystem final : public FileSystem {
 public:
  // Who asks the plan whether a sync fails: this one, for which nothing has happened then, or the file system below.
  enum class Syncs : std::uint8_t { kFailHere, kFailBelow };

  explicit FailingFileSystem(std::shared_ptr<FileSystem> files,
                             std::shared_ptr<FaultPlan> plan = std::make_shared<FaultPlan>(),
                             Syncs syncs = Syncs::kFailHere)
      : files_(std::move(files)), plan_(std::move(plan)), syncs_(syncs) {}

  // FaultPlan::Fail.
  void FailAt(int n, absl::Status with, FileCall kind = FileCall::kAny, std::string path_part = {}) {
    plan_->Fail(n, false, std::move(with), kind, std::move(path_part));
  }
  void FailFrom(int n, absl::Status with, FileCall kind = FileCall::kAny) {
    plan_->Fail(n, true, std::move(with), kind);
  }
  // From now on nothing fails.
  void Heal() { plan_->Heal(); }

  // How many calls of that kind there were since this object was made, those that failed included.
  int calls(FileCall kind = FileCall::kAny) const { return plan_->calls(kind); }

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
  const std::shared_ptr<FileSystem> files_;
  const std::shared_ptr<FaultPlan> plan_;
  const Syncs syncs_;
};

}  // namespace leat::io

#endif  // LEAT_IO_FAILING_FILE_SYSTEM_H_
