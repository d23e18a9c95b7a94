// An open folder: the lock on it, its control file, this process's slot, and what every file of it is made like. Who
// opens it is in folder_opening.cc, who closes it in folder_closing.cc; topics.h makes and deletes its topics.
#ifndef LEAT_BROKER_FOLDER_H_
#define LEAT_BROKER_FOLDER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/broker.h>
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "broker/environment.h"
#include "broker/folder_meta.h"
#include "broker/page_map.h"
#include "broker/partition_folders.h"
#include "broker/topic_file.h"
#include "log/settings.h"
#include "settings/defaults.h"
#include "shared/control_file.h"
#include "shared/process_slot.h"
#include "shared/slot_lock.h"

namespace leat::broker {

inline constexpr std::string_view kControlFileName = "control";
inline constexpr std::string_view kSalvageFolderName = "salvage";

class Folder;

struct FolderOptions {
  BrokerOptions broker;
  std::int64_t size_limit = 0;  // of all segments, in memory; 0: none
  // Asked to take over from the dead, before their slots are given to others, the lock words that stand in files which
  // this module does not know. May be null.
  std::function<absl::Status(Folder& folder)> settle_others = nullptr;
  // For the topics that are made.
  settings::Defaults defaults = {};
};

// Threads: safe from all threads.
// Lifetime: what partitions and cursors point into, so they hold it; after Close its memory stays, and nothing else.
class Folder {
 public:
  static absl::StatusOr<std::shared_ptr<Folder>> Open(std::string path, FolderOptions options,
                                                      Environment environment);
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  const std::string& path() const { return path_; }
  bool read_only() const { return options_.broker.mode == OpenMode::kReadOnly; }
  // Whether what is done through this opening is counted in the control file.
  bool counts() const { return options_.broker.metrics && !read_only(); }
  bool in_memory() const { return environment_.in_memory; }
  std::chrono::milliseconds max_block() const { return options_.broker.max_block; }
  std::int64_t size_limit() const { return options_.size_limit; }
  bool has_budget() const { return options_.broker.size_limit > 0 || options_.broker.free_space_min > 0; }
  const settings::Defaults& defaults() const { return options_.defaults; }
  // When this process last looked for groups' offsets to forget, by the monotonic clock in ns; 0: never.
  std::atomic<std::int64_t>& offsets_expired_at() { return offsets_expired_at_; }
  // The line of the control file that one more consumer counts in.
  std::uint32_t NextActivityLine() {
    const std::uint32_t number = activity_lines_.fetch_add(1, std::memory_order_relaxed);
    return (number + (slot_ != nullptr ? slot_->index() : 0)) % shared::kActivityLines;
  }
  std::chrono::milliseconds offsets_retention() const { return options_.broker.offsets_retention; }
  io::FileSystem& files() const { return *environment_.files; }
  const base::Clock& clock() const { return *environment_.clock; }
  base::Random& random() const { return *environment_.random; }
  const Environment& environment() const { return environment_; }
  FolderPlace place() const { return {*environment_.files, path_, like_}; }

  // Whether the control file is there to be looked at. If not, this is a read-only opening of a folder that nobody
  // has open, and pages are derived from the files into private memory.
  bool has_control() const { return control_ != nullptr; }
  shared::ControlFile& control() const { return *control_; }
  // Null when read-only.
  const shared::Locker* locker() const { return locker_.has_value() ? &*locker_ : nullptr; }
  const shared::ProcessSlot* slot() const { return slot_.get(); }

  // OK, or why nothing may be done through this opening any more: closed, in a forked child, or the folder is gone.
  absl::Status Usable() const {
    if (state_.load(std::memory_order_acquire) == kOpen && IsOpenersProcess()) [[likely]]
      return absl::OkStatus();
    return WhyUnusable();
  }
  bool IsOpenersProcess() const;

  // Looks whether the folder still stands at its path. If not, Usable() says so from then on.
  absl::Status CheckStillThere();

