// The job of looking for what is to be retired: records that are too old or too many, segments that have been written to
// for too long, a budget that is full. Done on a thread of its own, now and then, by one process at a time for all topics
// of the folder; when that one dies, the next one's turn comes. What each process must do for itself is done there, too.
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
#include "broker/retention_turn.h"
#include "broker/topic_file.h"
#include "log/log.h"

namespace leat::broker {

struct TopicLimits {
  log::RetentionLimits keep;
  bool any() const { return keep.ms.has_value() || keep.bytes.has_value(); }
};
TopicLimits LimitsOf(const TopicOptions& options);

// Threads: safe from all threads; rounds are one at a time. Lifetime: what it is given outlives the thread.
class Retention final : public Flushable, public std::enable_shared_from_this<Retention> {
 public:
  using LogOf = std::function<absl::StatusOr<std::shared_ptr<log::Log>>(const TopicFile&, PartitionId)>;
  using OpenedLogs = std::function<std::vector<std::shared_ptr<log::Log>>()>;
  // `thread` has nothing else to do. `budget` may be null. `compacts` is called when a topic is compacted that may not have been
  // before.
  Retention(Folder& folder, Flusher& thread, RetentionTurn& turn, std::shared_ptr<Budget> budget, LogOf log_of,
            OpenedLogs opened_logs, std::function<void()> compacts);

  // Looks for the first time within half a minute, and then every retention_check_interval. Once is enough.
  void Start();
  // Looks as soon as the thread has time, but not more than once a second.
  void Soon();
  // The thread's, whenever it wakes: every few seconds lets go of what others have removed, so that the disk gets it back.
  void LetGoNowAndThen();

  // An allocation has failed: lets go at once what is to go anyway. Whether there was something. Under any lock of a log.
  bool MakeRoom();
  // The same without any lock: waits for those who are letting something go. Whether it is worth another try, which it also
  // is when others were quicker.
  bool AwaitRoom();

  std::chrono::nanoseconds FlushDue(std::chrono::nanoseconds now) override;

 private:
  // Why somebody looks, and so what may be done: only the first two roll what is due, and only the second waits for locks.
  enum class Look : std::uint8_t { kBackground, kAwaiting, kUnderLocks };

  void LookBy(std::chrono::nanoseconds::rep due);
  void Round(bool asked);
  void LookAgain(bool asked);
  bool IsOthersTurn(bool asked) const;
  void TakeOverSettings();
  void LetGo();
  bool AwaitTurn();
  std::optional<std::int64_t> MakeRoom(Look look, std::atomic<std::chrono::nanoseconds::rep>& in_vain_at);
  std::int64_t LookAtTopics(Look look);
  std::int64_t LookAtPartition(const TopicFile& topic, PartitionId partition, Look look);
  bool MayRoll(const shared::PartitionPage& page, Look look);

  Folder& folder_;
  Flusher& thread_;
  RetentionTurn& turn_;
  const std::shared_ptr<Budget> budget_;
  const LogOf log_of_;
  const OpenedLogs opened_logs_;
  const std::function<void()> compacts_;
  const std::chrono::nanoseconds interval_;

  // Of the thread.
  std::optional<std::uint64_t> settings_seen_;  // the generation of the list of topics
  std::chrono::nanoseconds let_go_at_{0};
  bool looks_again_ = false;

  // By the monotonic clock, in ns.
  std::atomic<std::chrono::nanoseconds::rep> due_{kNever.count()};
  std::atomic<std::chrono::nanoseconds::rep> last_{0};
  std::atomic<std::chrono::nanoseconds::rep> no_room_at_{0};  // looks that found nothing: without waiting, and with
  std::atomic<std::chrono::nanoseconds::rep> awaited_at_{0};
  std::atomic<bool> asked_{false};
  std::atomic<bool> was_in_the_way_{false};  // a lock that a look in the background has not waited for
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_RETENTION_H_
