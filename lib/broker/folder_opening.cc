// Opening a folder: by whom, as what, and with which of the state that others left.
//
// The control file says by its identity whether what it holds may be believed, and by a topic generation above 0 that
// whoever filled it got to the end. Whoever is alone in the folder makes both so; who shares it waits until they are.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "broker/folder.h"
#include "broker/folder_content.h"
#include "broker/folder_holders.h"
#include "broker/folder_lock.h"
#include "broker/folder_recovery.h"
#include "broker/kafka_adoption.h"
#include "broker/page_check.h"
#include "broker/reserve.h"
#include "broker/topic_mending.h"
#include "broker/topics.h"
#include "log/log.h"
#include "log/page.h"
#include "log/segment_files.h"
#include "shared/counters.h"

namespace leat::broker {

using shared::ControlFile;
using shared::IdentityVerdict;

namespace {

bool SyncHasFailed(const shared::PartitionPage& page) {
  return (page.flags.load(std::memory_order_relaxed) & shared::kFlagSyncFailed) != 0;
}

}  // namespace

class FolderOpening {
 public:
  explicit FolderOpening(Folder& folder) : folder_(folder), files_(folder.files()) {}

  absl::Status ForReading();
  absl::Status ForWriting();

 private:
  bool IsSurelyACopy(const ControlFile& control) const;
  absl::Status FindOrMakeFolder();
  absl::Status CheckFileSystem();
  absl::Status CheckContent();
  absl::StatusOr<Held> TakeLock();
  absl::StatusOr<bool> MayShare();
  std::string Holders() const;

  absl::Status Alone();
  absl::Status ReadOrMakeMeta();
  absl::Status MakeTopicsFolder();
  void GivePermissionsAgain();
  absl::Status SyncNames();
  absl::Status OpenOrMakeControl();
  absl::StatusOr<std::vector<TopicFile>> ReadTopics();
  absl::Status FillPages(const std::vector<TopicFile>& topics);
  void TellWhatWasDone(const std::vector<RecoveryJob>& jobs);
  void FreeUnnamedPages(const std::vector<TopicFile>& topics);
  absl::Status FreeImpossiblePages(const std::vector<TopicFile>& topics);

  absl::Status WithOthers();
  absl::Status Join();
  absl::Status Settle(const std::vector<TopicFile>& topics);
  absl::Status SetDurability(const std::vector<TopicFile>& topics);
  absl::Status RemovePreparedSegments(const std::vector<TopicFile>& topics);
  bool AnyOtherSlotIsUsed() const;
  std::uint32_t MarkOtherSlotsClean();
  void CountOpening();
  void CountDeaths(std::uint32_t deaths);

  Folder& folder_;
  io::FileSystem& files_;
  bool state_holds_ = false;  // what the control file says is true
  // What it holds may have been written since the machine was started, and then a sync may have failed that nobody knows
  // of any more: unless the control file says another boot.
  bool same_boot_ = true;
  bool is_copy_ = true;  // of the folder: unless the control file stands where it was made
  std::uint32_t foreign_layout_ = 0;
};

absl::StatusOr<std::shared_ptr<Folder>> Folder::Open(std::string path, FolderOptions options,
                                                     Environment environment) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty()) return absl::InvalidArgumentError("the name of the folder to open is empty");
  std::shared_ptr<Folder> folder(new Folder(std::move(path), std::move(options), std::move(environment)));
  FolderOpening opening(*folder);
  const absl::Status status = folder->read_only() ? opening.ForReading() : opening.ForWriting();
  if (status.ok()) return folder;
  // Not through Leave: what could not be opened is not sealed either. The locks go with the file.
  folder->BeginClose();
  // A slot that was inherited may be named by lock words still, so it stays as unclean as it was found.
  if (folder->slot_ != nullptr && !folder->slot_->inherited()) folder->slot_->Leave();
  return status;
}

