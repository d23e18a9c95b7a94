#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace leat::base {
namespace {

// One read: the kernel makes such a file when it is read, whole. Empty when there is none.
std::string ReadKernelFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::array<char, 4096> bytes;
  ssize_t size = 0;
  do {
    size = ::read(descriptor, bytes.data(), bytes.size());
  } while (size < 0 && errno == EINTR);
  ::close(descriptor);
  return size > 0 ? std::string(bytes.data(), static_cast<std::size_t>(size)) : std::string();
}

// /proc/<pid>/stat: "pid (name) state ppid ...". The name may itself hold spaces and parentheses, so the last ')'
// counts.
struct ProcessStat {
  std::string name;
  std::string behind_name;  // from the state on
};

ProcessStat ReadProcessStat(std::int32_t pid) {
  const std::string text = ReadKernelFile(fmt::format("/proc/{}/stat", pid));
  const std::size_t begin = text.find('(');
  const std::size_t end = text.rfind(')');
  if (begin == std::string::npos || end == std::string::npos || end + 2 >= text.size()) return {};
  return {text.substr(begin + 1, end - begin - 1), text.substr(end + 2)};
}

}  // namespace

std::int32_t CurrentPid() { return ::getpid(); }

std::uint64_t ProcessStartTime(std::int32_t pid) {
  const ProcessStat stat = ReadProcessStat(pid);
  // Field 22 of the line; the state is field 3.
  constexpr int kFieldsBetween = 22 - 3;
  std::string_view rest = stat.behind_name;
  for (int field = 0; field < kFieldsBetween; ++field) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return 0;
    rest.remove_prefix(space + 1);
  }
  std::uint64_t ticks = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
  return ticks;
}

char ProcessState(std::int32_t pid) {
  const ProcessStat stat = ReadProcessStat(pid);
  return stat.behind_name.empty() ? '\0' : stat.behind_name.front();
}

bool IsStopped(std::int32_t pid) {
  const char state = ProcessState(pid);
  return state == 'T' || state == 't';
}

std::string ProcessName(std::int32_t pid) { return ReadProcessStat(pid).name; }

std::string HostName() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

std::string BootId() {
  std::string id = ReadKernelFile("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

std::vector<std::pair<std::string, std::string>> EnvironmentVariables(std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with(prefix) || equals == text.npos) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(variables.begin(), variables.end());
  return variables;
}

}  // namespace leat::base
