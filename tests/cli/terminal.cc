#include "cli/terminal.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <stdexcept>

namespace leat::testing {
namespace {

std::vector<std::string> EnvironmentOf(const TerminalOptions& options) {
  std::map<std::string, std::string> set(options.environment.begin(), options.environment.end());
  set.insert({{"TERM", "xterm"}, {"TZ", "UTC"}});
  std::vector<std::string> dropped = {"NO_COLOR", "LEAT_DIR"};
  std::vector<std::string> environment;
  for (const auto& [name, value] : set) {
    dropped.push_back(name);
    environment.push_back(name + "=" + value);
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (std::find(dropped.begin(), dropped.end(), name) == dropped.end()) environment.emplace_back(text);
  }
  return environment;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

TerminalProgram::TerminalProgram(const std::string& directory, const std::vector<std::string>& words,
                                 const TerminalOptions& options) {
  std::vector<std::string> copies{LEAT_PROGRAM};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<std::string> environment = EnvironmentOf(options);
  const std::vector<char*> argv = Pointers(copies), envp = Pointers(environment);
  winsize size = {};
  size.ws_col = options.columns;
  size.ws_row = options.rows;
  pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    // In the child: nothing but what is safe behind a fork.
    if (::chdir(directory.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("no process could be started at a terminal");
}

TerminalProgram::~TerminalProgram() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  if (pid_ > 0) Wait();
  if (master_ >= 0) ::close(master_);
}

bool TerminalProgram::Read() {
  std::array<char, 4096> bytes;
  ssize_t got;
  do {
    got = ::read(master_, bytes.data(), bytes.size());
  } while (got < 0 && errno == EINTR);
  // EIO: nobody has the terminal open any more.
  if (got <= 0) return false;
  written_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

bool TerminalProgram::Shows(std::string_view text) {
  while (written_.find(text) == std::string::npos) {
    if (!Read()) return false;
  }
  return true;
}

void TerminalProgram::Type(std::string_view keys) {
  while (!keys.empty()) {
    const ssize_t typed = ::write(master_, keys.data(), keys.size());
    if (typed < 0 && errno != EINTR) throw std::runtime_error("nothing can be typed at the terminal");
    if (typed > 0) keys.remove_prefix(static_cast<std::size_t>(typed));
  }
}

void TerminalProgram::Resize(unsigned short columns, unsigned short rows) {
  winsize size = {};
  size.ws_col = columns;
  size.ws_row = rows;
  if (::ioctl(master_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("the terminal keeps its size");
}

Ended TerminalProgram::Wait() {
  while (Read()) {
  }
  int status = 0;
  while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = written_,
          .err = std::string()};
}

std::string WithoutEscapes(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\x1b') {
      plain += text[at];
      continue;
    }
    // ESC [ parameters letter; every other one is a single character behind the ESC.
    if (++at < text.size() && text[at] == '[') {
      do {
        ++at;
      } while (at < text.size() && (text[at] < '@' || text[at] > '~'));
    }
  }
  return plain;
}

}  // namespace leat::testing
