#include "broker/folder_holders.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/process.h"
#include "io/posix_file_system.h"

namespace leat::broker {
namespace {

// Through the file system's own stat, which follows the links in /proc/PID/fd to what is open.
bool HasOpen(io::FileSystem& machine, const std::string& descriptors, const io::FileId& id) {
  const absl::StatusOr<std::vector<std::string>> names = machine.List(descriptors);
  if (!names.ok()) return false;
  return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
    const absl::StatusOr<io::FileInfo> info = machine.Info(io::JoinPath(descriptors, name));
    return info.ok() && info->id == id;
  });
}

}  // namespace

std::vector<std::int32_t> FindHolders(io::FileSystem& machine, const io::FileId& id) {
  std::vector<std::int32_t> holders;
  const absl::StatusOr<std::vector<std::string>> names = machine.List("/proc");
  if (!names.ok()) return holders;
  for (const std::string& name : *names) {
    std::int32_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (HasOpen(machine, fmt::format("/proc/{}/fd", pid), id)) holders.push_back(pid);
  }
  std::sort(holders.begin(), holders.end());
  return holders;
}

std::string DescribeHolders(const std::vector<std::int32_t>& pids) {
  if (pids.empty()) return "by a process that this one may not look at (another user's, or in another container)";
  std::string text;
  for (const std::int32_t pid : pids) {
    text += fmt::format("{}pid {}{} {}", text.empty() ? "" : ", ", pid, base::IsStopped(pid) ? " (stopped)" : "",
                        base::ProcessName(pid));
    if (pid == base::CurrentPid()) text += " (this process)";
  }
  return text;
}

std::string DescribeOthersWhoHave(const absl::StatusOr<io::FileInfo>& file) {
  const std::shared_ptr<io::FileSystem> machine = io::MakePosixFileSystem();
  std::vector<std::int32_t> pids;
  if (file.ok()) pids = FindHolders(*machine, file->id);
  std::erase(pids, base::CurrentPid());
  return DescribeHolders(pids);
}

}  // namespace leat::broker
