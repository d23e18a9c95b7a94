// A process's own end, by SIGKILL, a chosen time after the beginning of a chosen operation: deaths from outside fall
// between operations most of the time, these fall into them.
#ifndef LEAT_TESTS_PROCESS_KILLER_SELF_KILL_H_
#define LEAT_TESTS_PROCESS_KILLER_SELF_KILL_H_

#include <signal.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace leat::process_test {

enum class Deed : int {
  kNone,
  kOpen,
  kSend,
  kSendToDisk,
  kCreate,
  kDelete,
  kTrim,
  kCompact,
  kClose,
  kRead,
  kJoin,
  kCommit,
  kLeave
};

class SelfKill {
 public:
  SelfKill() = default;
  // At the `nth` (from 1) beginning of `deed`, `delay` nanoseconds later.
  SelfKill(Deed deed, std::int64_t nth, std::int64_t delay) : deed_(deed), left_(nth), delay_(delay) {}

  // To be called at the beginning of a deed, by any thread.
  void Begins(Deed deed) {
    if (deed != deed_ || left_.fetch_sub(1) != 1) return;
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    timer_t timer{};
    itimerspec when{};
    when.it_value.tv_sec = delay_ / 1'000'000'000;
    when.it_value.tv_nsec = delay_ % 1'000'000'000 + 1;
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) ::timer_settime(timer, 0, &when, nullptr);
  }

 private:
  const Deed deed_ = Deed::kNone;
  std::atomic<std::int64_t> left_{0};
  const std::int64_t delay_ = 0;
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_KILLER_SELF_KILL_H_
