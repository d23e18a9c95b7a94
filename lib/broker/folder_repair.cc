#include "broker/folder_repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/process.h"
#include "broker/folder.h"
#include "broker/folder_holders.h"
#include "broker/folder_lock.h"
#include "broker/page_check.h"
#include "broker/partition_repair.h"
#include "broker/topic_mending.h"
#include "io/posix_file_system.h"
#include "shared/control_file.h"

namespace leat::broker {
namespace {

// A topic, and the repair of those of its partitions that could be looked at.
struct TopicRepair {
  TopicFile file;
  std::vector<std::pair<PartitionId, std::unique_ptr<PartitionRepair>>> partitions = {};
};

class FolderRepair {
 public:
  FolderRepair(std::string path, const RepairOptions& options, Environment environment)
      : path_(std::move(path)),
        options_(options),
        environment_(std::move(environment)),
        files_(*environment_.files) {}

  absl::StatusOr<RepairReport> Run();

 private:
  absl::Status FindFolder();
  absl::Status TakeLock();
  absl::Status HeldBy(const io::File& lock_file) const;
  absl::Status OpenControl();
  absl::Status ReadTopics();
  shared::PartitionPage* PageOf(const TopicFile& topic, PartitionId partition);

  absl::Status Look();
  absl::Status Execute();
  absl::Status Execute(TopicRepair& topic);
  absl::Status AllowGaps(TopicRepair& topic);
  absl::Status OpenAndClose();

  FolderPlace place() const { return {files_, path_, like_}; }

