#include "process/breaker/faulted_child.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "process/child_program.h"

namespace leat::process_test {
namespace {

constexpr int kSystemCallStop = SIGTRAP | 0x80;

bool IsMeant(const FaultKind& kind, const __ptrace_syscall_info& call) {
  const auto number = static_cast<long>(call.entry.nr);
  if (std::find(kind.calls.begin(), kind.calls.end(), number) == kind.calls.end()) return false;
  // What the allocator and the threads map is no affair of ours.
  if (number == SYS_mmap) return static_cast<int>(call.entry.args[4]) >= 0;
  // Only waits are ever interrupted: of another operation the C library takes it for a broken kernel.
  if (number == SYS_futex) {
    const auto operation = static_cast<int>(call.entry.args[1]) & FUTEX_CMD_MASK;
    return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
  }
  return true;
}

}  // namespace

FaultedChild::FaultedChild(std::vector<std::string> arguments) : pid_(StartThisProgram(std::move(arguments))) {
  if (::waitpid(pid_, &status_, __WALL) != pid_) throw std::runtime_error("the child is not there");
  ended_ = WIFEXITED(status_) || WIFSIGNALED(status_);
  if (!ended_) {
    ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD);
  }
}

FaultedChild::~FaultedChild() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(-1, &status_, __WALL) > 0) {
  }
}

std::uint64_t FaultedChild::Run(const FaultKind& kind, std::uint64_t n, bool stays) {
  skipped_ = ended_ && WIFEXITED(status_) && WEXITSTATUS(status_) == 77;
  pid_t thread = ended_ ? 0 : pid_;
  int signal = 0;
  while (!ended_) {
    if (thread != 0) ::ptrace(PTRACE_SYSCALL, thread, nullptr, signal);  // it may have been killed meanwhile
    int status = 0;
    thread = ::waitpid(-1, &status, __WALL);
    if (thread < 0) throw std::runtime_error("the child is not there");
    signal = 0;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      ended_ = thread == pid_;
      if (ended_) status_ = status;
      thread = 0;
    } else if (WSTOPSIG(status) == kSystemCallStop) {
      if (!StopAt(thread, kind, n, stays)) skipped_ = true;
    } else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      signal = WSTOPSIG(status);  // its own; a new thread begins with a SIGSTOP of ours
    }
  }
  return calls_;
}

#if defined(__x86_64__)

// False where system calls cannot be looked at.
bool FaultedChild::StopAt(pid_t thread, const FaultKind& kind, std::uint64_t n, bool stays) {
  __ptrace_syscall_info call{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(call), &call) <= 0) return false;
  user_regs_struct registers{};
  if (call.op == PTRACE_SYSCALL_INFO_EXIT) {
    const auto refused = refused_.find(thread);
    if (refused == refused_.end()) return true;
    ::ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
    registers.rax = static_cast<unsigned long long>(-static_cast<long long>(refused->second));
    ::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
    refused_.erase(refused);
    return true;
  }
  if (call.op != PTRACE_SYSCALL_INFO_ENTRY || !IsMeant(kind, call)) return true;
  ++calls_;
  if (calls_ != n && !(stays && calls_ > n)) return true;
  ::ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
  if (kind.error != 0) {
    registers.orig_rax = ~0ULL;  // no call at all
    refused_[thread] = kind.error;
  } else {
    registers.rdx = std::max<unsigned long long>(registers.rdx / 2, 1);  // bytes, or of pwritev parts
  }
  ::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
  return true;
}

#else

bool FaultedChild::StopAt(pid_t, const FaultKind&, std::uint64_t, bool) { return false; }

#endif

}  // namespace leat::process_test
