// The job of looking for what is to be retired: records that are too old or too many, segments that have been written to
// for too long, a budget that is full. Done on the flusher's thread, now and then, by one process at a time for all topics
// of the folder; when that one dies, the next one's turn comes.
#ifndef LEAT_BROKER_RETENTION_H_
#define LEAT_BROKER_RETENTION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <leat/topic_options.h>
#include "absl/status/statusor.h"
#include "broker/budget.h"
#include "broker/flusher.h"
#include "broker/folder.h"
#include "broker/topic_file.h"
#include "log/log.h"

namespace leat::broker {

struct TopicLimits {
  log::RetentionLimits keep;
  bool any() const { return keep.ms.has_value() || keep.bytes.has_value(); }
};
TopicLimits LimitsOf(const TopicOptions& options);

// Threads: safe from all threads; rounds are one at a time. Lifetime: what it is given outlives the flusher's thread.
class Retention final : public Flushable, public std::enable_shared_from_this<Retention> {
 public:
  using LogOf = std::function<absl::StatusOr<std::shared_ptr<log::Log>>(const TopicFile&, PartitionId)>;
  using OpenedLogs = std::function<std::vector<std::shared_ptr<log::Log>>()>;
  // `budget` may be null.
  Retention(Folder& folder, Flusher& flusher, std::shared_ptr<Budget> budget, LogOf log_of, OpenedLogs opened_logs);

  // Looks for the first time within half a minute, and then every retention_check_interval. Once is enough.
  void Start();
  // Looks as soon as the flusher's thread has time, but not more than once a second.
  void Soon();

  // An allocation has failed: lets go at once what is to go anyway. Whether there was something. Under any lock of a log.
  bool MakeRoom();
  // The same without any lock: waits for those who are letting something go. Whether it is worth another try, which it also
  // is when others were quicker.
  bool AwaitRoom();

  std::chrono::nanoseconds FlushDue(std::chrono::nanoseconds now) override;

 private:
  void Round(bool asked);
  bool IsOthersTurn(bool asked) const;
  void LetGo();
  std::optional<std::int64_t> MakeRoom(log::Waiting waiting, std::atomic<std::chrono::nanoseconds::rep>& in_vain_at);
  std::int64_t LookAtTopics(log::Waiting waiting);
  std::int64_t LookAtPartition(const TopicFile& topic, PartitionId partition, log::Waiting waiting);

  Folder& folder_;
  Flusher& flusher_;
  const std::shared_ptr<Budget> budget_;
  const LogOf log_of_;
  const OpenedLogs opened_logs_;
  const std::chrono::nanoseconds interval_;

  // By the monotonic clock, in ns.
  std::atomic<std::chrono::nanoseconds::rep> due_{kNever.count()};
  std::atomic<std::chrono::nanoseconds::rep> last_{0};
  std::atomic<std::chrono::nanoseconds::rep> no_room_at_{0};  // looks that found nothing: without waiting, and with
  std::atomic<std::chrono::nanoseconds::rep> awaited_at_{0};
  std::atomic<bool> asked_{false};
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_RETENTION_H_
