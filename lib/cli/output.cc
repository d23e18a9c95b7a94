#include "cli/output.h"

#include <fmt/format.h>
#include <poll.h>
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

bool Output::ReaderHasGone() const {
  pollfd reader = {.fd = descriptor_, .events = 0, .revents = 0};
  return ::poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR) != 0;
}

}  // namespace leat::cli
