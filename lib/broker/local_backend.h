// A folder of this machine as a backend: hands each question on to who answers it.
//
// Lock order, over all of a folder: who holds one takes only what stands to the right of it.
//
//     LOCK byte 0 (folder_lock.h) > header lock (topics.h) > a group's lock (module group) > a partition's append lock
//     > its size lock > its flush lock
//
// The process's own mutexes (here, Folder's, PageMap's, a Log's) are taken inside any of these for moments, and no
// shared lock is waited for with one of them held; but for close_mutex_, which comes before all.
#ifndef LEAT_BROKER_LOCAL_BACKEND_H_
#define LEAT_BROKER_LOCAL_BACKEND_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/broker.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "broker/backend.h"
#include "broker/budget.h"
#include "broker/compactor.h"
#include "broker/flusher.h"
#include "broker/folder.h"
#include "broker/housekeeper.h"
#include "broker/open_partition.h"
#include "broker/retention.h"
#include "broker/retention_turn.h"

namespace leat::broker {

class LocalBackend final : public Backend {
 public:
  explicit LocalBackend(std::shared_ptr<Folder> folder);
  ~LocalBackend() override;

  const std::string& folder() const override { return folder_->path(); }
  bool read_only() const override { return folder_->read_only(); }
  absl::Status Usable() const override { return folder_->Usable(); }

  absl::StatusOr<std::shared_ptr<const TopicBackend>> FindTopic(std::string_view name) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<std::string>> ListTopics() override;
  std::uint64_t TopicListGeneration() const override { return folder_->TopicListGeneration(); }
  std::unique_ptr<Waiter> MakeWaiter() override;
  std::shared_ptr<Folder> local_folder() override { return folder_; }

  const base::Clock& clock() const override { return folder_->clock(); }
  base::Random& random() override { return folder_->random(); }
  std::chrono::milliseconds max_block() const override { return folder_->max_block(); }

  // What only Broker asks for.
  Folder& state() { return *folder_; }
  absl::StatusOr<TopicDescription> DescribeTopic(std::string_view name);
  absl::Status AlterTopic(std::string_view name, const TopicChanges& changes) ABSL_LOCKS_EXCLUDED(mutex_);
  // Contract: Broker::CompactTopic.
  absl::StatusOr<CompactionReport> CompactTopic(std::string_view name, const CompactionRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Contract: Broker::Flush.
  absl::Status Flush() ABSL_LOCKS_EXCLUDED(mutex_);
  // Lets go of what is open of topics that are no more.
  void DropDeleted() ABSL_LOCKS_EXCLUDED(mutex_);
  // Refuses everything, waits for the calls in progress, leaves the folder. The first call's result is everybody's.
  absl::Status Close() ABSL_LOCKS_EXCLUDED(mutex_, close_mutex_);

 private:
  struct KnownTopic {
    std::uint64_t generation = 0;  // of the list of topics, before the file was read
    TopicFile file;
    std::shared_ptr<const TopicBackend> topic;
  };
  using PartitionKey = std::pair<base::Uuid, PartitionId>;

  absl::StatusOr<std::shared_ptr<const TopicBackend>> Resolve(const TopicFile& file)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<OpenPartition>> OpenOnce(const TopicFile& file, PartitionId partition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Budget> MakeBudget();
  std::shared_ptr<Retention> MakeRetention();
  std::shared_ptr<Compactor> MakeCompactor();
  std::vector<TopicLogs> AllLogs() ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::shared_ptr<log::Log>> OpenedLogs() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<log::Log>> LogOf(const TopicFile& topic, PartitionId partition)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status SyncTopic(std::string_view name) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CloseOnce() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Folder> folder_;
  const std::shared_ptr<Housekeeper> housekeeper_;
  const std::shared_ptr<Flusher> flusher_;
  const std::shared_ptr<Flusher> retaining_;  // the thread for it
  RetentionTurn turn_;
  const std::shared_ptr<Budget> budget_;        // null in memory without a limit, and when read-only
  const std::shared_ptr<Retention> retention_;  // null when read-only
  const std::shared_ptr<Flusher> compaction_;   // the thread for it
  const std::shared_ptr<Compactor> compactor_;  // null when read-only

  base::Mutex mutex_;
  std::map<std::string, KnownTopic, std::less<>> topics_ ABSL_GUARDED_BY(mutex_);
  std::map<PartitionKey, std::shared_ptr<OpenPartition>> partitions_ ABSL_GUARDED_BY(mutex_);

  base::Mutex close_mutex_;  // held while somebody closes, so that the second one waits for the first
  bool closed_ ABSL_GUARDED_BY(close_mutex_) = false;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_LOCAL_BACKEND_H_
