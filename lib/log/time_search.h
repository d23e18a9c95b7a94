// From a time to an offset.
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
// since 1970); nullopt when there is none. Looks at segments' time indexes, then reads from the batch that may hold
// it: kDataLoss as a Cursor.
absl::StatusOr<std::optional<OffsetAtTime>> FindOffsetForTime(Log& log, std::int64_t timestamp);

}  // namespace leat::log

#endif  // LEAT_LOG_TIME_SEARCH_H_
