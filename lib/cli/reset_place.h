// Where a group's offsets are to be put, as words.
#ifndef LEAT_CLI_RESET_PLACE_H_
#define LEAT_CLI_RESET_PLACE_H_

#include <leat/consumer_group.h>

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::cli {

// begin, end, N, +N, -N, @TIME, PT1H.
absl::StatusOr<ResetTarget> ParseResetPlace(std::string_view text);

// TOPIC or TOPIC:PARTITION, added to `options`.
absl::Status ParseResetTopic(std::string_view text, ResetOptions* options);

}  // namespace leat::cli

#endif  // LEAT_CLI_RESET_PLACE_H_
