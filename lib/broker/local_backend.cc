#include "broker/local_backend.h"

#include <fmt/format.h>

#include <limits>

#include "base/never_destroy.h"
#include "broker/local_partition.h"
#include "broker/topics.h"
#include "broker/waiter.h"
#include "shared/doorbell.h"

namespace leat::broker {
namespace {

PartitionDescription Describe(const OpenPartition& opened, PartitionId id, const absl::Status& damage) {
  log::Log& log = *opened.log();
  PartitionDescription description{.id = id,
                                   .log_start = log.log_start(),
                                   .high_watermark = log.high_watermark(),
                                   .end = log.end(),
                                   .flushed = log.flushed(),
                                   .leader_epoch = opened.page().leader_epoch.load(std::memory_order_acquire),
                                   .status = damage.ok() ? log.Writable() : damage};
  const auto size = log.SizeBytes();
  const auto segments = log.Segments();
  if (size.ok()) description.size_bytes = *size;
  if (segments.ok()) description.segments = static_cast<std::int32_t>(segments->size());
  description.status.Update(size.status());
  description.status.Update(segments.status());
  return description;
}

}  // namespace

LocalBackend::LocalBackend(std::shared_ptr<Folder> folder)
    : folder_(std::move(folder)),
      housekeeper_(std::make_shared<Housekeeper>()),
      flusher_(std::make_shared<Flusher>(folder_->clock())),
      retaining_(
          std::make_shared<Flusher>(folder_->clock(), "leat-retain", [this] { retention_->LetGoNowAndThen(); })),
      turn_(*folder_),
      budget_(MakeBudget()),
      retention_(MakeRetention()),
      compaction_(std::make_shared<Flusher>(folder_->clock(), "leat-compact")),
      compactor_(MakeCompactor()) {
  // In memory a topic that wants it asks for it.
  if (retention_ != nullptr && !folder_->in_memory()) retention_->Start();
}

std::shared_ptr<Budget> LocalBackend::MakeBudget() {
  const bool in_memory = folder_->in_memory();
  const BudgetLimits limits{.size = in_memory ? folder_->size_limit() : folder_->options().size_limit,
                            .free_min = folder_->options().free_space_min};
  if (read_only() || (in_memory && limits.size == 0)) return nullptr;
  return std::make_shared<Budget>(limits, *folder_, turn_, [this] { return AllLogs(); });
}

std::shared_ptr<Retention> LocalBackend::MakeRetention() {
  if (read_only()) return nullptr;
  return std::make_shared<Retention>(
      *folder_, *retaining_, turn_, budget_,
      [this](const TopicFile& topic, PartitionId partition) { return LogOf(topic, partition); },
      [this] { return OpenedLogs(); }, [this] { compactor_->Start(); });
}

std::shared_ptr<Compactor> LocalBackend::MakeCompactor() {
  if (read_only()) return nullptr;
  return std::make_shared<Compactor>(*folder_, *compaction_, [this](const TopicFile& topic, PartitionId partition) {
    return LogOf(topic, partition);
  });
}

LocalBackend::~LocalBackend() { Close().IgnoreError(); }

absl::StatusOr<std::shared_ptr<const TopicBackend>> LocalBackend::FindTopic(std::string_view name) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  // Read before the file: a change that comes between makes us read it once more.
  const std::uint64_t generation = TopicListGeneration();
  const base::MutexLock lock(mutex_);
  const auto known = topics_.find(name);
  if (known != topics_.end() && known->second.generation == generation) return known->second.topic;
  absl::StatusOr<TopicFile> file = ReadTopic(*folder_, name);
  if (!file.ok()) {
    if (known != topics_.end()) topics_.erase(known);
    return file.status();
  }
  // Another topic was changed: the handles of this one stay the same.
  if (known != topics_.end() && known->second.file == *file) {
    known->second.generation = generation;
    return known->second.topic;
  }
  absl::StatusOr<std::shared_ptr<const TopicBackend>> topic = Resolve(*file);
  if (topic.ok()) topics_[file->name] = {.generation = generation, .file = *file, .topic = *topic};
  return topic;
}

