#include "base/thread.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace leat::base {
namespace {

struct Beginning {
  std::string name;
  absl::AnyInvocable<void()> body;
};

void* Run(void* argument) {
  const std::unique_ptr<Beginning> start(static_cast<Beginning*>(argument));
  ::pthread_setname_np(::pthread_self(), start->name.c_str());
  start->body();
  return nullptr;
}

sigset_t SignalsOfOthers() {
  sigset_t signals;
  sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&signals, fault);
  return signals;
}

}  // namespace

absl::StatusOr<Thread> Thread::Start(const std::string& name, absl::AnyInvocable<void()> body) {
  auto start = std::make_unique<Beginning>();
  start->name = name.substr(0, 15);
  start->body = std::move(body);
  // A thread inherits its mask, so it is set here: set by the thread itself, a signal could come first.
  const sigset_t blocked = SignalsOfOthers();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  Thread thread;
  const int error = ::pthread_create(&thread.thread_, nullptr, Run, start.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) {
    return absl::ResourceExhaustedError(fmt::format("cannot start the thread {}: {} (raise `ulimit -u` or pids.max)",
                                                    name, std::system_category().message(error)));
  }
  static_cast<void>(start.release());  // Run() has it
  thread.joinable_ = true;
  return thread;
}

Thread::Thread(Thread&& other) noexcept : thread_(other.thread_), joinable_(std::exchange(other.joinable_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    Join();
    thread_ = other.thread_;
    joinable_ = std::exchange(other.joinable_, false);
  }
  return *this;
}

void Thread::Join() {
  if (!joinable_) return;
  joinable_ = false;
  LEAT_CHECK(::pthread_join(thread_, nullptr) == 0);
}

}  // namespace leat::base
