// This program again, as another process, with other arguments.
#ifndef LEAT_EXAMPLES_CHILD_PROCESS_H_
#define LEAT_EXAMPLES_CHILD_PROCESS_H_

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace example {

// Ends the process when it is dropped before it ended by itself.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> arguments) {
    std::vector<char*> argv{name_.data()};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (const int error = posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, argv.data(), environ); error != 0) {
      fmt::print(stderr, "no process could be started: {}\n", std::strerror(error));
      pid_ = -1;
    }
  }
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    Wait();
  }

  pid_t pid() const { return pid_; }

  // As kill -9: it gets to do nothing more.
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    Wait();
  }

  // Waits until it has ended; whether it succeeded.
  bool Wait() {
    if (pid_ <= 0) return false;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  std::string name_ = program_invocation_short_name;
  pid_t pid_ = -1;
};

}  // namespace example

#endif  // LEAT_EXAMPLES_CHILD_PROCESS_H_
