// Reads what a person asked for, at the speed at which it came or another one.
#ifndef LEAT_CLI_REPLAY_READING_H_
#define LEAT_CLI_REPLAY_READING_H_

#include <leat/broker.h>
#include <leat/record.h>
#include <leat/replay.h>

#include <chrono>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/reading.h"
#include "cli/session.h"

namespace leat::cli {

// A number above 0, or "inf".
absl::StatusOr<double> ParseSpeed(std::string_view text);

// What is there when it begins, and no more.
class ReplayReading {
 public:
  ReplayReading(const Session& session, const ReadingOptions& options, const ReplayOptions& replay)
      : session_(session), options_(options), replay_options_(replay) {}

  absl::Status Begin();

  // The next record, if it is due before `timeout` is over; it stays good until the next call.
  absl::StatusOr<std::optional<ConsumerRecord>> Next(std::chrono::nanoseconds timeout) {
    return replay_.has_value() ? replay_->Next(timeout) : std::optional<ConsumerRecord>();
  }
  bool Ended() const { return !replay_.has_value() || replay_->ended(); }

 private:
  const Session& session_;
  const ReadingOptions& options_;
  const ReplayOptions& replay_options_;
  std::optional<Broker> broker_;
  std::optional<Replay> replay_;  // of nothing, none
};

}  // namespace leat::cli

#endif  // LEAT_CLI_REPLAY_READING_H_
