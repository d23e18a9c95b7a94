#include "harness/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace leat::bench {
namespace {

absl::Status SystemError(const char* what) {
  return absl::UnavailableError(fmt::format("{}: {}", what, std::strerror(errno)));
}

bool ReadByte(int from, char* byte) {
  ssize_t count;
  do {
    count = read(from, byte, 1);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

bool WriteAll(int to, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(to, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// This program, with `input` and `output` as its standard ones and no signal blocked.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& arguments, int input, int output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = error;
  if (error != 0) return SystemError("posix_spawn");
  return pid;
}

}  // namespace

absl::StatusOr<Child> Child::Start(const std::string& role, const std::vector<std::string>& arguments) {
  int to[2];
  int from[2];
  if (pipe2(to, O_CLOEXEC) != 0) return SystemError("pipe2");
  if (pipe2(from, O_CLOEXEC) != 0) {
    close(to[0]);
    close(to[1]);
    return SystemError("pipe2");
  }
  std::vector<std::string> all = {"leat_bench", kChildFlag, role};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const absl::StatusOr<pid_t> pid = Spawn(all, to[0], from[1]);
  close(to[0]);
  close(from[1]);
  Child child(pid.ok() ? *pid : -1, to[1], from[0]);
  if (!pid.ok()) return pid.status();
  // Anything else is the beginning of an error.
  char ready = 0;
  if (!ReadByte(child.from_, &ready) || ready != 'r') {
    const absl::StatusOr<std::string> said = child.Finish();
    return said.ok() ? absl::InternalError("a child process ended before it was ready") : said.status();
  }
  return child;
}

Child::~Child() {
  CloseBoth();
  Kill();
}

void Child::CloseBoth() {
  if (to_ >= 0) close(std::exchange(to_, -1));
  if (from_ >= 0) close(std::exchange(from_, -1));
}

absl::Status Child::Go() { return WriteAll(to_, "g") ? absl::OkStatus() : SystemError("the child's pipe"); }

absl::StatusOr<std::string> Child::Finish() {
  std::string said;
  for (char byte; ReadByte(from_, &byte);) said += byte;
  CloseBoth();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
  return absl::AbortedError(fmt::format("a child process failed (wait status {:#x}): {}", status, said));
}

void Child::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

int PlayRole(const Role& role, const std::vector<std::string>& arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const absl::StatusOr<std::string> result = role(arguments, []() -> absl::Status {
    char go = 0;
    if (WriteAll(STDOUT_FILENO, "r") && ReadByte(STDIN_FILENO, &go)) return absl::OkStatus();
    return absl::AbortedError("the parent process is gone");
  });
  WriteAll(STDOUT_FILENO, result.ok() ? *result : result.status().ToString());
  return result.ok() ? 0 : 1;
}

}  // namespace leat::bench
