#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/styles.h"

namespace leat::cli {

Progress::Progress(std::int64_t all, Unit unit) : shown_(IsScreen(2)), all_(all), unit_(unit) {}

Progress::~Progress() {
  if (drawn_once_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::Add(std::int64_t some) {
  done_ += some;
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < std::chrono::milliseconds(200)) return;
  drawn_ = now;
  Draw(now);
}

void Progress::Draw(std::chrono::steady_clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double done = static_cast<double>(done_), all = static_cast<double>(all_), rate = done / seconds;
  const double left = std::max(all - done, 0.0) / rate;
  fmt::print(stderr, "\r\x1b[K");
  if (unit_ == Unit::kBytes) {
    fmt::print(stderr, "{:.2f} of {:.2f} GB  {:.2f} GB/s  {:.0f} s left", done / 1e9, all / 1e9, rate / 1e9, left);
  } else {
    fmt::print(stderr, "{} of {} records  {:.0f} records/s  {:.0f} s left", done_, all_, rate, left);
  }
  std::fflush(stderr);
  drawn_once_ = true;
}

}  // namespace leat::cli