absl::Status FolderOpening::ForReading() {
  const absl::StatusOr<io::FileInfo> info = files_.Info(folder_.path_);
  if (!info.ok()) return info.status();
  folder_.like_ = *info;
  absl::StatusOr<FolderMeta> meta = ReadFolderMeta(files_, folder_.path_, true);
  if (absl::IsNotFound(meta.status())) {
    return absl::NotFoundError(fmt::format(
        "{}: is not a leat folder (it has no {}); open it for writing to make it one", folder_.path_, kMetaFileName));
  }
  if (!meta.ok()) return meta.status();
  folder_.meta_ = *meta;
  auto control = ControlFile::Open(files_, io::JoinPath(folder_.path_, kControlFileName),
                                   folder_.environment_.boot_id, io::MapAccess::kRead);
  if (control.ok()) folder_.surely_a_copy_ = IsSurelyACopy(**control);
  // Whatever keeps it from being believed, the logs' own files say the same, only slower.
  if (!control.ok() || (*control)->verdict() != IdentityVerdict::kOurs) return absl::OkStatus();
  if ((*control)->header().topic_generation.load(std::memory_order_acquire) == 0) return absl::OkStatus();
  folder_.control_ = *std::move(control);
  folder_.pages_ = std::make_unique<PageMap>(*folder_.control_);
  return absl::OkStatus();
}

absl::Status FolderOpening::ForWriting() {
  if (auto s = FindOrMakeFolder(); !s.ok()) return s;
  if (auto s = CheckFileSystem(); !s.ok()) return s;
  if (auto s = CheckContent(); !s.ok()) return s;
  const absl::StatusOr<Held> held = TakeLock();
  if (!held.ok()) return held.status();
  return *held == Held::kExclusive ? Alone() : WithOthers();
}

// The file is not the one that was made. A device's number alone may be another one because the machine was started anew.
bool FolderOpening::IsSurelyACopy(const ControlFile& control) const {
  if (control.verdict() != IdentityVerdict::kCopied && control.verdict() != IdentityVerdict::kOtherBoot) return false;
  const absl::StatusOr<io::FileInfo> info = files_.Info(io::JoinPath(folder_.path_, kControlFileName));
  return info.ok() && info->id.inode != control.header().identity.inode;
}

absl::Status FolderOpening::FindOrMakeFolder() {
  absl::StatusOr<io::FileInfo> info = files_.Info(folder_.path_);
  if (absl::IsNotFound(info.status()) && folder_.options_.broker.mode == OpenMode::kCreate) {
    const absl::Status made = files_.MakeDirectory(folder_.path_);
    if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
    info = files_.Info(folder_.path_);
  }
  if (!info.ok()) return info.status();
  if (!info->is_directory) {
    return absl::FailedPreconditionError(fmt::format("{}: is a file, not a folder", folder_.path_));
  }
  folder_.like_ = *info;
  return absl::OkStatus();
}

absl::Status FolderOpening::CheckFileSystem() {
  const absl::StatusOr<io::FileSystemTraits> traits = files_.Traits(folder_.path_);
  if (!traits.ok()) return traits.status();
  folder_.mapped_writes_ = traits->mapped_writes;
  if (traits->supported) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "{}: lies on {}, which cannot carry a folder that several processes map and lock; use a folder on a "
      "local ext4, xfs, btrfs or tmpfs (in a container: on a volume)",
      folder_.path_, traits->name));
}

// Before anything is written: a folder of somebody else's stays as it is.
absl::Status FolderOpening::CheckContent() {
  const absl::StatusOr<io::FileInfo> meta = files_.Info(io::JoinPath(folder_.path_, kMetaFileName));
  if (meta.ok()) return absl::OkStatus();
  if (!absl::IsNotFound(meta.status())) return meta.status();
  if (folder_.options_.broker.mode == OpenMode::kExisting) {
    return absl::NotFoundError(fmt::format("{}: is not a leat folder (it has no {}); OpenMode::kCreate makes it one",
                                           folder_.path_, kMetaFileName));
  }
  return CheckMayBecomeLeats(files_, folder_.path_);
}

absl::StatusOr<Held> FolderOpening::TakeLock() {
  const LockRequest request{.timeout = folder_.options_.broker.open_timeout,
                            .clock = folder_.clock(),
                            .random = folder_.random(),
                            .may_share = [this] { return MayShare(); },
                            .holders = [this] { return Holders(); }};
  for (;;) {
    absl::StatusOr<std::unique_ptr<io::File>> file = OpenLockFile(files_, folder_.path_, folder_.like_);
    if (!file.ok()) return file.status();
    folder_.lock_file_ = *std::move(file);
    absl::StatusOr<Held> held = LockForOpening(*folder_.lock_file_, request);
    // Somebody may have removed the folder, and made another, between our opening of the file and the lock on it.
    if (!held.ok() || LockFileStands(files_, *folder_.lock_file_)) return held;
  }
}

