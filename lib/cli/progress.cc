#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace leat::cli {

Progress::Progress(std::int64_t bytes) : shown_(::isatty(2) == 1), bytes_(bytes) {}

Progress::~Progress() {
  if (drawn_once_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::Add(std::int64_t bytes) {
  done_ += bytes;
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < std::chrono::milliseconds(200)) return;
  drawn_ = now;
  Draw(now);
}

void Progress::Draw(std::chrono::steady_clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate = static_cast<double>(done_) / seconds;
  const double left = static_cast<double>(std::max<std::int64_t>(bytes_ - done_, 0)) / rate;
  fmt::print(stderr, "\r\x1b[K{:.2f} of {:.2f} GB  {:.2f} GB/s  {:.0f} s left", static_cast<double>(done_) / 1e9,
             static_cast<double>(bytes_) / 1e9, rate / 1e9, left);
  std::fflush(stderr);
  drawn_once_ = true;
}

}  // namespace leat::cli