absl::StatusOr<std::shared_ptr<const TopicBackend>> LocalBackend::Resolve(const TopicFile& file) {
  auto topic = std::make_shared<TopicBackend>();
  topic->name = file.name;
  topic->id = base::UuidToString(file.id);
  topic->options = file.options;
  for (PartitionId p = 0; p < file.options.partitions; ++p) {
    const absl::StatusOr<std::shared_ptr<OpenPartition>> opened = OpenOnce(file, p);
    if (!opened.ok()) return opened.status();
    topic->partitions.push_back(std::make_shared<LocalPartition>(*opened, file, p));
  }
  if (folder_->in_memory() && LimitsOf(file.options).any()) retention_->Start();
  if (compactor_ != nullptr && IsCompacted(file.options)) compactor_->Start();
  return topic;
}

absl::StatusOr<std::shared_ptr<OpenPartition>> LocalBackend::OpenOnce(const TopicFile& file, PartitionId partition) {
  std::shared_ptr<OpenPartition>& known = partitions_[{file.id, partition}];
  if (known != nullptr && !known->deleted()) return known;
  absl::StatusOr<std::shared_ptr<OpenPartition>> opened =
      OpenPartition::Open(folder_, housekeeper_, flusher_, budget_, retention_, file, partition);
  if (!opened.ok()) {
    partitions_.erase({file.id, partition});
    return opened;
  }
  known = *opened;
  return opened;
}

absl::StatusOr<std::vector<std::string>> LocalBackend::ListTopics() {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return broker::ListTopics(*folder_);
}

std::unique_ptr<Waiter> LocalBackend::MakeWaiter() { return std::make_unique<LocalWaiter>(folder_); }

absl::StatusOr<TopicDescription> LocalBackend::DescribeTopic(std::string_view name) {
  const absl::StatusOr<std::shared_ptr<const TopicBackend>> topic = FindTopic(name);
  if (!topic.ok()) return topic.status();
  const absl::StatusOr<TopicFile> file = ReadTopic(*folder_, name);
  if (!file.ok()) return file.status();
  TopicDescription description{.name = (*topic)->name, .id = (*topic)->id, .options = (*topic)->options};
  for (const std::shared_ptr<PartitionBackend>& partition : (*topic)->partitions) {
    const auto& local = static_cast<const LocalPartition&>(*partition);
    description.partitions.push_back(Describe(*local.opened(), local.id(), folder_->DamageOf(*file, local.id())));
  }
  return description;
}

void LocalBackend::DropDeleted() {
  std::vector<std::shared_ptr<OpenPartition>> dropped;  // let go of without our mutex
  {
    const base::MutexLock lock(mutex_);
    for (auto it = partitions_.begin(); it != partitions_.end();) {
      if (it->second != nullptr && it->second->deleted()) {
        dropped.push_back(std::move(it->second));
        it = partitions_.erase(it);
      } else {
        ++it;
      }
    }
    std::erase_if(topics_, [](const auto& entry) {
      const auto& partitions = entry.second.topic->partitions;
      return !partitions.empty() && static_cast<const LocalPartition&>(*partitions[0]).opened()->deleted();
    });
  }
  const Folder::Call call(*folder_);
  for (const std::shared_ptr<OpenPartition>& partition : dropped) {
    if (call.status().ok()) partition->log()->ReleaseWriter();
  }
}

absl::Status LocalBackend::Close() {
  if (!folder_->IsOpenersProcess()) {
    housekeeper_->Abandon();
    flusher_->Abandon();
    retaining_->Abandon();
    compaction_->Abandon();
    base::NeverDestroy(housekeeper_);
    base::NeverDestroy(flusher_);
    base::NeverDestroy(retaining_);
    base::NeverDestroy(compaction_);
    return folder_->Usable();
  }
  const base::MutexLock lock(close_mutex_);
  if (std::exchange(closed_, true)) return absl::OkStatus();
  return CloseOnce();
}

