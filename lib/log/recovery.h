// Opening a log of which nothing in memory may be trusted: after a reboot, in a copied folder, or of a folder that a
// real Kafka wrote. Finds where the log ends, cuts off what a power loss left half done, and makes the files such
// that appends can go on.
#ifndef LEAT_LOG_RECOVERY_H_
#define LEAT_LOG_RECOVERY_H_

#include <leat/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "log/page.h"

namespace leat::log {

struct RecoveryInput {
  io::FileSystem& files;
  std::string folder;  // the partition's
  std::string topic;
  PartitionId partition = 0;
  std::string salvage_folder;  // where to keep what is cut off
  io::FileInfo like;           // new files take their permissions from it
  std::int64_t index_interval_bytes = 4096;
  bool writable = true;   // false: nothing is written, cut or synced; what would be, is left out of the log
  bool is_copy = false;   // the folder is not where it was written: its files may have been copied at different times
  bool retires = false;   // in a copy its oldest segments may be missing: they go by themselves
  bool adopting = false;  // a real Kafka wrote it
  bool store_again =
      false;  // the machine has been running since it was written: what reads right may not have reached
              // the disk, and a sync would not say so (voucher.h)
  std::function<void(std::int64_t bytes)> on_scanned =
      {};  // called now and then, with the bytes read since the last call
};

struct RecoveredLog {
  Offset log_start = 0;
  Offset end = 0;
  Offset flushed = 0;  // on the disk up to here: the end, when writable
  LeaderEpoch epoch = 0;
  Offset epoch_start = 0;
  bool allow_gaps = false;  // offsets may be missing between batches: a log that Kafka compacted
  bool compacted = false;   // so they may in what had been on the disk: a log that was compacted here

  // The active segment. Its file is there when writable; later ones that are there too are not of the log.
  Offset segment_base = 0;
  std::int64_t position = 0;               // bytes of it that are batches
  std::int64_t file_size = 0;              // bytes that its file has: `position` when writable
  std::int64_t max_timestamp = -1;         // of its batches
  std::int64_t segment_first_append = -1;  // in ms; the timestamp of its first batch where nobody knows better

  std::int64_t scanned_bytes = 0;
  std::int64_t cut_bytes = 0;  // kept in the salvage folder; zeros at an end are not counted
  int cut_segments = 0;        // whole ones among them

  // kDataLoss: bytes that had been on the disk are gone or changed; names file, position and remedy. The log is
  // readable from `log_start` to `end`, and must not be appended to; nothing was changed.
  absl::Status damage;
  // What was done, for the log of the application: one sentence each.
  std::vector<std::string> notes;
};

// The caller holds the folder's exclusive lock, or only reads. May be killed at any instant and run again.
//
// The state of a log is judged by its checkpoint: what comes behind it may be torn by a power loss, and is cut off
// from the first batch on that is not right (kept in `salvage_folder`); what comes before it was on the disk, and if
// it is not right that is damage. Batches before the checkpoint are not read, except in a copy those of the
// checkpoint's segment; a flipped bit there is found by who reads it. A new leader epoch begins, so that offsets
// handed out twice can be told apart.
//
// In a copy of a log that retires, files that are missing before others were deleted while it was made, one after the
// other from the oldest on: the log begins behind the last of them, and what is there before goes to the salvage.
//
// Errors: whatever a file answers (kResourceExhausted: no room for the salvage; nothing is lost, free some and open
// again), kUnimplemented for Kafka's message formats 0 and 1, kFailedPrecondition for files of a later leat.
absl::StatusOr<RecoveredLog> RecoverLog(const RecoveryInput& input);

// What the log's page is filled with.
PageContent PageContentOf(const RecoveredLog& recovered);

}  // namespace leat::log

#endif  // LEAT_LOG_RECOVERY_H_
