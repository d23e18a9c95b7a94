#include "cli/replay_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "cli/reading_range.h"

namespace leat::cli {

absl::StatusOr<double> ParseSpeed(std::string_view text) {
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (error == std::errc() && end == text.data() + text.size() && speed > 0) return speed;
  return absl::InvalidArgumentError(
      fmt::format("a speed is a number above 0 (1 is as it came, 60 a minute a second) or inf, not '{}'", text));
}

absl::Status ReplayReading::Begin() {
  auto broker = OpenToRead(session_);
  if (!broker.ok()) return broker.status();
  broker_.emplace(*std::move(broker));
  const auto asked = RangesOf(*broker_, options_);
  if (!asked.ok()) return asked.status();
  std::vector<ReplayRange> ranges;
  for (const ReadingRange& range : *asked) {
    if (range.begin < range.end) ranges.push_back({range.partition, range.begin, range.end});
  }
  if (ranges.empty()) return absl::OkStatus();
  auto replay = Replay::Open(*broker_, ranges, replay_options_);
  if (!replay.ok()) return replay.status();
  replay_.emplace(*std::move(replay));
  return absl::OkStatus();
}

}  // namespace leat::cli
