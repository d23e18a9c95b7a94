// From a time to an offset, and where the latest time is.
#ifndef LEAT_LOG_TIME_SEARCH_H_
#define LEAT_LOG_TIME_SEARCH_H_

#include <cstdint>
#include <optional>

#include <leat/types.h>
#include "absl/status/statusor.h"
#include "log/log.h"

namespace leat::log {

struct OffsetAtTime {
  Offset offset = 0;
  std::int64_t timestamp = 0;
};

// The first record below the high watermark, in log order, whose timestamp is at or after `timestamp` (milliseconds
// since 1970); nullopt when there is none. Reads from the batch that may hold it: kDataLoss as a Cursor. Opens the index of
// the segment which that is in, and, once in each Log, those of the segments before it: O(log n) of them from then on.
absl::StatusOr<std::optional<OffsetAtTime>> FindOffsetForTime(Log& log, std::int64_t timestamp);

// The record below the high watermark with the greatest timestamp, the first of several; nullopt when there is none. The
// same way, and kDataLoss as there.
absl::StatusOr<std::optional<OffsetAtTime>> FindMaxTimestamp(Log& log);

}  // namespace leat::log

#endif  // LEAT_LOG_TIME_SEARCH_H_
