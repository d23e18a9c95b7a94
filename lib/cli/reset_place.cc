#include "cli/reset_place.h"

#include <fmt/format.h>

#include <string>

#include "cli/number.h"
#include "cli/time_text.h"

namespace leat::cli {

absl::StatusOr<ResetTarget> ParseResetPlace(std::string_view text) {
  if (text == "begin") return ResetTarget::Begin();
  if (text == "end") return ResetTarget::End();
  if (text.starts_with('@')) {
    const auto time = ParseTime(text.substr(1), Now());
    if (!time.ok()) return time.status();
    return ResetTarget::Time(*time);
  }
  if (text.starts_with('P')) {
    const auto age = ParseIsoDuration(text);
    if (!age.ok()) return age.status();
    return ResetTarget::Ago(*age);
  }
  const bool forward = text.starts_with('+');
  const auto number = ParseNumber<std::int64_t>(forward ? text.substr(1) : text);
  const bool twice_signed = forward && text.substr(1).starts_with('-');
  if (!number.has_value() || twice_signed) {
    return absl::InvalidArgumentError(
        fmt::format("a group can go to begin, end, N, +N, -N, @TIME or PT1H, not '{}'", text));
  }
  return forward || text.starts_with('-') ? ResetTarget::Shift(*number) : ResetTarget::To(*number);
}

absl::Status ParseResetTopic(std::string_view text, ResetOptions* options) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) {
    options->topics.emplace_back(text);
    return absl::OkStatus();
  }
  const auto partition = ParseNumber<PartitionId>(text.substr(colon + 1));
  if (!partition.has_value() || *partition < 0) {
    return absl::InvalidArgumentError(fmt::format("a partition is TOPIC:NUMBER, not '{}'", text));
  }
  options->partitions.push_back({std::string(text.substr(0, colon)), *partition});
  return absl::OkStatus();
}

}  // namespace leat::cli
