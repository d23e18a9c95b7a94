#include "cli/stop_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace leat::cli {
namespace {

// What a handler may touch.
std::atomic<bool> asked{false};
std::atomic<int> wakes{-1};

void Ask(int) {
  const int error = errno;
  asked.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wakes.load(), &one, sizeof(one));
  errno = error;
}

}  // namespace

StopSignal::StopSignal() {
  wakes.store(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  struct sigaction action = {};
  action.sa_handler = Ask;
  // The second one does what it does by default.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // A terminal that is closed ends it, unless somebody (nohup) wants it to go on.
  struct sigaction before = {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);
}

bool StopSignal::Asked() const { return asked.load(std::memory_order_relaxed); }

bool StopSignal::Until(std::chrono::steady_clock::time_point time) const {
  while (!Asked()) {
    const auto left = time - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) break;
    // No int is large enough for all times; this is asked again.
    const auto some = std::min<std::chrono::nanoseconds>(left, std::chrono::hours(1));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(some);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = static_cast<long>((some - seconds).count())};
    pollfd stop = {.fd = wakes.load(), .events = POLLIN, .revents = 0};
    ::ppoll(&stop, 1, &timeout, nullptr);
  }
  return Asked();
}

bool StopSignal::Readable(int descriptor) const {
  while (!Asked()) {
    pollfd either[] = {{.fd = wakes.load(), .events = POLLIN, .revents = 0},
                       {.fd = descriptor, .events = POLLIN, .revents = 0}};
    // What cannot be waited for, a file say, can be read. An end of the input is something to read, too.
    if (::poll(either, 2, -1) < 0 && errno != EINTR) return true;
    if (either[1].revents != 0) return !Asked();
  }
  return false;
}

}  // namespace leat::cli
