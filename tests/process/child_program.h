// This program again, as another process in another part. It is started by exec, so that nothing of its parent's
// threads and locks comes along, and it is killed by the kernel when its parent dies.
#ifndef LEAT_TESTS_PROCESS_CHILD_PROGRAM_H_
#define LEAT_TESTS_PROCESS_CHILD_PROGRAM_H_

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace leat::process_test {

// The parent's pid comes first, for DieWithParent.
inline pid_t StartThisProgram(std::vector<std::string> arguments) {
  std::string name = program_invocation_short_name;
  std::string parent = std::to_string(::getpid());
  std::vector<char*> argv{name.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.insert(argv.begin() + 2, parent.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = ::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, argv.data(), environ); error != 0) {
    throw std::runtime_error(fmt::format("no process could be started: error {}", error));
  }
  return pid;
}

// The child's first act.
inline void DieWithParent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it died before that
}

inline std::string DescribeEnd(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_CHILD_PROGRAM_H_
