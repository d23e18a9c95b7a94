// A child process that runs a piece of the test: it says when it has done its part, and then waits to be told to go
// on or is killed. No assertions inside: it answers with one byte.
#ifndef LEAT_TESTS_SUPPORT_FORKED_CHILD_H_
#define LEAT_TESTS_SUPPORT_FORKED_CHILD_H_

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace leat::testing {

class ForkedChild {
 public:
  // `body` runs in the child and gets this object, for Say() and Hear(); what it returns is the exit code.
  template <typename Body>
  explicit ForkedChild(Body body) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no socket pair");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no child");
    end_ = ends[pid_ == 0 ? 0 : 1];
    ::close(ends[pid_ == 0 ? 1 : 0]);
    if (pid_ == 0) ::_exit(body(*this));  // _exit: the parent's objects are not the child's to destroy
  }
  ~ForkedChild() {
    Kill();
    ::close(end_);
  }
  ForkedChild(const ForkedChild&) = delete;
  ForkedChild& operator=(const ForkedChild&) = delete;

  // The child's side. Hear() waits until the parent has told something, or is gone: '\0'.
  void Say(char word) { Send(word); }
  char Hear() { return Receive(); }

  // The parent's side. Answer() waits until the child has said something, or is gone: '\0'.
  void Tell(char word) { Send(word); }
  char Answer() { return Receive(); }

  // As kill -9; the child is gone when this returns.
  void Kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
  }
  // Waits for the end and returns the exit code, or minus the signal.
  int Wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  pid_t pid() const { return pid_; }

 private:
  void Send(char word) { static_cast<void>(!::send(end_, &word, 1, MSG_NOSIGNAL)); }
  char Receive() {
    char word = 0;
    return ::recv(end_, &word, 1, 0) == 1 ? word : '\0';
  }

  int end_;
  pid_t pid_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_FORKED_CHILD_H_
