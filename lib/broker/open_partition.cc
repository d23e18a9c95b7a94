#include "broker/open_partition.h"

#include <algorithm>
#include <utility>

#include "shared/commit_slots.h"
#include "shared/counters.h"

#include "broker/topics.h"

namespace leat::broker {
namespace {

// What is in a finished segment is on the disk this long after it was finished, ...
constexpr std::chrono::seconds kSyncSealedWithin{30};
// ... or sooner, if so many wait for it.
constexpr std::size_t kMostUnsyncedSegments = 16;

constexpr std::chrono::seconds kTryAgainAfter{1};

}  // namespace

absl::StatusOr<std::shared_ptr<OpenPartition>> OpenPartition::Open(std::shared_ptr<Folder> folder,
                                                                   std::shared_ptr<Housekeeper> housekeeper,
                                                                   std::shared_ptr<Flusher> flusher,
                                                                   std::shared_ptr<Budget> budget,
                                                                   std::shared_ptr<Retention> retention,
                                                                   const TopicFile& topic, PartitionId partition) {
  const absl::StatusOr<shared::PartitionPage*> page = folder->PageOf(topic, partition);
  if (!page.ok()) return page.status();
  if (!folder->read_only()) {
    if (absl::Status status = SyncName(*folder, **page); !status.ok()) return status;
  }
  log::LogSettings settings = folder->LogSettingsOf(topic, partition, *page);
  std::shared_ptr<OpenPartition> opened(new OpenPartition(std::move(folder), std::move(housekeeper),
                                                          std::move(flusher), std::move(budget), std::move(retention),
                                                          topic.options, *page));
  settings.owner = opened.get();
  opened->log_ = log::Log::Open(std::move(settings));
  return opened;
}

OpenPartition::OpenPartition(std::shared_ptr<Folder> folder, std::shared_ptr<Housekeeper> housekeeper,
                             std::shared_ptr<Flusher> flusher, std::shared_ptr<Budget> budget,
                             std::shared_ptr<Retention> retention, const TopicOptions& options,
                             shared::PartitionPage* page)
    : folder_(std::move(folder)),
      housekeeper_(std::move(housekeeper)),
      flusher_(std::move(flusher)),
      flush_after_(options.flush_ms),
      flush_after_messages_(options.flush_messages),
      budget_(std::move(budget)),
      retention_(std::move(retention)),
      retires_by_size_(options.retention_bytes >= 0 || folder_->options().size_limit > 0),
      page_(page) {}

OpenPartition::~OpenPartition() {
  // On a disk what it has taken stays taken.
  if (budget_ != nullptr && folder_->in_memory()) budget_->GiveBack(reserved_.load(std::memory_order_relaxed));
}

absl::Status OpenPartition::Reserve(log::Log&, std::int64_t bytes) {
  if (budget_ == nullptr) return absl::OkStatus();
  if (bytes < 0) {
    budget_->GiveBack(-bytes);
  } else if (absl::Status status = budget_->Reserve(bytes); !status.ok()) {
    if (folder_->counts()) shared::Add(folder_->control().header().counters.budget_refusals);
    return status;
  }
  reserved_.fetch_add(bytes, std::memory_order_relaxed);
  return absl::OkStatus();
}

bool OpenPartition::MakeRoom(log::Log&, std::int64_t) { return retention_ != nullptr && retention_->MakeRoom(); }

bool OpenPartition::AwaitRoom(log::Log&) { return retention_ != nullptr && retention_->AwaitRoom(); }

void OpenPartition::Poke(log::Log&) {
  // Asked for already: the look alone keeps the line shared among the appenders.
  if (poked_.load(std::memory_order_relaxed) || poked_.exchange(true, std::memory_order_relaxed)) return;
  if (!housekeeper_->Add(shared_from_this())) poked_.store(false, std::memory_order_relaxed);
}

void OpenPartition::Housekeep() {
  // Before the round: what is asked for while it runs needs another.
  poked_.store(false, std::memory_order_relaxed);
  // Whatever fails here meets the appender, too, and is told there.
  if (!folder_->CheckStillThere().ok() || deleted()) return;
  log_->Housekeep().IgnoreError();
  if (log_->HasUnsyncedSegments()) SyncSealedLater();
  const Offset active = shared::ReadCommit(*page_).segment_base;
  if (std::exchange(active_base_, active) != active && retires_by_size_ && retention_ != nullptr) retention_->Soon();
}

void OpenPartition::FlushLater(Offset end) {
  if (flush_after_messages_ > 0 && end - log_->flushed() >= flush_after_messages_) {
    Ask(flush_at_, std::chrono::nanoseconds::zero());
  } else if (flush_after_ > std::chrono::nanoseconds::zero() &&
             flush_at_.load(std::memory_order_relaxed) == kNever.count()) {
    Ask(flush_at_, folder_->clock().Monotonic() + flush_after_);
  }
}

// Each keeps a file open until it is synced.
void OpenPartition::SyncSealedLater() {
  const bool many = log_->UnsyncedDescriptors() > kMostUnsyncedSegments;
  const auto due = many ? std::chrono::nanoseconds::zero() : folder_->clock().Monotonic() + kSyncSealedWithin;
  // Where no thread is to be had, the housekeeper's must do, before there are no more files to be had either.
  if (!Ask(sync_sealed_at_, due) && many) log_->SyncSealed().IgnoreError();
}

bool OpenPartition::Ask(DueTime& when, std::chrono::nanoseconds due) {
  auto known = when.load(std::memory_order_relaxed);
  while (due.count() < known) {
    if (!when.compare_exchange_weak(known, due.count(), std::memory_order_relaxed)) continue;
    if (flusher_->Add(shared_from_this(), due)) return true;
    when.store(kNever.count(), std::memory_order_relaxed);
    return false;
  }
  return true;
}

bool OpenPartition::TakeIfDue(DueTime& when, std::chrono::nanoseconds now) {
  if (when.load(std::memory_order_relaxed) > now.count()) return false;
  // Before the sync: what is asked for meanwhile is of records that it may have missed.
  when.store(kNever.count(), std::memory_order_relaxed);
  return true;
}

std::chrono::nanoseconds OpenPartition::FlushDue(std::chrono::nanoseconds now) {
  const auto sync = [&](DueTime& when, absl::Status (log::Log::*way)()) {
    if (!TakeIfDue(when, now)) return;
    const absl::Status synced = ((*log_).*way)();
    // A failed sync is the appenders' to hear of. What was in the way of one may not be for long.
    const bool again = !synced.ok() && !absl::IsDataLoss(synced) && !deleted() && folder_->Usable().ok();
    if (again) when.store((now + kTryAgainAfter).count(), std::memory_order_relaxed);
  };
  sync(flush_at_, &log::Log::Sync);
  sync(sync_sealed_at_, &log::Log::SyncSealed);
  return std::chrono::nanoseconds(
      std::min(flush_at_.load(std::memory_order_relaxed), sync_sealed_at_.load(std::memory_order_relaxed)));
}

}  // namespace leat::broker