absl::Status LocalBackend::CloseOnce() {
  folder_->BeginClose();
  if (folder_->slot() != nullptr) shared::RingSlowly(folder_->control(), folder_->slot()->doorbell_bit());
  housekeeper_->Stop();
  compaction_->Stop();
  retaining_->Stop();
  flusher_->Stop();
  folder_->AwaitCalls();
  std::map<PartitionKey, std::shared_ptr<OpenPartition>> partitions;
  {
    const base::MutexLock lock(mutex_);
    topics_.clear();
    partitions.swap(partitions_);
  }
  for (const auto& entry : partitions) {
    if (entry.second == nullptr) continue;
    if (read_only()) continue;
    // Who goes on without us does not know what we owe the disk.
    if (entry.second->flushes() && !entry.second->deleted()) entry.second->log()->Sync().IgnoreError();
    entry.second->log()->EndAppends();
    entry.second->log()->ReleaseWriter();
  }
  return folder_->Leave([&](const TopicFile& topic, PartitionId p) {
    const auto found = partitions.find({topic.id, p});
    return found == partitions.end() || found->second == nullptr ? nullptr : found->second->log();
  });
}

absl::Status LocalBackend::AlterTopic(std::string_view name, const TopicChanges& changes) {
  // What there is to be synced is synced before anybody has to wait for it.
  if (changes.durability == Durability::kDisk) SyncTopic(name).IgnoreError();
  const auto altered =
      broker::AlterTopic(*folder_, name, changes,
                         [this](const TopicFile& topic, PartitionId partition) { return LogOf(topic, partition); });
  // Other processes' next look finds it, too; this one is now.
  if (altered.ok() && LimitsOf(altered->options).any()) retention_->Soon();
  if (altered.ok() && IsCompacted(altered->options)) compactor_->Start();
  return altered.status();
}

absl::StatusOr<CompactionReport> LocalBackend::CompactTopic(std::string_view name, const CompactionRequest& request) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  const absl::StatusOr<TopicFile> topic = ReadTopic(*folder_, name);
  if (!topic.ok()) return topic.status();
  if (compactor_ != nullptr) return compactor_->CompactTopic(*topic, request);
  return absl::PermissionDeniedError(
      fmt::format("{}: opened read-only; open the broker without OpenMode::kReadOnly to compact", folder()));
}

absl::StatusOr<std::shared_ptr<log::Log>> LocalBackend::LogOf(const TopicFile& topic, PartitionId partition) {
  const base::MutexLock lock(mutex_);
  const auto opened = OpenOnce(topic, partition);
  if (!opened.ok()) return opened.status();
  return (*opened)->log();
}

std::vector<TopicLogs> LocalBackend::AllLogs() {
  std::vector<TopicLogs> all;
  const auto names = broker::ListTopics(*folder_);
  if (!names.ok()) return all;
  for (const std::string& name : *names) {
    const absl::StatusOr<TopicFile> file = ReadTopic(*folder_, name);
    if (!file.ok()) continue;
    TopicLogs topic{.options = file->options};
    for (PartitionId p = 0; p < file->options.partitions; ++p) {
      absl::StatusOr<std::shared_ptr<log::Log>> log = LogOf(*file, p);
      if (log.ok()) topic.logs.push_back(*std::move(log));
    }
    all.push_back(std::move(topic));
  }
  return all;
}

std::vector<std::shared_ptr<log::Log>> LocalBackend::OpenedLogs() {
  std::vector<std::shared_ptr<log::Log>> logs;
  const base::MutexLock lock(mutex_);
  for (const auto& entry : partitions_) {
    if (entry.second != nullptr && !entry.second->deleted()) logs.push_back(entry.second->log());
  }
  return logs;
}

absl::Status LocalBackend::Flush() {
  if (absl::Status status = Usable(); !status.ok()) return status;
  if (folder_->in_memory()) {
    return absl::InvalidArgumentError("a broker in memory has no disk to flush to; use a broker on a folder");
  }
  if (read_only()) {
    return absl::PermissionDeniedError(fmt::format("{} was opened read-only: nothing can be synced", folder()));
  }
  const auto names = ListTopics();
  if (!names.ok()) return names.status();
  absl::Status first;
  for (const std::string& name : *names) {
    const absl::Status synced = SyncTopic(name);
    // Deleted meanwhile.
    if (!absl::IsNotFound(synced)) first.Update(synced);
  }
  return first;
}

absl::Status LocalBackend::SyncTopic(std::string_view name) {
  const auto topic = FindTopic(name);
  if (!topic.ok()) return topic.status();
  absl::Status first;
  for (const std::shared_ptr<PartitionBackend>& partition : (*topic)->partitions) {
    first.Update(static_cast<const LocalPartition&>(*partition).opened()->log()->Sync());
  }
  return first;
}

}  // namespace leat::broker
