// A walk over one segment's file that believes nothing: where its batches end, and what stands there.
#ifndef LEAT_LOG_SEGMENT_SCAN_H_
#define LEAT_LOG_SEGMENT_SCAN_H_

#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "log/epochs.h"

namespace leat::log {

struct ScanRules {
  bool check_crc = true;    // false: only hop from header to header
  bool allow_gaps = false;  // offsets may be missing, between batches and in them, as compaction leaves them
  Offset gaps_to = 0;       // so they may below this one, where a batch begins, in any case
  std::function<void(std::int64_t bytes)> on_scanned = {};
};

// Where to begin: a batch's first byte, and what must be so of that batch.
struct ScanStart {
  std::int64_t position = 0;
  Offset offset = 0;       // the next one
  LeaderEpoch epoch = -1;  // the least one
};

struct SegmentScan {
  enum class Stop : std::uint8_t {
    kEnd,         // the file ends where the last batch does
    kUnwritten,   // there are only zeros behind the last batch
    kBad,         // something else stands there; `what` says why it is no batch
    kUnreadable,  // the medium gave an error, `error`
  };
  Stop stop = Stop::kEnd;
  std::string what;
  bool old_format = false;  // kBad, and it has the looks of Kafka's message formats 0 or 1
  absl::Status error;

  Offset next_offset = 0;
  std::int64_t position = 0;  // the byte behind the last batch
  std::int64_t file_size = 0;
  std::int64_t content_end = 0;  // one past the last byte that is not 0; at least `position`

  // Of the batches that were walked over.
  std::int64_t batches = 0;
  std::int64_t last_batch_position = -1;
  std::int64_t first_timestamp = -1;  // of the first one's first record
  std::int64_t max_timestamp = -1;
  LeaderEpoch epoch = -1;          // of the last one; that of the start if there was none
  std::vector<EpochStart> epochs;  // each change, the first batch's epoch included
  std::int64_t bytes_read = 0;
};

// Reads through one buffer, which it keeps from segment to segment.
class SegmentScanner {
 public:
  // Errors of the medium are kUnreadable; others are returned.
  absl::StatusOr<SegmentScan> Scan(const io::File& file, Offset base, const ScanStart& start, const ScanRules& rules);

  // One past the last byte at `position` or behind it that is not 0; `position` when there is none.
  absl::StatusOr<std::int64_t> FindContentEnd(const io::File& file, std::int64_t position, std::int64_t file_size);

 private:
  std::vector<std::byte> buffer_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_SEGMENT_SCAN_H_
