// Times and durations as a person writes them.
#ifndef LEAT_CLI_TIME_TEXT_H_
#define LEAT_CLI_TIME_TEXT_H_

#include <leat/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

Timestamp Now();

// A whole or decimal number with a unit: 250us, 500ms, 3s, 2min (or 2m), 1h, 7d. Not negative.
absl::StatusOr<std::chrono::nanoseconds> ParseDuration(std::string_view text);

// ISO 8601's durations as Kafka's tools take them: P7D, PT1H30M, P1DT12H, PT0.5S.
absl::StatusOr<std::chrono::milliseconds> ParseIsoDuration(std::string_view text);

// What stands behind an @: milliseconds since 1970 (1735689600000), a date with or without a time of day in local time
// or with a zone (2025-01-01, 2025-01-01T12:30, 2025-01-01T12:30:15.250Z, ...+02:00), or a time before `now` (-1h).
absl::StatusOr<Timestamp> ParseTime(std::string_view text, Timestamp now);

// Local time: 2025-01-01T12:30:15.250.
std::string LocalTime(Timestamp time);

}  // namespace leat::cli

#endif  // LEAT_CLI_TIME_TEXT_H_