  const BrokerOptions& options() const { return options_.broker; }

  // The lock of whoever looks for what is to be retired: one process at a time. One thread of a process asks.
  absl::StatusOr<bool> TryRetentionLock() {
    return lock_file_->TryLock(shared::kRetentionByte, io::LockKind::kExclusive);
  }
  void ReleaseRetentionLock() { lock_file_->Unlock(shared::kRetentionByte).IgnoreError(); }
  // Likewise of whoever compacts.
  absl::StatusOr<bool> TryCompactionLock() {
    return lock_file_->TryLock(shared::kCompactionByte, io::LockKind::kExclusive);
  }
  void ReleaseCompactionLock() { lock_file_->Unlock(shared::kCompactionByte).IgnoreError(); }

  // 0 where there is no control file: nothing changes there.
  std::uint64_t TopicListGeneration() const;
  // Tells every process that the list of topics has changed.
  void TopicListChanged();

  // The partition's page, ready. kNotFound: there is none (the topic is being deleted).
  absl::StatusOr<shared::PartitionPage*> PageOf(const TopicFile& topic, PartitionId partition);
  log::LogSettings LogSettingsOf(const TopicFile& topic, PartitionId partition, shared::PartitionPage* page) const;
  // What this opening's recovery found wrong with a partition; OK when it found nothing.
  absl::Status DamageOf(const TopicFile& topic, PartitionId partition) const;

  // A call that takes lock words, other than an append (Log::EndAppends): Close waits for those that have been
  // admitted, and admits no more.
  class Call {
   public:
    explicit Call(const Folder& folder);
    ~Call() { count_.fetch_sub(1, std::memory_order_release); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    const absl::Status& status() const { return status_; }

   private:
    std::atomic<std::int32_t>& count_;
    absl::Status status_;
  };

  // Refuses everything from now on. Whether it was this call that did so.
  bool BeginClose();
  // Waits until all that were admitted have returned.
  void AwaitCalls() const;
  // The log of a partition that this process had open: it vouches for what it has appended. Null when there is none.
  using OpenLogs = std::function<std::shared_ptr<log::Log>(const TopicFile& topic, PartitionId partition)>;
  // Leaves the folder; the last one to leave seals and syncs its logs. After BeginClose, AwaitCalls, and EndAppends of
  // all logs.
  absl::Status Leave(const OpenLogs& open_logs = nullptr);

 private:
  friend class FolderOpening;
  using PartitionKey = std::pair<base::Uuid, PartitionId>;
  enum State : std::uint32_t { kOpen = 0, kClosed = 1, kGone = 2 };

  Folder(std::string path, FolderOptions options, Environment environment);

  absl::Status WhyUnusable() const;
  absl::StatusOr<shared::PartitionPage*> PrivatePage(const TopicFile& topic, PartitionId partition);
  void NoteDamage(const TopicFile& topic, PartitionId partition, const absl::Status& damage);
  absl::Status SealAll(const OpenLogs& open_logs);

  const std::string path_;
  const FolderOptions options_;
  const Environment environment_;
  const std::uint32_t fork_generation_;
  io::FileInfo like_;
  bool mapped_writes_ = false;
  bool surely_a_copy_ = false;  // of the folder that its control file was made in
  FolderMeta meta_;

  std::unique_ptr<io::File> lock_file_;
  std::unique_ptr<shared::ControlFile> control_;
  std::unique_ptr<PageMap> pages_;
  std::unique_ptr<shared::ProcessSlot> slot_;
  std::optional<shared::Locker> locker_;

  std::atomic<std::uint32_t> state_{kOpen};
  mutable std::atomic<std::int32_t> calls_{0};
  std::atomic<std::int64_t> offsets_expired_at_{0};
  std::atomic<std::uint32_t> activity_lines_{0};

  mutable base::Mutex mutex_;
  absl::flat_hash_map<PartitionKey, absl::Status> damage_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<PartitionKey, std::unique_ptr<shared::PartitionPage>> private_pages_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_H_
