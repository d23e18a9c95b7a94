// A child of which the parent lets pass one instruction after the other, and that it kills behind any of them.
#ifndef LEAT_TESTS_PROCESS_STEPPER_TRACED_CHILD_H_
#define LEAT_TESTS_PROCESS_STEPPER_TRACED_CHILD_H_

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "process/child_program.h"

namespace leat::process_test {

// The child's side: the thread that calls this is the one whose instructions are counted. False where it is
// forbidden.
inline bool LetParentStep() { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0; }
// Between two of these is what is stepped through.
inline void StopForParent() { ::raise(SIGSTOP); }

class TracedChild {
 public:
  // When this returns the child is at its first stop; or has ended, which ended() tells.
  explicit TracedChild(std::vector<std::string> arguments) : pid_(StartThisProgram(std::move(arguments))) {
    Wait();
    if (!ended_) ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL);
  }
  ~TracedChild() { Kill(); }
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;

  // Lets `count` instructions pass, or fewer if the second stop comes before that: how many have passed.
  std::uint64_t Step(std::uint64_t count) { return Go(PTRACE_SINGLESTEP, count); }

  // The same by entries into the kernel and returns from there, which are where most of a long operation's effects
  // are.
  std::uint64_t StepSystemCalls(std::uint64_t count) { return Go(PTRACE_SYSCALL, count); }

  void Kill() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    while (!ended_) Wait();
  }

  bool finished() const { return finished_; }  // it has done the whole of it
  bool ended() const { return ended_; }
  int status() const { return status_; }

 private:
  std::uint64_t Go(__ptrace_request how, std::uint64_t count) {
    std::uint64_t steps = 0;
    while (steps < count && !ended_ && !finished_) {
      if (::ptrace(how, pid_, nullptr, nullptr) != 0) throw std::runtime_error("the child cannot be stepped");
      Wait();
      // The second stop comes as a signal, which we do not let through.
      finished_ = !ended_ && WSTOPSIG(status_) == SIGSTOP;
      if (!finished_) ++steps;
    }
    return steps;
  }

  void Wait() {
    if (::waitpid(pid_, &status_, __WALL) != pid_) throw std::runtime_error("the child is not there");
    ended_ = WIFEXITED(status_) || WIFSIGNALED(status_);
  }

  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
  bool finished_ = false;
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_STEPPER_TRACED_CHILD_H_
