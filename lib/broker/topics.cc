#include "broker/topics.h"

#include <fmt/format.h>

#include <leat/settings.h>
#include <algorithm>

#include "broker/reserve.h"
#include "broker/side_by_side.h"
#include "broker/topic_config.h"
#include "broker/topic_mending.h"
#include "broker/topic_name.h"
#include "log/page.h"
#include "shared/counters.h"

namespace leat::broker {
namespace {

// The header lock, held, with nothing half done before it.
class TopicListLock {
 public:
  explicit TopicListLock(Folder& folder) : folder_(folder), call_(folder) {
    status_ = Take();
    if (!status_.ok()) return;
    absl::StatusOr<TopicNames> names = ListTopicNames(folder_.place());
    status_ = names.status();
    // A death under the lock shows in what it left, whoever has had the lock since.
    if (status_.ok()) status_ = MendTopics(folder_, names->pending);
    if (status_.ok()) topics_ = std::move(names->topics);
  }
  ~TopicListLock() {
    if (held_) folder_.locker()->Unlock(folder_.control().header().header_lock);
  }
  TopicListLock(const TopicListLock&) = delete;
  TopicListLock& operator=(const TopicListLock&) = delete;

  const absl::Status& status() const { return status_; }
  const std::vector<std::string>& topics() const { return topics_; }

 private:
  absl::Status Take() {
    if (!call_.status().ok()) return call_.status();
    if (folder_.read_only()) {
      return absl::PermissionDeniedError(fmt::format("{}: is open read-only", folder_.path()));
    }
    if (absl::Status status = folder_.CheckStillThere(); !status.ok()) return status;
    const auto taken = folder_.locker()->Lock(folder_.control().header().header_lock,
                                              fmt::format("the list of topics of {}", folder_.path()));
    held_ = taken.ok();
    return taken.status();
  }