  const std::string path_;
  const RepairOptions& options_;
  const Environment environment_;
  io::FileSystem& files_;
  io::FileInfo like_;
  std::unique_ptr<io::File> lock_file_;
  std::unique_ptr<shared::ControlFile> control_;  // null: what it says does not hold
  std::unique_ptr<PageMap> pages_;
  std::vector<TopicRepair> topics_;
  RepairReport report_;
};

absl::StatusOr<RepairReport> FolderRepair::Run() {
  if (absl::Status s = FindFolder(); !s.ok()) return s;
  if (absl::Status s = TakeLock(); !s.ok()) return s;
  if (absl::Status s = OpenControl(); !s.ok()) return s;
  if (absl::Status s = ReadTopics(); !s.ok()) return s;
  if (absl::Status s = Look(); !s.ok()) return s;
  if (options_.execute && !report_.steps.empty()) {
    if (absl::Status s = Execute(); !s.ok()) return s;
    report_.executed = true;
  }
  return std::move(report_);
}

absl::Status FolderRepair::FindFolder() {
  const auto info = files_.Info(path_);
  if (!info.ok()) return info.status();
  like_ = *info;
  const auto meta = ReadFolderMeta(files_, path_, !options_.execute);
  if (absl::IsNotFound(meta.status())) {
    return absl::NotFoundError(fmt::format("{}: is not a leat folder (it has no {})", path_, kMetaFileName));
  }
  if (!meta.ok() || !options_.execute) return meta.status();
  const auto traits = files_.Traits(path_);
  if (!traits.ok() || traits->supported) return traits.status();
  return absl::FailedPreconditionError(
      fmt::format("{}: lies on {}, which cannot carry a leat folder; copy it to a local disk, and repair the copy",
                  path_, traits->name));
}

// To look, it is enough that nobody has it open at this moment, which who may only read can ask, too.
absl::Status FolderRepair::TakeLock() {
  if (options_.execute) {
    auto file = OpenLockFile(files_, path_, like_);
    if (!file.ok()) return file.status();
    lock_file_ = *std::move(file);
    const auto alone = lock_file_->TryLock(shared::kFolderByte, io::LockKind::kExclusive);
    if (!alone.ok()) return alone.status();
    return *alone ? absl::OkStatus() : HeldBy(*lock_file_);
  }
  const auto file = files_.Open(io::JoinPath(path_, kLockFileName), io::OpenMode::kRead);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  if (!file.ok()) return file.status();
  const auto held = (*file)->IsLockedByOther(shared::kFolderByte);
  if (!held.ok()) return held.status();
  return *held ? HeldBy(**file) : absl::OkStatus();
}

absl::Status FolderRepair::HeldBy(const io::File& lock_file) const {
  std::vector<std::int32_t> pids;
  const std::shared_ptr<io::FileSystem> machine = io::MakePosixFileSystem();
  if (const auto info = lock_file.Info(); info.ok()) pids = FindHolders(*machine, info->id);
  std::erase(pids, base::CurrentPid());
  return absl::FailedPreconditionError(
      fmt::format("{}: is open, held {}{}; a folder is repaired while nobody has it open: close it there first",
                  path_, pids.empty() ? "" : "by ", DescribeHolders(pids)));
}

absl::Status FolderRepair::OpenControl() {
  const auto access = options_.execute ? io::MapAccess::kReadWrite : io::MapAccess::kRead;
  auto control =
      shared::ControlFile::Open(files_, io::JoinPath(path_, kControlFileName), environment_.boot_id, access);
  if (absl::IsNotFound(control.status())) return absl::OkStatus();
  if (!control.ok()) return control.status();
  // As whoever opens the folder would: what does not hold is not believed.
  if ((*control)->verdict() != shared::IdentityVerdict::kOurs) return absl::OkStatus();
  if ((*control)->header().topic_generation.load(std::memory_order_acquire) == 0) return absl::OkStatus();
  control_ = *std::move(control);
  pages_ = std::make_unique<PageMap>(*control_);
  return absl::OkStatus();
}

absl::Status FolderRepair::ReadTopics() {
  auto names = ListTopicNames(place());
  if (!names.ok()) return names.status();
  for (const std::string& wanted : options_.topics) {
    if (std::binary_search(names->topics.begin(), names->topics.end(), wanted)) continue;
    return absl::NotFoundError(fmt::format("there is no topic '{}' in {}", wanted, path_));
  }
  for (const std::string& name : names->topics) {
    const auto& wanted = options_.topics;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    auto topic = ReadTopicFile(files_, path_, name);
    if (!topic.ok()) return topic.status();
    topics_.push_back({.file = *std::move(topic)});
  }
  return absl::OkStatus();
}

shared::PartitionPage* FolderRepair::PageOf(const TopicFile& topic, PartitionId partition) {
  if (control_ == nullptr) return nullptr;
  shared::PartitionPage* const page = pages_->Find(topic.id, partition);
  if (page == nullptr) return nullptr;
  const auto possible = IsPossible(*page, files_, PartitionFolderPath(place(), topic.name, partition));
  return possible.ok() && *possible ? page : nullptr;
}

absl::Status FolderRepair::Look() {
  RecoveryProgress progress;
  for (const TopicRepair& topic : topics_) progress.partitions += topic.file.options.partitions;
  const auto on_scanned = [&](std::int64_t bytes) {
    progress.bytes_scanned += bytes;
    if (options_.on_progress) options_.on_progress(progress);
  };
  for (TopicRepair& topic : topics_) {
    for (PartitionId p = 0; p < topic.file.options.partitions; ++p) {
      const std::size_t before = report_.steps.size();
      auto repair = std::make_unique<PartitionRepair>(place(), topic.file, p, PageOf(topic.file, p));
      const absl::Status looked = repair->Look(on_scanned, report_);
      if (looked.ok()) {
        if (repair->has_work()) topic.partitions.emplace_back(p, std::move(repair));
      } else {
        // Other partitions can be helped all the same.
        report_.steps.resize(before);
        report_.left.push_back(absl::Status(
            looked.code(), fmt::format("partition {} of topic {}: {}", p, topic.file.name,
                                       std::string_view(looked.message().data(), looked.message().size()))));
      }
      ++progress.partitions_done;
    }
  }
  report_.bytes_read = progress.bytes_scanned;
  return absl::OkStatus();
}

absl::Status FolderRepair::Execute() {
  for (TopicRepair& topic : topics_) {
    if (absl::Status done = Execute(topic); !done.ok()) return done;
  }
  // What is mapped read-only elsewhere is looked up anew.
  if (control_ != nullptr) control_->header().topic_generation.fetch_add(1, std::memory_order_acq_rel);
  pages_.reset();
  control_.reset();
  lock_file_.reset();
  return OpenAndClose();
}

absl::Status FolderRepair::Execute(TopicRepair& topic) {
  for (auto& [id, repair] : topic.partitions) {
    if (absl::Status kept = repair->KeepFacts(report_); !kept.ok()) return kept;
    // Whoever opens the folder now recovers the partition from its files, and finds in them all that the page said.
    if (control_ != nullptr) {
      if (shared::PartitionPage* page = pages_->Find(topic.file.id, id); page != nullptr) {
        shared::ControlFile::FreePage(*page);
      }
    }
  }
  if (absl::Status allowed = AllowGaps(topic); !allowed.ok()) return allowed;
  for (auto& [id, repair] : topic.partitions) {
    if (absl::Status mended = repair->Mend(report_); !mended.ok()) return mended;
  }
  return absl::OkStatus();
}

absl::Status FolderRepair::AllowGaps(TopicRepair& topic) {
  const bool needed = std::any_of(topic.partitions.begin(), topic.partitions.end(),
                                  [](const auto& partition) { return partition.second->makes_gaps(); });
  if (!needed || topic.file.adopted) return absl::OkStatus();
  TopicFile with_gaps = topic.file;
  with_gaps.adopted = true;
  return io::ReplaceFile(files_, TopicFilePath(path_, with_gaps.name), FormatTopicFile(with_gaps), "repaired", like_);
}

// Recovery does the rest: it cuts torn tails, makes indexes and epochs, and closing writes the checkpoints.
absl::Status FolderRepair::OpenAndClose() {
  auto folder = Folder::Open(path_, {.broker = {.mode = OpenMode::kExisting}}, environment_);
  if (!folder.ok()) return folder.status();
  return (*folder)->BeginClose() ? (*folder)->Leave() : absl::OkStatus();
}

}  // namespace

absl::StatusOr<RepairReport> RepairFolder(std::string path, const RepairOptions& options, Environment environment) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty()) return absl::InvalidArgumentError("the name of the folder to repair is empty");
  return FolderRepair(std::move(path), options, std::move(environment)).Run();
}

}  // namespace leat::broker
