// Repair's look at a log: every byte of its segments, and what of them is not right. Changes nothing.
//
// Recovery (log_scan.h) asks where a log ends, and believes what its checkpoint vouches for. This one believes nothing,
// and does not stop at the first thing that is wrong: behind it, it looks for the next batch that is whole.
#ifndef LEAT_LOG_DAMAGE_SCAN_H_
#define LEAT_LOG_DAMAGE_SCAN_H_

#include <leat/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "log/epochs.h"

namespace leat::log {

// What is known of a log from elsewhere than its segments.
struct LogFacts {
  Offset log_start = 0;
  Offset known_end = 0;     // all records below it had been there, whole: what is wrong among them is damage
  bool allow_gaps = false;  // offsets may be missing between batches
  // With allow_gaps: but none between one file and the next, as leat's own compaction leaves them (compacted_file.h).
  bool files_join = false;
  // The shared state says where the log ends: at known_end, which is `position` of the segment `segment_base`. What the
  // files have behind that is nobody's. Otherwise the log goes on behind known_end as far as its batches are right.
  bool ends_there = false;
  Offset segment_base = 0;
  std::int64_t position = 0;
  std::int64_t max_timestamp = -1;         // as a checkpoint's
  std::int64_t segment_first_append = -1;  // likewise
  LeaderEpoch epoch = 0;                   // the current one, as far as it is known
  // Of which offset which epoch is; empty when that is not known.
  Epochs epochs = {};
};

// Bytes that are no batch of the log: [begin, end) of a segment's file, which may be none at all, where whole files or
// their ends are missing. The offsets in [first, next) cannot be read; none, where the bytes are only in the way.
struct Hole {
  Offset segment = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  Offset first = 0;
  Offset next = 0;
  std::string what;  // "the checksum of the batch there is wrong"

  friend bool operator==(const Hole&, const Hole&) = default;
};

// A batch whose records are right, and the two fields of its header that no checksum covers are not. What they have to
// be is known from its neighbours.
struct HeaderFix {
  Offset segment = 0;
  std::int64_t position = 0;
  Offset base_offset = 0;
  LeaderEpoch epoch = 0;
  std::string what;
};

struct WalkedSegment {
  Offset base = 0;
  Offset next_offset = 0;      // behind its last right batch
  std::int64_t end = 0;        // of what is batches or holes
  std::int64_t file_size = 0;  // may be more: zeros, or what nobody has published
  std::int64_t good_bytes = 0;
  std::string bad_index;  // what is wrong with one of its indexes; empty when nothing is
};

// What recovery will cut off: it comes behind everything that had been whole.
struct Torn {
  Offset segment = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  Offset first = 0;  // the offset that would be there
  std::string what;
};

struct LogDamage {
  std::vector<WalkedSegment> segments;  // those of the log
  std::vector<Hole> holes;              // in the order of their offsets
  std::vector<HeaderFix> fixes;         // likewise
  std::vector<Torn> torn;               // likewise; from the second on whole segments
  Offset end = 0;                       // behind the last right batch
  bool gaps_are_new = false;            // with the holes taken out, offsets are missing where they may not be

  bool any() const { return !holes.empty() || !fixes.empty(); }
};

// `on_scanned` as RecoveryInput's. Errors: whatever a file answers; kDataLoss for a medium that cannot be read.
// kUnimplemented for Kafka's message formats 0 and 1.
absl::StatusOr<LogDamage> ScanForDamage(io::FileSystem& files, const std::string& folder, const LogFacts& facts,
                                        const std::function<void(std::int64_t)>& on_scanned);

}  // namespace leat::log

#endif  // LEAT_LOG_DAMAGE_SCAN_H_
