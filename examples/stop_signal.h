// Ctrl-C and SIGTERM as a question that a program asks when it suits it.
#ifndef LEAT_EXAMPLES_STOP_SIGNAL_H_
#define LEAT_EXAMPLES_STOP_SIGNAL_H_

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>

namespace example {

// Make it first in main: threads take over from the one that starts them which signals they hold back.
class StopSignal {
 public:
  StopSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Sleeps for `duration`, or until somebody wants the program to end: whether that is so. Once it is, it stays so.
  bool Within(std::chrono::nanoseconds duration) {
    using std::chrono::steady_clock;
    const auto until = steady_clock::now() + duration;
    while (!asked_) {
      const auto left = std::max(until - steady_clock::now(), steady_clock::duration::zero());
      const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
      const timespec timeout{.tv_sec = static_cast<std::time_t>(seconds.count()),
                             .tv_nsec = static_cast<long>((left - seconds).count())};
      asked_ = sigtimedwait(&signals_, nullptr, &timeout) > 0;
      if (left == steady_clock::duration::zero()) break;
    }
    return asked_;
  }
  bool Asked() { return Within(std::chrono::nanoseconds(0)); }

 private:
  sigset_t signals_;
  bool asked_ = false;
};

}  // namespace example

#endif  // LEAT_EXAMPLES_STOP_SIGNAL_H_
