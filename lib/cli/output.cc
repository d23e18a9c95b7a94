#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace leat::cli {

absl::Status Output::HandOn() {
  std::string_view left = gathered_;
  while (status_.ok() && !left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      status_ = absl::AbortedError("standard output was closed");
    } else if (errno != EINTR) {
      status_ = absl::UnknownError(fmt::format("standard output: {}", std::strerror(errno)));
    }
  }
  gathered_.clear();
  return status_;
}

}  // namespace leat::cli
