#include "cli/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace leat::testing {
namespace {

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// In the child: nothing but what is safe behind a fork.
[[noreturn]] void Become(const char* directory, const char* input, const char* out, const char* err, char** argv) {
  const int from = ::open(input, O_RDONLY), to = ::open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600),
            errors = ::open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(from, 0);
  ::dup2(to, 1);
  ::dup2(errors, 2);
  if (::chdir(directory) == 0) ::execv(argv[0], argv);
  ::_exit(127);
}

}  // namespace

RunningProgram::RunningProgram(const std::string& directory, const std::vector<std::string>& words,
                               std::string_view input) {
  const std::string in = files_ / "in", out = files_ / "out", err = files_ / "err";
  std::ofstream(in, std::ios::binary) << input;
  std::vector<std::string> copies{LEAT_PROGRAM};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::unsetenv("LEAT_DIR");
  ::setenv("TZ", "UTC", 1);
  pid_ = ::fork();
  if (pid_ == 0) Become(directory.c_str(), in.c_str(), out.c_str(), err.c_str(), argv.data());
  if (pid_ < 0) throw std::runtime_error("no process could be started");
}

RunningProgram::~RunningProgram() {
  if (pid_ <= 0) return;
  Signal(SIGKILL);
  Wait();
}

bool RunningProgram::Writes(const std::string& file, std::string_view text) {
  while (Content(files_ / file).find(text) == std::string::npos) {
    const pid_t ended = ::waitpid(pid_, &status_, WNOHANG);
    if (ended == pid_) {
      pid_ = 0;
      return Content(files_ / file).find(text) != std::string::npos;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

bool RunningProgram::Prints(std::string_view text) { return Writes("out", text); }
bool RunningProgram::Says(std::string_view text) { return Writes("err", text); }
void RunningProgram::Signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

Ended RunningProgram::Wait() {
  while (pid_ > 0 && ::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return {.code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_),
          .out = Content(files_ / "out"),
          .err = Content(files_ / "err")};
}

}  // namespace leat::testing