absl::StatusOr<bool> FolderOpening::MayShare() {
  auto control = ControlFile::Open(files_, io::JoinPath(folder_.path_, kControlFileName),
                                   folder_.environment_.boot_id, io::MapAccess::kReadWrite);
  if (absl::IsNotFound(control.status())) return false;
  if (!control.ok()) return control.status();
  foreign_layout_ = (*control)->verdict() == IdentityVerdict::kOtherLayout ? (*control)->layout_version() : 0;
  if ((*control)->verdict() != IdentityVerdict::kOurs) return false;
  if ((*control)->header().topic_generation.load(std::memory_order_acquire) == 0) return false;
  folder_.control_ = *std::move(control);
  return true;
}

std::string FolderOpening::Holders() const {
  std::string text = "it is held " + DescribeOthersWhoHave(folder_.lock_file_->Info());
  if (foreign_layout_ != 0) {
    text += fmt::format(
        "; its state in memory has layout {}, and this library knows {}: use the same version of leat in "
        "all processes, or close the others",
        foreign_layout_, shared::kLayoutVersion);
  }
  return text;
}

absl::Status FolderOpening::Alone() {
  if (!folder_.in_memory()) GiveUpReserveIfFull(files_, folder_.path_);
  if (auto s = ReadOrMakeMeta(); !s.ok()) return s;
  if (auto s = MakeTopicsFolder(); !s.ok()) return s;
  if (auto s = OpenOrMakeControl(); !s.ok()) return s;
  if (auto s = Join(); !s.ok()) return s;
  // Nobody lives who could hold it; whoever died with it left what MendTopics finds.
  folder_.control_->header().header_lock.store(0, std::memory_order_release);
  const absl::StatusOr<TopicNames> names = ListTopicNames(folder_.place());
  if (!names.ok()) return names.status();
  if (auto s = MendTopics(folder_, names->pending); !s.ok()) return s;
  if (auto s = AdoptKafkaFolders(folder_.place(), folder_.clock(), folder_.random()); !s.ok()) return s;
  if (auto s = SyncNames(); !s.ok()) return s;
  const absl::StatusOr<std::vector<TopicFile>> topics = ReadTopics();
  if (!topics.ok()) return topics.status();
  FreeUnnamedPages(*topics);
  if (auto s = FreeImpossiblePages(*topics); !s.ok()) return s;
  for (std::uint32_t i = 0; i < folder_.control_->page_count(); ++i) NameIsSynced(folder_.control_->page(i));
  if (auto s = FillPages(*topics); !s.ok()) return s;
  if (!state_holds_ || AnyOtherSlotIsUsed()) {
    GivePermissionsAgain();
    if (auto s = Settle(*topics); !s.ok()) return s;
    if (auto s = RemovePreparedSegments(*topics); !s.ok()) return s;
    CountDeaths(MarkOtherSlotsClean());
  }
  if (state_holds_) {
    if (auto s = SetDurability(*topics); !s.ok()) return s;
  }
  folder_.control_->header().topic_generation.fetch_add(1, std::memory_order_acq_rel);
  CountOpening();
  if (!folder_.in_memory()) KeepReserve(files_, folder_.path_, folder_.like_);
  return ShareFolder(*folder_.lock_file_);
}

absl::Status FolderOpening::ReadOrMakeMeta() {
  absl::StatusOr<FolderMeta> meta = ReadFolderMeta(files_, folder_.path_, false);
  if (absl::IsNotFound(meta.status())) {
    meta = FolderMeta{.id = base::MakeUuid(folder_.random())};
    if (auto s = WriteFolderMeta(files_, folder_.path_, *meta, folder_.like_); !s.ok()) return s;
  }
  if (!meta.ok()) return meta.status();
  folder_.meta_ = *meta;
  return absl::OkStatus();
}

absl::Status FolderOpening::MakeTopicsFolder() {
  const std::string path = TopicsFolderPath(folder_.path_);
  const absl::Status made = files_.MakeDirectory(path);
  if (absl::IsAlreadyExists(made)) return absl::OkStatus();
  if (!made.ok()) return made;
  return files_.TakePermissionsOf(path, folder_.like_);
}

// Whoever made them may have died before they had their permissions, and others would be kept out for ever. Who may not
// change them does not matter: who made them may.
void FolderOpening::GivePermissionsAgain() {
  files_.TakePermissionsOf(TopicsFolderPath(folder_.path_), folder_.like_).IgnoreError();
  folder_.lock_file_->TakePermissionsOf(folder_.like_).IgnoreError();
}

