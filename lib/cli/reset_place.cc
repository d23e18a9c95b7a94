#include "cli/reset_place.h"

#include <fmt/format.h>

#include <string>

#include "cli/number.h"
#include "cli/time_text.h"
#include "cli/topic_choice.h"

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
  const auto place = ParseTopicPlace(text);
  if (!place.ok()) return place.status();
  if (place->partition.has_value()) {
    options->partitions.push_back({place->topic, *place->partition});
  } else {
    options->topics.push_back(place->topic);
  }
  return absl::OkStatus();
}

}  // namespace leat::cli
