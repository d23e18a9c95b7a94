#include "cli/bench_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/report.h"

namespace leat::cli {

absl::StatusOr<BenchFolder> BenchFolder::MakeBeside(const std::string& folder) {
  std::error_code error;
  std::filesystem::path named = std::filesystem::weakly_canonical(std::filesystem::absolute(folder), error);
  if (error) return absl::FailedPreconditionError(fmt::format("{}: {}", folder, error.message()));
  if (named.filename().empty()) named = named.parent_path();
  const std::string parent = named.parent_path().string();
  struct stat inside = {}, beside = {};
  if (::stat(named.c_str(), &inside) == 0 && ::stat(parent.c_str(), &beside) == 0 && inside.st_dev != beside.st_dev) {
    return absl::FailedPreconditionError(fmt::format(
        "{0} is a disk of its own, and nothing can be put beside it there; try -d {0}/bench", named.string()));
  }
  std::string path = parent + (parent.ends_with('/') ? "" : "/") + "leat-bench-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return absl::FailedPreconditionError(
        fmt::format("no folder can be made in {}: {}; name another place with -d", parent, std::strerror(errno)));
  }
  return BenchFolder(std::move(path));
}

BenchFolder::~BenchFolder() {
  if (path_.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) Say(fmt::format("{} could not be deleted: {}", path_, error.message()));
}

}  // namespace leat::cli
