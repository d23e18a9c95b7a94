#include "io/file_size_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <limits>

namespace leat::io {

std::int64_t FileSizeLimit() {
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur > static_cast<rlim_t>(kNone)) return kNone;
  return static_cast<std::int64_t>(limit.rlim_cur);
}

absl::Status CheckFileSizeLimit(std::int64_t limit, std::int64_t size, const std::string& path) {
  if (size <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} needs {} bytes, but this process may not have files beyond {}: raise RLIMIT_FSIZE (`ulimit -f`)", path,
      size, limit));
}

}  // namespace leat::io
