#include "broker/open_partition.h"

#include <utility>

namespace leat::broker {

absl::StatusOr<std::shared_ptr<OpenPartition>> OpenPartition::Open(std::shared_ptr<Folder> folder,
                                                                   std::shared_ptr<Housekeeper> housekeeper,
                                                                   std::shared_ptr<Budget> budget,
                                                                   const TopicFile& topic, PartitionId partition) {
  const absl::StatusOr<shared::PartitionPage*> page = folder->PageOf(topic, partition);
  if (!page.ok()) return page.status();
  log::LogSettings settings = folder->LogSettingsOf(topic, partition, *page);
  std::shared_ptr<OpenPartition> opened(
      new OpenPartition(std::move(folder), std::move(housekeeper), std::move(budget), *page));
  settings.owner = opened.get();
  opened->log_ = log::Log::Open(std::move(settings));
  if (opened->budget_ != nullptr) opened->budget_->Watch(opened->log_);
  return opened;
}

OpenPartition::OpenPartition(std::shared_ptr<Folder> folder, std::shared_ptr<Housekeeper> housekeeper,
                             std::shared_ptr<Budget> budget, shared::PartitionPage* page)
    : folder_(std::move(folder)), housekeeper_(std::move(housekeeper)), budget_(std::move(budget)), page_(page) {}

OpenPartition::~OpenPartition() {
  if (budget_ != nullptr) budget_->GiveBack(reserved_.load(std::memory_order_relaxed));
}

absl::Status OpenPartition::Reserve(log::Log&, std::int64_t bytes) {
  if (budget_ == nullptr) return absl::OkStatus();
  if (bytes < 0) {
    budget_->GiveBack(-bytes);
  } else if (absl::Status status = budget_->Reserve(bytes); !status.ok()) {
    return status;
  }
  reserved_.fetch_add(bytes, std::memory_order_relaxed);
  return absl::OkStatus();
}

void OpenPartition::Poke(log::Log&) {
  // Asked for already: the look alone keeps the line shared among the appenders.
  if (poked_.load(std::memory_order_relaxed) || poked_.exchange(true, std::memory_order_relaxed)) return;
  if (!housekeeper_->Add(shared_from_this())) poked_.store(false, std::memory_order_relaxed);
}

void OpenPartition::Housekeep() {
  // Before the round: what is asked for while it runs needs another.
  poked_.store(false, std::memory_order_relaxed);
  // Whatever fails here meets the appender, too, and is told there.
  if (folder_->CheckStillThere().ok() && !deleted()) log_->Housekeep().IgnoreError();
}

}  // namespace leat::broker
