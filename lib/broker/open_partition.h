// One partition as it is open in this process, once, however many handles and cursors there are of it.
#ifndef LEAT_BROKER_OPEN_PARTITION_H_
#define LEAT_BROKER_OPEN_PARTITION_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "broker/budget.h"
#include "broker/flusher.h"
#include "broker/folder.h"
#include "broker/housekeeper.h"
#include "broker/retention.h"
#include "broker/topic_file.h"
#include "log/log.h"
#include "log/settings.h"

namespace leat::broker {

// Threads: safe from all threads.
class OpenPartition final : public log::LogOwner,
                            public Housekept,
                            public Flushable,
                            public std::enable_shared_from_this<OpenPartition> {
 public:
  // `budget` is null where nobody counts. kNotFound as Folder::PageOf.
  static absl::StatusOr<std::shared_ptr<OpenPartition>> Open(std::shared_ptr<Folder> folder,
                                                             std::shared_ptr<Housekeeper> housekeeper,
                                                             std::shared_ptr<Flusher> flusher,
                                                             std::shared_ptr<Budget> budget,
                                                             std::shared_ptr<Retention> retention,
                                                             const TopicFile& topic, PartitionId partition);
  ~OpenPartition() override;

  Folder& folder() const { return *folder_; }
  const std::shared_ptr<log::Log>& log() const { return log_; }
  shared::PartitionPage& page() const { return *page_; }
  bool deleted() const { return (page_->flags.load(std::memory_order_acquire) & shared::kFlagDeleted) != 0; }

  absl::Status Reserve(log::Log& log, std::int64_t bytes) override;
  bool MakeRoom(log::Log& log, std::int64_t bytes) override;
  bool AwaitRoom(log::Log& log) override;
  void Poke(log::Log& log) override;
  void Housekeep() override;

  // Whether the topic asks for syncing in the background: then the flusher is told that this process has appended up to
  // `end`.
  bool flushes() const { return flush_after_messages_ > 0 || flush_after_ > std::chrono::nanoseconds::zero(); }
  void FlushLater(Offset end);
  std::chrono::nanoseconds FlushDue(std::chrono::nanoseconds now) override;

 private:
  OpenPartition(std::shared_ptr<Folder> folder, std::shared_ptr<Housekeeper> housekeeper,
                std::shared_ptr<Flusher> flusher, std::shared_ptr<Budget> budget,
                std::shared_ptr<Retention> retention, const TopicOptions& options, shared::PartitionPage* page);

  // When something is to be synced, by the monotonic clock in ns; kNever when nothing is.
  using DueTime = std::atomic<std::chrono::nanoseconds::rep>;

  void SyncSealedLater();
  // Makes `when` no later than `due`, and tells the flusher. False: there is none to be had.
  bool Ask(DueTime& when, std::chrono::nanoseconds due);
  bool TakeIfDue(DueTime& when, std::chrono::nanoseconds now);

  const std::shared_ptr<Folder> folder_;
  const std::shared_ptr<Housekeeper> housekeeper_;
  const std::shared_ptr<Flusher> flusher_;
  const std::chrono::nanoseconds flush_after_;  // 0: not asked for
  const std::int64_t flush_after_messages_;     // likewise
  const std::shared_ptr<Budget> budget_;
  const std::shared_ptr<Retention> retention_;
  const bool retires_by_size_;  // each segment that ends may be one too many
  Offset active_base_ = -1;     // as the housekeeper has seen it last
  shared::PartitionPage* const page_;
  std::shared_ptr<log::Log> log_;

  std::atomic<bool> poked_{false};
  DueTime flush_at_{kNever.count()};
  DueTime sync_sealed_at_{kNever.count()};
  std::atomic<std::int64_t> reserved_{0};
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_OPEN_PARTITION_H_
