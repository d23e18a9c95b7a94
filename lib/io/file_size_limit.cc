#include "io/file_size_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

namespace leat::io {

absl::Status CheckFileSizeLimit(std::int64_t size, const std::string& path) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return absl::OkStatus();
  if (size < 0 || static_cast<rlim_t>(size) <= limit.rlim_cur) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} needs {} bytes, but this process may not have files beyond {}: raise RLIMIT_FSIZE (`ulimit -f`)", path,
      size, limit.rlim_cur));
}

}  // namespace leat::io
