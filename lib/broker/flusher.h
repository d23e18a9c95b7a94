// The thread that syncs what nobody waits for: what flush.ms and flush.messages ask for, and finished segments. One a
// broker, started when it is first needed, and another than the housekeeper: a sync may not hold up the room ahead of the
// writers. What takes longer than a sync, or waits for others, has others of the kind: retention, and compaction.
#ifndef LEAT_BROKER_FLUSHER_H_
#define LEAT_BROKER_FLUSHER_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace leat::broker {

// What is synced in the background, now and then.
class Flushable {
 public:
  static constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();

  virtual ~Flushable() = default;
  // On the flusher's thread: syncs what is due at `now`, and returns when something will be next.
  virtual std::chrono::nanoseconds FlushDue(std::chrono::nanoseconds now) = 0;
};

// Threads: safe from all threads. Stop before it is destroyed.
class Flusher {
 public:
  // `name` is the thread's. Once something has been added, `meanwhile`, if there is one, is called on the thread whenever it
  // wakes and nothing is due, which is every few seconds at least.
  explicit Flusher(const base::Clock& clock, std::string name = "leat-flush",
                   std::function<void()> meanwhile = nullptr)
      : clock_(clock), name_(std::move(name)), meanwhile_(std::move(meanwhile)) {}
  ~Flusher() { Abandon(); }

  // Asks for a FlushDue when the monotonic clock says `due`, or earlier. Never waits for one. False: there is no thread
  // to be had, or it has been stopped.
  bool Add(std::shared_ptr<Flushable> work, std::chrono::nanoseconds due) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the thread after what it is at, and forgets what was asked for.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // In a forked child, where the thread is not.
  void Abandon() { thread_.Abandon(); }

 private:
  using Queue = std::map<std::shared_ptr<Flushable>, std::chrono::nanoseconds>;

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<std::shared_ptr<Flushable>> Next() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Enter(std::shared_ptr<Flushable> work, std::chrono::nanoseconds due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Sleep(std::chrono::nanoseconds due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const base::Clock& clock_;
  const std::string name_;
  const std::function<void()> meanwhile_;
  base::Mutex mutex_;
  base::CondVar changed_;
  Queue queue_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  base::Thread thread_;  // started under mutex_, joined by who set stopped_
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_FLUSHER_H_
