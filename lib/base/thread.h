// A thread of leat's own inside somebody's application: named, so that it can be told from the application's, and
// deaf to its signals.
#ifndef LEAT_BASE_THREAD_H_
#define LEAT_BASE_THREAD_H_

#include <pthread.h>

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace leat::base {

// Joins in its destructor: whoever owns one tells its body to end before. In a forked child the thread is not there,
// and the handle must be given up with Abandon().
class Thread {
 public:
  // `name` appears in ps and debuggers, cut to 15 characters. All signals that a handler of the application might be
  // meant for are blocked in the thread; those that a fault of its own raises are not, so that crash reports stay
  // possible. kResourceExhausted when the system has no thread left (`ulimit -u`, cgroup pids.max).
  static absl::StatusOr<Thread> Start(const std::string& name, absl::AnyInvocable<void()> body);

  Thread() = default;
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  ~Thread() { Join(); }

  // Waits for the body to end. Does nothing when there is no thread (any more).
  void Join();
  // Forgets the thread without waiting for it.
  void Abandon() { joinable_ = false; }

  bool joinable() const { return joinable_; }

 private:
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace leat::base

#endif  // LEAT_BASE_THREAD_H_
