// A piece of a test as process 1 of a PID namespace of its own. As root.
#ifndef LEAT_TESTS_PROCESS_PID_NAMESPACE_H_
#define LEAT_TESTS_PROCESS_PID_NAMESPACE_H_

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace leat::process_test {

// Returns what `body` does; it dies with the calling process.
template <typename Body>
int InNewNamespace(Body body) {
  if (::unshare(CLONE_NEWPID) != 0) return 99;
  const pid_t pid = ::fork();
  if (pid < 0) return 98;
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_PID_NAMESPACE_H_
