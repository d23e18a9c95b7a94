#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "support/catch.h"

namespace leat::base {
namespace {

TEST_CASE("a thread bears its name, cut to what the system takes") {
  for (const auto& [asked, seen] : {std::pair<std::string, std::string>{"leat-keeper", "leat-keeper"},
                                    {"a-name-of-thirty-characters-or-so", "a-name-of-thirt"}}) {
    std::array<char, 16> name{};
    auto thread = Thread::Start(asked, [&name] { ::pthread_getname_np(::pthread_self(), name.data(), name.size()); });
    REQUIRE(thread.ok());
    thread->Join();
    CHECK(std::string(name.data()) == seen);
  }
}

TEST_CASE("a thread takes no signal that the application has a handler for, but those of its own faults") {
  sigset_t inside;
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  auto thread = Thread::Start("deaf", [&inside] { ::pthread_sigmask(SIG_SETMASK, nullptr, &inside); });
  REQUIRE(thread.ok());
  thread->Join();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGCHLD, SIGPROF}) {
    INFO(signal);
    CHECK(sigismember(&inside, signal) == 1);
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) {
    INFO(signal);
    CHECK(sigismember(&inside, signal) == 0);
  }
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
}

TEST_CASE("a thread that is dropped has ended") {
  std::atomic<bool> ended{false};
  {
    auto thread = Thread::Start("short", [&ended] { ended.store(true); });
    REQUIRE(thread.ok());
  }
  CHECK(ended.load());
}

TEST_CASE("a moved thread is joined once, and a handle without one joins nothing") {
  Thread none;
  none.Join();
  auto started = Thread::Start("moved", [] {});
  REQUIRE(started.ok());
  Thread first = *std::move(started);
  CHECK(first.joinable());
  Thread second;
  second = std::move(first);
  CHECK(second.joinable());
  second.Join();
  CHECK_FALSE(second.joinable());
}

TEST_CASE("a waiter is woken through the mutex's condition") {
  Mutex mutex;
  CondVar changed;
  int value = 0;
  auto thread = Thread::Start("waker", [&] {
    const MutexLock lock(mutex);
    value = 1;
    changed.NotifyAll();
  });
  REQUIRE(thread.ok());
  int seen = 0;
  {
    const MutexLock lock(mutex);
    while (value == 0) changed.Wait(mutex);
    seen = value;
    changed.WaitFor(mutex, std::chrono::nanoseconds(1));  // nobody wakes it
  }
  CHECK(seen == 1);
}

}  // namespace
}  // namespace leat::base
