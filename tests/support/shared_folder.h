// A folder with a control file and a LOCK, and "processes" that share it: each with a slot and a locker of its own.
// To the kernel each is what a real process would be, because locks belong to open files; and each can die in the
// middle of anything without taking the test along.
#ifndef LEAT_TESTS_SUPPORT_SHARED_FOLDER_H_
#define LEAT_TESTS_SUPPORT_SHARED_FOLDER_H_

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/process.h"
#include "base/random.h"
#include "io/file_system.h"
#include "io/posix_file_system.h"
#include "log/log.h"
#include "log/page.h"
#include "log/segment_files.h"
#include "shared/control_file.h"
#include "shared/process_slot.h"
#include "shared/slot_lock.h"
#include "support/temp_folder.h"

namespace leat::testing {

template <typename T>
T Value(absl::StatusOr<T> from) {
  if (!from.ok()) throw std::runtime_error(from.status().ToString());
  return *std::move(from);
}
inline void Must(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

class SharedFolder {
 public:
  // One of those who share the folder.
  class Process {
   public:
    explicit Process(SharedFolder& folder, std::chrono::milliseconds max_block = std::chrono::seconds(60))
        : lock_file_(Value(folder.files().Open(folder / "LOCK", io::OpenMode::kCreate))),
          control_(Value(shared::ControlFile::Open(folder.files(), folder / "control", base::BootId(),
                                                   io::MapAccess::kReadWrite))),
          slot_(Value(shared::ProcessSlot::Join(*control_, *lock_file_))),
          locker_(std::make_unique<shared::Locker>(slot_->word(), *slot_, base::RealClock(), max_block)) {}

    shared::ControlFile& control() { return *control_; }
    shared::ProcessSlot& slot() { return *slot_; }
    const shared::Locker& locker() const { return *locker_; }
    std::uint32_t word() const { return slot_->word(); }

    // The kernel frees its locks; what it held in mapped memory stays as it was.
    void Die() { lock_file_.reset(); }

   private:
    std::unique_ptr<io::File> lock_file_;
    std::unique_ptr<shared::ControlFile> control_;
    std::unique_ptr<shared::ProcessSlot> slot_;
    std::unique_ptr<shared::Locker> locker_;
  };

  SharedFolder() : files_(io::MakePosixFileSystem()), random_(base::SeededRandom(1)) {
    Must(files_->MakeDirectory(folder_ / "t-0"));
    like_ = Value(files_->Info(folder_.path()));
    auto control = Value(
        shared::ControlFile::Make(*files_, folder_ / "control", base::MakeUuid(*random_), base::BootId(), like_));
    page_ = 0;
    shared::PartitionPage* page = Value(control->AddPage(base::MakeUuid(*random_), 1, 0));
    Value(files_->Open(SegmentPath(0), io::OpenMode::kCreateNew));
    log::FillPage(*page, {});
  }

  std::string operator/(std::string_view name) const { return folder_ / name; }
  io::FileSystem& files() { return *files_; }
  std::string partition_folder() const { return folder_ / "t-0"; }
  std::string SegmentPath(Offset base) const {
    return io::JoinPath(partition_folder(), log::SegmentFileName(base, log::kLogSuffix));
  }

  // The one partition's log, as `process` has it open.
  log::LogSettings Settings(Process& process) {
    log::LogSettings settings;
    settings.files = files_;
    settings.folder = partition_folder();
    settings.like = like_;
    settings.topic = "t";
    settings.control = &process.control();
    settings.page = &process.control().page(page_);
    settings.locker = &process.locker();
    settings.slot = process.slot().index();
    settings.clock = &base::RealClock();
    settings.segment_bytes = segment_bytes;
    settings.mapped_writes = mapped_writes;
    return settings;
  }
  std::shared_ptr<log::Log> OpenLog(Process& process) { return log::Log::Open(Settings(process)); }

  std::int64_t segment_bytes = 1 << 20;
  bool mapped_writes = true;

 private:
  TempFolder folder_;
  std::shared_ptr<io::FileSystem> files_;
  std::shared_ptr<base::Random> random_;
  io::FileInfo like_;
  std::uint32_t page_ = 0;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_SHARED_FOLDER_H_
