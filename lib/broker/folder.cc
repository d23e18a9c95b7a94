#include "broker/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "broker/folder_lock.h"
#include "broker/folder_recovery.h"
#include "io/fork.h"
#include "shared/doorbell.h"

namespace leat::broker {

Folder::Folder(std::string path, FolderOptions options, Environment environment)
    : path_(std::move(path)),
      options_(std::move(options)),
      environment_(std::move(environment)),
      fork_generation_(io::ForkGeneration()) {}

Folder::~Folder() {
  // In a forked child nothing here is ours to give back: the fork handler has closed the lock's descriptor already.
  if (IsOpenersProcess() && BeginClose()) Leave().IgnoreError();
}

bool Folder::IsOpenersProcess() const { return io::ForkGeneration() == fork_generation_; }

absl::Status Folder::WhyUnusable() const {
  if (!IsOpenersProcess()) {
    return absl::FailedPreconditionError(
        fmt::format("the broker of {} was opened before fork(); open it again in the child", path_));
  }
  if (state_.load(std::memory_order_acquire) == kGone) {
    return absl::FailedPreconditionError(
        fmt::format("{} has been removed or replaced while it was open; what was written since is lost: close it and "
                    "open it again",
                    path_));
  }
  return absl::FailedPreconditionError(fmt::format("the broker of {} has been closed; open it again", path_));
}

absl::Status Folder::CheckStillThere() {
  if (lock_file_ != nullptr && !LockFileStands(files(), *lock_file_)) {
    std::uint32_t open = kOpen;
    state_.compare_exchange_strong(open, kGone, std::memory_order_acq_rel);
  }
  return Usable();
}

std::uint64_t Folder::TopicListGeneration() const {
  return has_control() ? control_->header().topic_generation.load(std::memory_order_acquire) : 0;
}

void Folder::TopicListChanged() {
  control_->header().topic_generation.fetch_add(1, std::memory_order_acq_rel);
  shared::RingSlowly(*control_, std::numeric_limits<std::uint64_t>::max());
}

absl::StatusOr<shared::PartitionPage*> Folder::PageOf(const TopicFile& topic, PartitionId partition) {
  if (!has_control()) return PrivatePage(topic, partition);
  if (shared::PartitionPage* page = pages_->Find(topic.id, partition); page != nullptr) return page;
  // Who was opening the folder has given the page up, and died before there was another.
  if (read_only()) {
    const absl::StatusOr<TopicFile> now = ReadTopicFile(files(), path_, topic.name);
    if (now.ok() && now->id == topic.id) return PrivatePage(topic, partition);
  }
  return absl::NotFoundError(
      fmt::format("partition {} of topic {}: the topic is being deleted, or its file is not of this folder",
                  partition, topic.name));
}

absl::StatusOr<shared::PartitionPage*> Folder::PrivatePage(const TopicFile& topic, PartitionId partition) {
  const base::MutexLock lock(mutex_);
  std::unique_ptr<shared::PartitionPage>& page = private_pages_[{topic.id, partition}];
  if (page != nullptr) return page.get();
  const absl::StatusOr<log::RecoveredLog> recovered = RecoverPartition(
      place(), topic, partition,
      {.writable = false, .is_copy = true, .surely_a_copy = surely_a_copy_, .has_budget = has_budget()}, {});
  if (!recovered.ok()) return recovered.status();
  page = std::make_unique<shared::PartitionPage>();
  page->partition = partition;
  log::FillPage(*page, log::PageContentOf(*recovered));
  if (!recovered->damage.ok()) damage_[{topic.id, partition}] = recovered->damage;
  return page.get();
}

log::LogSettings Folder::LogSettingsOf(const TopicFile& topic, PartitionId partition,
                                       shared::PartitionPage* page) const {
  return {.files = environment_.files,
          .folder = PartitionFolderPath(place(), topic.name, partition),
          .like = like_,
          .topic = topic.name,
          .partition = partition,
          .control = control_.get(),
          .page = page,
          .locker = locker(),
          .slot = slot_ != nullptr ? slot_->index() : 0,
          .clock = environment_.clock,
          .segment_bytes = topic.options.segment_bytes,
          .segment_ms = topic.options.segment_ms.count(),
          // What is larger than the topic allows is refused before it comes to the log (LocalPartition), so that a
          // change of that setting does not need the log to be opened anew.
          .max_message_bytes = topic.options.segment_bytes,
          .index_interval_bytes = topic.options.index_interval_bytes,
          .mapped_writes = mapped_writes_,
          .needs_sync = !environment_.in_memory,
          .counts = counts(),
          .allow_gaps = topic.adopted};
}

absl::Status Folder::DamageOf(const TopicFile& topic, PartitionId partition) const {
  const base::MutexLock lock(mutex_);
  const auto found = damage_.find({topic.id, partition});
  return found == damage_.end() ? absl::OkStatus() : found->second;
}

void Folder::NoteDamage(const TopicFile& topic, PartitionId partition, const absl::Status& damage) {
  const base::MutexLock lock(mutex_);
  damage_[{topic.id, partition}] = damage;
}

// Counted first, looked at then; the closer does it the other way round: either it sees the call, or the call the
// closing.
Folder::Call::Call(const Folder& folder) : count_(folder.calls_) {
  count_.fetch_add(1, std::memory_order_seq_cst);
  status_ = folder.Usable();
}

bool Folder::BeginClose() { return state_.exchange(kClosed, std::memory_order_seq_cst) != kClosed; }

void Folder::AwaitCalls() const {
  while (calls_.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
}

}  // namespace leat::broker
