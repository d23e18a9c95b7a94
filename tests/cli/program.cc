#include "cli/program.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace leat::testing {
namespace {

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Limit(decltype(RLIMIT_DATA) resource, const std::optional<std::uint64_t>& bytes) {
  if (!bytes.has_value()) return;
  const rlimit limit = {.rlim_cur = *bytes, .rlim_max = *bytes};
  if (::setrlimit(resource, &limit) != 0) ::_exit(126);
}

void BecomeNobody() {
  constexpr unsigned kNobody = 65534;
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(126);
}

// In the child: nothing but what is safe behind a fork.
[[noreturn]] void Become(const char* directory, const char* input, const char* out, const char* err, char** argv,
                         const Limits& limits) {
  const int from = ::open(input, O_RDONLY), to = ::open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600),
            errors = ::open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(from, 0);
  ::dup2(to, 1);
  ::dup2(errors, 2);
  ::signal(SIGHUP, SIG_DFL);  // also where the tests themselves run under nohup
  Limit(RLIMIT_DATA, limits.own_memory);
  Limit(RLIMIT_FSIZE, limits.largest_file);
  const bool there = ::chdir(directory) == 0;
  if (!limits.root) BecomeNobody();
  if (there) ::execv(argv[0], argv);
  ::_exit(127);
}

}  // namespace

RunningProgram::RunningProgram(const std::string& directory, const std::vector<std::string>& words,
                               std::string_view input, const Limits& limits) {
  std::vector<std::string> argv{LEAT_PROGRAM};
  argv.insert(argv.end(), words.begin(), words.end());
  Begin(directory, std::move(argv), input, limits);
}

void RunningProgram::Begin(const std::string& directory, std::vector<std::string> argv, std::string_view input,
                           const Limits& limits) {
  const std::string in = files_ / "in", out = files_ / "out", err = files_ / "err";
  std::ofstream(in, std::ios::binary) << input;
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  ::unsetenv("LEAT_DIR");
  ::setenv("TZ", "UTC", 1);
  pid_ = ::fork();
  if (pid_ == 0) Become(directory.c_str(), in.c_str(), out.c_str(), err.c_str(), words.data(), limits);
  if (pid_ < 0) throw std::runtime_error("no process could be started");
}

RunningProgram::~RunningProgram() {
  if (pid_ <= 0) return;
  Signal(SIGKILL);
  Wait();
}

// Whether it has ended; if not, some time has passed.
bool RunningProgram::Ends() {
  if (pid_ == 0) return true;
  const pid_t ended = ::waitpid(pid_, &status_, WNOHANG);
  if (ended == pid_) {
    pid_ = 0;
    return true;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return false;
}

bool RunningProgram::Writes(const std::string& file, std::string_view text) {
  while (Content(files_ / file).find(text) == std::string::npos) {
    if (Ends()) return Content(files_ / file).find(text) != std::string::npos;
  }
  return true;
}

bool RunningProgram::PrintsBytes(std::size_t size) {
  const auto printed = [&] {
    std::error_code error;  // it is not there yet
    const std::uintmax_t bytes = std::filesystem::file_size(files_ / "out", error);
    return !error && bytes >= size;
  };
  while (!printed()) {
    if (Ends()) return printed();
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

Ended CommandLine::Shell(const std::string& script, const Limits& limits) const {
  RunningProgram shell;
  shell.Begin(folder_.path(), {"/bin/sh", "-c", "leat() { \"" LEAT_PROGRAM "\" \"$@\"; }\n" + script}, "", limits);
  return shell.Wait();
}

}  // namespace leat::testing
