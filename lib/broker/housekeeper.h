// The thread that does what no appender should wait for: growing and touching segments ahead of the writers, sealing
// those that are full. One a broker, started when it is first needed.
#ifndef LEAT_BROKER_HOUSEKEEPER_H_
#define LEAT_BROKER_HOUSEKEEPER_H_

#include <deque>
#include <memory>

#include "base/mutex.h"
#include "base/thread.h"

namespace leat::broker {

// What wants a round of housekeeping.
class Housekept {
 public:
  virtual ~Housekept() = default;
  // On the housekeeper's thread; one at a time.
  virtual void Housekeep() = 0;
};

// Threads: safe from all threads. Stop before it is destroyed.
class Housekeeper {
 public:
  ~Housekeeper() { Abandon(); }

  // Asks for one round. Never waits for one; a system call only when the thread is asleep. False: there is no thread
  // to be had, or it has been stopped.
  bool Add(std::shared_ptr<Housekept> work) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the thread after the round it is in, and forgets what was asked for.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // In a forked child, where the thread is not.
  void Abandon() { thread_.Abandon(); }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Housekept> Next() ABSL_LOCKS_EXCLUDED(mutex_);

  base::Mutex mutex_;
  base::CondVar changed_;
  std::deque<std::shared_ptr<Housekept>> queue_ ABSL_GUARDED_BY(mutex_);
  bool asleep_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  base::Thread thread_;  // started under mutex_, joined by who set stopped_
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_HOUSEKEEPER_H_
