// How much of a log there is behind an offset.
#ifndef LEAT_LOG_UNREAD_H_
#define LEAT_LOG_UNREAD_H_

#include <cstdint>
#include <optional>

#include <leat/types.h>
#include "absl/status/statusor.h"
#include "log/log.h"

namespace leat::log {

struct Unread {
  std::int64_t bytes = 0;                // of whole batches, the one that holds the offset among them
  std::optional<std::int64_t> oldest{};  // the first record's timestamp; none without records
};

// From `offset`, or the log's start if that is later, to the end. Reads one batch: kDataLoss as a Cursor. Of a segment
// that is being finished, what is allocated may be counted for what is written.
absl::StatusOr<Unread> UnreadFrom(Log& log, Offset offset);

}  // namespace leat::log

#endif  // LEAT_LOG_UNREAD_H_
