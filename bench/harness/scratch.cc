#include "harness/scratch.h"

#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/status/status.h"

namespace leat::bench {
namespace {

std::string BesideTheProgram() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path folder = program.parent_path();
  if (!folder.empty() && access(folder.c_str(), W_OK) == 0) return folder;
  return std::filesystem::temp_directory_path(ignored);
}

// A thread takes the signals, so that what it does need not be async-signal-safe.
void RemoveWhenInterrupted(const std::string& folder) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([folder, signals] {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) return;
    std::error_code ignored;
    // Under another name: the measurement that still runs shall make no new files behind our back.
    const std::string removed = folder + ".removed";
    std::filesystem::rename(folder, removed, ignored);
    std::filesystem::remove_all(removed, ignored);
    _exit(128 + signal);
  }).detach();
}

}  // namespace

absl::StatusOr<Scratch> Scratch::Make(const std::string& parent) {
  const std::string inside = parent.empty() ? BesideTheProgram() : parent;
  std::error_code error;
  std::filesystem::create_directories(inside, error);
  std::string folder = fmt::format("{}/leat_bench.XXXXXX", inside);
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(
        fmt::format("{} takes no files: {}. --dir FOLDER names another folder.", inside, std::strerror(errno)));
  }
  RemoveWhenInterrupted(folder);
  return Scratch(std::move(folder));
}

Scratch::~Scratch() {
  if (folder_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

absl::StatusOr<std::string> Scratch::Fresh() {
  std::string fresh = folder_ + "/files";
  std::error_code error;
  std::filesystem::remove_all(fresh, error);
  if (!error) std::filesystem::create_directory(fresh, error);
  if (error) return absl::UnavailableError(fmt::format("{}: {}", fresh, error.message()));
  return fresh;
}

}  // namespace leat::bench