// Whoever made the folder, or something in it, may have died before its name was on the disk; what is acknowledged from
// now on counts on it.
absl::Status FolderOpening::SyncNames() {
  // Not everybody may look at what is above the folder; then whoever made it has to answer for its name.
  const absl::Status above = files_.SyncDirectory(std::string(io::DirectoryOf(folder_.path_)));
  if (!above.ok() && !absl::IsPermissionDenied(above)) return above;
  if (auto s = files_.SyncDirectory(folder_.path_); !s.ok()) return s;
  return SyncTopicNames(files_, folder_.path_);
}

absl::Status FolderOpening::OpenOrMakeControl() {
  const std::string path = io::JoinPath(folder_.path_, kControlFileName);
  auto control = ControlFile::Open(files_, path, folder_.environment_.boot_id, io::MapAccess::kReadWrite);
  if (!control.ok() && !absl::IsNotFound(control.status())) return control.status();
  const bool there = control.ok();
  if (there && (*control)->verdict() == IdentityVerdict::kOtherBoot) {
    const shared::Identity& identity = (*control)->header().identity;
    const absl::StatusOr<io::FileInfo> info = files_.Info(path);
    is_copy_ = !info.ok() || info->id != io::FileId{identity.device, identity.inode};
    same_boot_ = false;
  }
  // Its bytes are the copier's: a sync of them that failed has not been told to anybody yet, and will be to us.
  if (there && (*control)->verdict() == IdentityVerdict::kCopied) same_boot_ = false;
  if (there) folder_.surely_a_copy_ = IsSurelyACopy(**control);
  if (there && (*control)->verdict() == IdentityVerdict::kOurs) {
    is_copy_ = false;
    state_holds_ = (*control)->header().topic_generation.load(std::memory_order_acquire) != 0;
  } else {
    control = ControlFile::Make(files_, path, folder_.meta_.id, folder_.environment_.boot_id, folder_.like_);
    if (!control.ok()) return control.status();
  }
  folder_.control_ = *std::move(control);
  std::int64_t never = 0;
  folder_.control_->header().counters.counted_since.compare_exchange_strong(never, folder_.clock().WallMillis());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TopicFile>> FolderOpening::ReadTopics() {
  const absl::StatusOr<TopicNames> names = ListTopicNames(folder_.place());
  if (!names.ok()) return names.status();
  std::vector<TopicFile> topics;
  for (const std::string& name : names->topics) {
    absl::StatusOr<TopicFile> topic = ReadTopicFile(files_, folder_.path_, name);
    if (!topic.ok()) return topic.status();
    topics.push_back(*std::move(topic));
  }
  return topics;
}

absl::Status FolderOpening::FillPages(const std::vector<TopicFile>& topics) {
  std::vector<RecoveryJob> jobs;
  for (const TopicFile& topic : topics) {
    for (PartitionId p = 0; p < topic.options.partitions; ++p) {
      // Somebody who died while he filled the pages, or sealed the logs, left pages that are filled anew.
      const shared::PartitionPage* const page = folder_.pages_->Find(topic.id, p);
      if (state_holds_ && page != nullptr) continue;
      jobs.push_back({.topic = &topic, .partition = p, .as_it_is = page != nullptr && SyncHasFailed(*page)});
    }
  }
  const RecoveryWay way{.writable = true,
                        .is_copy = is_copy_,
                        .surely_a_copy = folder_.surely_a_copy_,
                        .same_boot = same_boot_,
                        .has_budget = folder_.has_budget()};
  std::int64_t bytes_scanned = 0;
  const auto on_progress = [&](const RecoveryProgress& progress) {
    bytes_scanned = progress.bytes_scanned;
    if (folder_.options_.broker.on_recovery) folder_.options_.broker.on_recovery(progress);
  };
  if (auto s = RecoverPartitions(folder_.place(), jobs, way, on_progress); !s.ok()) return s;
  if (folder_.counts()) {
    shared::FolderCounters& counters = folder_.control_->header().counters;
    shared::Add(counters.recovered_partitions, jobs.size());
    shared::Add(counters.scanned_bytes, static_cast<std::uint64_t>(bytes_scanned));
  }
  TellWhatWasDone(jobs);
  for (const RecoveryJob& job : jobs) {
    // In its old place, if it has one: who reads without a lock looks at it all the time, and must find no other
    // partition there, nor an emptier one.
    shared::PartitionPage* page = folder_.pages_->Find(job.topic->id, job.partition);
    if (page == nullptr) {
      auto added = folder_.control_->AddPage(job.topic->id, job.topic->incarnation, job.partition);
      if (!added.ok()) return added.status();
      page = *added;
    }
    log::PageContent content = log::PageContentOf(*job.result);
    content.flags |= FlagsOf(*job.topic);
    // It is remembered for as long as the machine runs: what it has not written may read as if it had.
    if (job.as_it_is) {
      content.flags |= shared::kFlagSyncFailed;
      content.flushed = std::clamp<Offset>(page->flushed.load(std::memory_order_relaxed), 0, content.end);
    }
    log::FillPage(*page, content);
    page->segment_list_generation.fetch_add(1, std::memory_order_release);
    if (!job.result->damage.ok()) folder_.NoteDamage(*job.topic, job.partition, job.result->damage);
  }
  return absl::OkStatus();
}

void FolderOpening::TellWhatWasDone(const std::vector<RecoveryJob>& jobs) {
  for (const RecoveryJob& job : jobs) {
    const log::RecoveredLog& log = *job.result;
    if (log.cut_bytes == 0 && log.cut_segments == 0 && log.notes.empty()) continue;
    if (folder_.counts()) {
      shared::FolderCounters& counters = folder_.control_->header().counters;
      shared::Add(counters.cut_bytes, static_cast<std::uint64_t>(log.cut_bytes));
      shared::Add(counters.cut_segments, static_cast<std::uint64_t>(log.cut_segments));
    }
    const auto& on_recovered = folder_.options_.broker.on_recovered;
    if (on_recovered == nullptr) continue;
    on_recovered({.partition = {job.topic->name, job.partition},
                  .cut_bytes = log.cut_bytes,
                  .cut_segments = log.cut_segments,
                  .notes = log.notes});
  }
}

// Of topics that were deleted while others were looking.
void FolderOpening::FreeUnnamedPages(const std::vector<TopicFile>& topics) {
  std::set<shared::PartitionPage*> named;
  for (const TopicFile& topic : topics) {
    for (PartitionId p = 0; p < topic.options.partitions; ++p) named.insert(folder_.pages_->Find(topic.id, p));
  }
  for (std::uint32_t i = 0; i < folder_.control_->page_count(); ++i) {
    shared::PartitionPage& page = folder_.control_->page(i);
    if (!named.contains(&page)) ControlFile::FreePage(page);
  }
  folder_.pages_->Clear();
}

// What they say is found again in the logs' own files.
absl::Status FolderOpening::FreeImpossiblePages(const std::vector<TopicFile>& topics) {
  for (const TopicFile& topic : topics) {
    for (PartitionId p = 0; p < topic.options.partitions; ++p) {
      shared::PartitionPage* const page = folder_.pages_->Find(topic.id, p);
      if (page == nullptr) continue;
      const auto possible = IsPossible(*page, files_, PartitionFolderPath(folder_.place(), topic.name, p));
      if (!possible.ok()) return possible.status();
      if (!*possible) ControlFile::FreePage(*page);
    }
  }
  folder_.pages_->Clear();
  return absl::OkStatus();
}

absl::Status FolderOpening::WithOthers() {
  absl::StatusOr<FolderMeta> meta = ReadFolderMeta(files_, folder_.path_, false);
  if (!meta.ok()) return meta.status();
  folder_.meta_ = *meta;
  if (auto s = Join(); !s.ok()) return s;
  CountOpening();
  if (!folder_.slot_->inherited()) return absl::OkStatus();
  CountDeaths(1);
  // A lock word of the slot's last holder would read as a live one's once the slot has gone on by enough generations.
  const absl::StatusOr<std::vector<TopicFile>> topics = ReadTopics();
  if (!topics.ok()) return topics.status();
  if (auto s = Settle(*topics); !s.ok()) return s;
  shared::SharedWord& header_lock = folder_.control_->header().header_lock;
  if (folder_.locker_->TryLock(header_lock).has_value()) folder_.locker_->Unlock(header_lock);
  return absl::OkStatus();
}

absl::Status FolderOpening::Join() {
  absl::StatusOr<std::unique_ptr<shared::ProcessSlot>> slot =
      shared::ProcessSlot::Join(*folder_.control_, *folder_.lock_file_);
  if (!slot.ok()) return slot.status();
  folder_.slot_ = *std::move(slot);
  folder_.locker_.emplace(folder_.slot_->word(), *folder_.slot_, folder_.clock(), folder_.max_block());
  folder_.pages_ = std::make_unique<PageMap>(*folder_.control_);
  return absl::OkStatus();
}

absl::Status FolderOpening::Settle(const std::vector<TopicFile>& topics) {
  for (const TopicFile& topic : topics) {
    for (PartitionId p = 0; p < topic.options.partitions; ++p) {
      const auto page = folder_.PageOf(topic, p);
      if (!page.ok()) continue;  // deleted meanwhile
      if (auto s = log::Log::Open(folder_.LogSettingsOf(topic, p, *page))->Settle(); !s.ok()) return s;
    }
  }
  // Pages of deleted topics: nothing behind them needs mending, but their words must not name the dead.
  for (std::uint32_t i = 0; i < folder_.control_->page_count(); ++i) {
    shared::PartitionPage& page = folder_.control_->page(i);
    if ((page.flags.load(std::memory_order_acquire) & shared::kFlagDeleted) == 0) continue;
    for (shared::SharedWord* word : {&page.append_lock, &page.size_lock, &page.flush_lock, &page.retire_lock}) {
      if (folder_.locker_->TryLock(*word).has_value()) folder_.locker_->Unlock(*word);
    }
  }
  const auto& others = folder_.options_.settle_others;
  return others == nullptr ? absl::OkStatus() : others(folder_);
}

// Somebody who died while he altered a topic may have left pages that say other than its file.
absl::Status FolderOpening::SetDurability(const std::vector<TopicFile>& topics) {
  for (const TopicFile& topic : topics) {
    const bool to_disk = FlagsOf(topic) != 0;
    for (PartitionId p = 0; p < topic.options.partitions; ++p) {
      const auto page = folder_.PageOf(topic, p);
      if (!page.ok()) return page.status();
      const std::uint32_t flags = (*page)->flags.load(std::memory_order_relaxed);
      if (((flags & shared::kFlagDisk) != 0) == to_disk) continue;
      const absl::Status set = log::Log::Open(folder_.LogSettingsOf(topic, p, *page))->SetToDisk(to_disk);
      // What cannot be written is not synced either.
      if (!set.ok() && !absl::IsDataLoss(set)) return set;
    }
  }
  return absl::OkStatus();
}

// Segments that somebody who died had made ready for a roll that did not come.
absl::Status FolderOpening::RemovePreparedSegments(const std::vector<TopicFile>& topics) {
  for (const TopicFile& topic : topics) {
    for (PartitionId p = 0; p < topic.options.partitions; ++p) {
      const std::string folder = PartitionFolderPath(folder_.place(), topic.name, p);
      const absl::StatusOr<log::SegmentListing> listing = log::ListFolder(files_, folder);
      if (!listing.ok()) continue;  // its partition is damaged, and says so
      for (const std::string& name : listing->temporary) {
        if (auto removed = io::RemoveIfThere(files_, io::JoinPath(folder, name)); !removed.ok()) return removed;
      }
    }
  }
  return absl::OkStatus();
}

bool FolderOpening::AnyOtherSlotIsUsed() const {
  const std::uint32_t bound =
      std::min(folder_.control_->header().slot_bound.load(std::memory_order_acquire), shared::kMaxSlots);
  for (std::uint32_t i = 0; i < bound; ++i) {
    if (i == folder_.slot_->index() && !folder_.slot_->inherited()) continue;
    if (folder_.control_->slot(i).state.load(std::memory_order_acquire) != shared::kSlotClean) return true;
  }
  return false;
}

// Returns how many of them were not.
std::uint32_t FolderOpening::MarkOtherSlotsClean() {
  std::uint32_t marked = folder_.slot_->inherited() ? 1 : 0;
  for (std::uint32_t i = 0; i < shared::kMaxSlots; ++i) {
    if (i == folder_.slot_->index()) continue;
    const auto was = folder_.control_->slot(i).state.exchange(shared::kSlotClean, std::memory_order_acq_rel);
    marked += was != shared::kSlotClean ? 1 : 0;
  }
  return marked;
}

void FolderOpening::CountOpening() {
  if (folder_.counts()) shared::Add(folder_.control_->header().counters.openings);
}

void FolderOpening::CountDeaths(std::uint32_t deaths) {
  if (folder_.counts()) shared::Add(folder_.control_->header().counters.deaths, deaths);
}

}  // namespace leat::broker
