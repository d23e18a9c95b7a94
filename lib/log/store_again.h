// Bytes of a log for which nobody may vouch any more (log/voucher.h): read back, checked, and stored once more, so that
// the next sync through this descriptor says something of them.
#ifndef LEAT_LOG_STORE_AGAIN_H_
#define LEAT_LOG_STORE_AGAIN_H_

#include <cstdint>

#include <leat/types.h>
#include "absl/status/status.h"
#include "io/file_system.h"

namespace leat::log {

// A batch's place in a segment.
struct BatchPlace {
  std::int64_t position = 0;
  Offset offset = 0;
};

struct BytesToStore {
  BatchPlace begin;  // a batch begins there; those before `from` are stepped over
  Offset from = 0;   // inclusive; with `to`, borders of batches
  Offset to = 0;     // exclusive
  bool allow_gaps = false;
};

// Stores the batches from `from` to `to`, which are appended and stay as they are, through `file`. What it stores is the
// very bytes it has checked: a page may be dropped and read anew at any time. kDataLoss when a batch is not what was
// appended, with file and position.
absl::Status StoreAgain(io::File& file, const BytesToStore& bytes);

}  // namespace leat::log

#endif  // LEAT_LOG_STORE_AGAIN_H_
