// Compaction: of each key, the newest record stays.
//
// What was appended since the last round, in finished segments that are on the disk, is read once to learn the newest offset of
// each key in it, as far as they fit into the memory that may be taken for that. Then all finished segments up to there are
// read, the oldest first, and those in which something is superseded are written anew beside the old ones, small neighbours
// together, and take their place (replacing.h). Offsets, timestamps and leader epochs stay as they are; a batch of which all
// records stay is copied byte for byte.
//
// Nothing is locked while that goes on, but for the moments in which segments are replaced; whoever raises the log's start, or
// compacts too, meanwhile, makes a segment another than the one that was read, and then the old one stays.
#ifndef LEAT_LOG_COMPACTION_H_
#define LEAT_LOG_COMPACTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include <leat/types.h>
#include "absl/status/statusor.h"
#include "base/keyed_hash.h"
#include "log/log.h"
#include "record/thin_out.h"

namespace leat::log {

struct CompactionRules {
  std::int64_t now = 0;                  // wall clock, ms
  std::int64_t min_lag_ms = 0;           // records younger than that are not looked at, nor what comes behind them
  std::int64_t delete_retention_ms = 0;  // how long tombstones stay, from the round on that finds them
  std::size_t map_bytes = std::size_t{128} << 20;  // for keys and their newest offsets
  record::CodecLevels levels = {};
  base::HashKey hash_key = {};
  // Of what a segment may become when its batches grow: indexes have 31 bits for a byte's place. Less in tests.
  std::int64_t most_file_bytes = std::numeric_limits<std::int32_t>::max();
  // Called with the bytes read since the last call, a MiB or so; false ends the round.
  std::function<bool(std::int64_t bytes)> on_read = nullptr;
};

struct CompactionResult {
  Offset clean_to = 0;        // below it every key has one record at most, but for kept_superseded
  bool is_done = true;        // false: there is more behind that, for which
  bool map_was_full = false;  // the memory was too little: another round goes on; else a transaction has not ended
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;
  std::int64_t bytes_freed = 0;
  std::int64_t records_removed = 0;
  std::int64_t tombstones_removed = 0;  // among them
  std::int64_t keyless_records = 0;     // that stay, because nothing can replace them
  // That stay although others have replaced them, because what is left of their batch could not be written so that it fits
  // and readers take it (record/thin_out.h). No tombstone behind the first of them goes any more: it may be what replaces it.
  std::int64_t kept_superseded = 0;
  std::int32_t segments_removed = 0;
  std::size_t map_bytes = 0;  // taken
};

// One round.
//   kPermissionDenied  the log was opened read-only
//   kNotFound          the topic has been deleted
//   kDataLoss          damage in a segment: names it; nothing from there on was changed. Or the partition is read-only
//   kAborted           segments were removed or replaced meanwhile; another round can succeed
//   kCancelled         on_read wanted it to end
//   kResourceExhausted no room for a segment to be written anew
//   kUnavailable       a stopped or stuck process has a lock
// After any of them the log is whole, and each key has its newest record.
absl::StatusOr<CompactionResult> CompactLog(Log& log, const CompactionRules& rules);

// What there would be to do.
struct CompactionBacklog {
  Offset clean_to = 0;
  std::int64_t clean_bytes = 0;                   // of finished segments: those that were looked at
  std::int64_t dirty_bytes = 0;                   // and those that may be by now
  std::optional<std::int64_t> oldest_dirty = {};  // timestamp of the first of these
  std::int64_t next_horizon = -1;                 // CompactionMark
};
absl::StatusOr<CompactionBacklog> BacklogOf(Log& log, std::int64_t now, std::int64_t min_lag_ms);

}  // namespace leat::log

#endif  // LEAT_LOG_COMPACTION_H_