  Folder& folder_;
  Folder::Call call_;
  bool held_ = false;
  absl::Status status_;
  std::vector<std::string> topics_;
};

absl::Status CheckNameIsFree(const TopicListLock& lock, std::string_view name) {
  for (const std::string& other : lock.topics()) {
    if (other == name)
      return absl::AlreadyExistsError(fmt::format("topic {}: there is one of that name already", name));
    if (TopicNamesCollide(other, name)) {
      return absl::InvalidArgumentError(
          fmt::format("topic {}: there is a topic {}, and names must differ in more than '.' and '_'", name, other));
    }
  }
  return absl::OkStatus();
}

// Folders first, then pages: a page is there for as long as anybody is, a folder is easily taken away.
absl::Status MakePartitions(Folder& folder, const TopicFile& topic, PartitionId begin) {
  const auto count = static_cast<std::size_t>(topic.options.partitions - begin);
  const absl::Status made = SideBySide(count, [&](std::size_t i) {
    return MakePartitionFolder(folder.place(), topic, begin + static_cast<PartitionId>(i));
  });
  if (!made.ok()) return made;
  if (absl::Status status = folder.files().SyncDirectory(folder.path()); !status.ok()) return status;
  // Where the file's size cannot be had, pages seem to be missing: then none may be given out.
  if (folder.control().page_count() != folder.control().header().page_count.load(std::memory_order_acquire)) {
    return absl::UnavailableError(fmt::format("{}: the size of its control file cannot be had now", folder.path()));
  }
  for (PartitionId p = begin; p < topic.options.partitions; ++p) {
    absl::StatusOr<shared::PartitionPage*> page = folder.control().AddPage(topic.id, topic.incarnation, p);
    if (!page.ok()) return page.status();
    log::FillPage(**page, log::PageContent{.flags = FlagsOf(topic) | shared::kFlagNameUnsynced});
  }
  return absl::OkStatus();
}

// Others use it from the rename on, and do not wait for us: see SyncName.
absl::Status Commit(Folder& folder, const TopicFile& topic, Pending what) {
  if (absl::Status status = folder.files().Rename(PendingPath(folder.place(), topic.id, what),
                                                  TopicFilePath(folder.path(), topic.name));
      !status.ok()) {
    return status;
  }
  folder.TopicListChanged();
  if (absl::Status status = SyncTopicNames(folder.files(), folder.path()); !status.ok()) return status;
  for (PartitionId p = 0; p < topic.options.partitions; ++p) {
    const absl::StatusOr<shared::PartitionPage*> page = folder.PageOf(topic, p);
    if (page.ok()) NameIsSynced(**page);
  }
  return absl::OkStatus();
}

// Writes down what is to be, makes the partitions from `begin` on, and commits. What a failure leaves is mended at
// once if that can be, else by whoever comes next.
absl::Status Establish(Folder& folder, const TopicFile& topic, Pending what, PartitionId begin) {
  absl::Status status = WritePending(folder.place(), topic, what);
  if (status.ok()) status = MakePartitions(folder, topic, begin);
  if (status.ok()) return Commit(folder, topic, what);
  const absl::StatusOr<TopicNames> names = ListTopicNames(folder.place());
  if (names.ok()) MendTopics(folder, names->pending).IgnoreError();
  return status;
}

void Count(Folder& folder, shared::SharedCount shared::FolderCounters::*counter) {
  if (folder.counts()) shared::Add(folder.control().header().counters.*counter);
}

absl::Status SetToDisk(const TopicFile& topic, bool to_disk, const LogOf& log_of) {
  absl::Status first;
  for (PartitionId p = 0; p < topic.options.partitions; ++p) {
    const absl::StatusOr<std::shared_ptr<log::Log>> log = log_of(topic, p);
    first.Update(log.ok() ? (*log)->SetToDisk(to_disk) : log.status());
  }
  return first;
}

absl::Status DeleteOnce(Folder& folder, std::string_view name) {
  const TopicListLock lock(folder);
  if (!lock.status().ok()) return lock.status();
  const absl::StatusOr<TopicFile> topic = ReadTopic(folder, name);
  if (!topic.ok()) return topic.status();
  const std::string pending = PendingPath(folder.place(), topic->id, Pending::kDelete);
  if (auto s = folder.files().Rename(TopicFilePath(folder.path(), name), pending); !s.ok()) return s;
  // From here on it is deleted; whatever fails now is done by whoever takes the lock next.
  folder.TopicListChanged();
  CondemnPages(folder, topic->id, 0);
  Count(folder, &shared::FolderCounters::topics_deleted);
  const std::string pending_name = pending.substr(pending.rfind('/') + 1);
  return MendTopics(folder, {pending_name});
}

}  // namespace

absl::StatusOr<TopicFile> CreateTopic(Folder& folder, std::string_view name, TopicOptions options) {
  if (absl::Status status = CheckTopicName(name); !status.ok()) return status;
  if (options.take_defaults) folder.defaults().Apply(options);
  if (absl::Status status = CheckTopicOptions(options, folder.in_memory()); !status.ok()) return status;
  const TopicListLock lock(folder);
  if (!lock.status().ok()) return lock.status();
  if (absl::Status status = CheckNameIsFree(lock, name); !status.ok()) return status;
  TopicFile topic{.name = std::string(name),
                  .id = base::MakeUuid(folder.random()),
                  .incarnation = static_cast<std::uint64_t>(std::max<std::int64_t>(folder.clock().WallMillis(), 1)),
                  .options = NormalizeTopicOptions(options, folder.size_limit())};
  if (absl::Status status = Establish(folder, topic, Pending::kCreate, 0); !status.ok()) return status;
  Count(folder, &shared::FolderCounters::topics_created);
  return topic;
}

absl::Status DeleteTopic(Folder& folder, std::string_view name) {
  absl::Status deleted = DeleteOnce(folder, name);
  // What is deleted for its space must not need some. What was done is not found again, and what is left is mended.
  if (absl::IsResourceExhausted(deleted) && GiveUpReserve(folder.files(), folder.path())) {
    deleted = DeleteOnce(folder, name);
    if (absl::IsNotFound(deleted)) deleted = absl::OkStatus();
  }
  if (deleted.ok() && !folder.in_memory()) KeepReserve(folder.files(), folder.path(), folder.place().like);
  return deleted;
}

absl::StatusOr<TopicFile> AlterTopic(Folder& folder, std::string_view name, const TopicChanges& changes,
                                     const LogOf& log_of) {
  const TopicListLock lock(folder);
  if (!lock.status().ok()) return lock.status();
  absl::StatusOr<TopicFile> topic = ReadTopic(folder, name);
  if (!topic.ok()) return topic;
  const TopicOptions changed = Changed(topic->options, changes);
  if (absl::Status status = CheckTopicOptions(changed, folder.in_memory()); !status.ok()) return status;
  const bool was_to_disk = topic->options.durability == Durability::kDisk;
  topic->options = NormalizeTopicOptions(changed, folder.size_limit());
  const bool to_disk = topic->options.durability == Durability::kDisk;
  // In between, and for ever if we die there, the topic does more than its file says.
  if (to_disk && !was_to_disk) {
    if (auto s = SetToDisk(*topic, true, log_of); !s.ok()) {
      SetToDisk(*topic, false, log_of).IgnoreError();
      return s;
    }
  }
  if (auto s = Establish(folder, *topic, Pending::kAlter, topic->options.partitions); !s.ok()) return s;
  if (!to_disk && was_to_disk) {
    if (auto s = SetToDisk(*topic, false, log_of); !s.ok()) return s;
  }
  Count(folder, &shared::FolderCounters::topics_altered);
  return topic;
}

absl::StatusOr<TopicFile> AddPartitions(Folder& folder, std::string_view name, PartitionId count) {
  const TopicListLock lock(folder);
  if (!lock.status().ok()) return lock.status();
  absl::StatusOr<TopicFile> topic = ReadTopic(folder, name);
  if (!topic.ok()) return topic;
  const PartitionId before = topic->options.partitions;
  if (count <= before || count > kPartitionsMax) {
    return absl::InvalidArgumentError(fmt::format("topic {}: has {} partitions, and can be given {} to {}, not {}",
                                                  name, before, before + 1, kPartitionsMax, count));
  }
  topic->options.partitions = count;
  if (absl::Status status = Establish(folder, *topic, Pending::kAlter, before); !status.ok()) return status;
  Count(folder, &shared::FolderCounters::topics_altered);
  return topic;
}

absl::Status SyncName(Folder& folder, shared::PartitionPage& page) {
  if ((page.flags.load(std::memory_order_acquire) & shared::kFlagNameUnsynced) == 0) [[likely]]
    return absl::OkStatus();
  if (absl::Status status = SyncTopicNames(folder.files(), folder.path()); !status.ok()) return status;
  NameIsSynced(page);
  return absl::OkStatus();
}

void NameIsSynced(shared::PartitionPage& page) {
  page.flags.fetch_and(~static_cast<std::uint32_t>(shared::kFlagNameUnsynced), std::memory_order_acq_rel);
}

absl::StatusOr<TopicFile> ReadTopic(Folder& folder, std::string_view name) {
  if (absl::Status status = CheckTopicName(name); !status.ok()) return status;
  absl::StatusOr<TopicFile> topic = ReadTopicFile(folder.files(), folder.path(), name);
  if (!absl::IsNotFound(topic.status())) return topic;
  if (absl::Status status = folder.CheckStillThere(); !status.ok()) return status;
  return absl::NotFoundError(fmt::format(
      "topic {}: there is none of that name in {}; CreateTopic or EnsureTopic makes one", name, folder.path()));
}

absl::StatusOr<std::vector<std::string>> ListTopics(Folder& folder) {
  absl::StatusOr<TopicNames> names = ListTopicNames(folder.place());
  if (names.ok()) return std::move(names->topics);
  if (absl::Status status = folder.CheckStillThere(); !status.ok()) return status;
  return names.status();
}

}  // namespace leat::broker
