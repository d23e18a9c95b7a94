// The file `checkpoint` of a partition: up to where its log is known to be on the disk, so that an opener after a
// power loss scans only what comes behind. Two slots, each in a sector of its own and with its own checksum, written
// in turn: whatever a power loss does to the one being written, the other is whole.
//
//    byte 0     slot 0: magic, version, sequence, the fields of Checkpoint, CRC-32C     (numbers big-endian)
//    byte 512   slot 1: the same; the slot of the greater sequence is the newer one
//    1024       end of the file
#ifndef LEAT_LOG_CHECKPOINT_H_
#define LEAT_LOG_CHECKPOINT_H_

#include <leat/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::string_view kCheckpointFileName = "checkpoint";

// All of one instant, read from one commit slot before the sync that makes it true.
struct Checkpoint {
  Offset log_start = 0;
  Offset end = 0;                          // all batches below it are on the disk
  Offset segment_base = 0;                 // the segment that the record at `end` goes to, ...
  std::int64_t position = 0;               // ... and where in it
  std::int64_t max_timestamp = -1;         // of that segment's batches before `position`
  std::int64_t segment_first_append = -1;  // wall clock in ms of its first batch; -1 while it is empty
  LeaderEpoch epoch = -1;                  // the current one
  bool allow_gaps = false;                 // offsets may be missing between batches: a log that Kafka compacted

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

struct CheckpointState {
  std::optional<Checkpoint> newest;  // nullopt: none was ever written, or neither slot is whole
  bool garbage = false;              // a slot holds something that is neither whole nor zeros
  std::uint64_t sequence = 0;        // of `newest`
};

// A file that is not there, or empty, is one in which none was written. kFailedPrecondition when a later version of
// leat wrote it.
absl::StatusOr<CheckpointState> ReadCheckpoint(io::FileSystem& files, const std::string& partition_folder);
absl::StatusOr<CheckpointState> ReadCheckpoint(const io::File& file);

// Opens the file for WriteCheckpoint, and makes it when there is none: both slots empty, synced, the folder too.
absl::StatusOr<std::unique_ptr<io::File>> OpenCheckpoint(io::FileSystem& files, const std::string& partition_folder,
                                                         const io::FileInfo& like);

// Writes the older slot and syncs. The log start never goes back, and gaps once allowed stay so: where the file says
// more than `checkpoint` it wins, so that a sync that began before a Trim does not undo it.
//
// One at a time, over all processes: the caller holds the partition's flush lock or the folder. kDataLoss, and nothing
// written, when it is what no log can say.
absl::Status WriteCheckpoint(io::File& file, Checkpoint checkpoint);

// The same for a folder that may have no such file yet: it then gets one that holds `checkpoint` from its first
// instant on.
absl::Status SaveCheckpoint(io::FileSystem& files, const std::string& partition_folder, const Checkpoint& checkpoint,
                            const io::FileInfo& like);

}  // namespace leat::log

#endif  // LEAT_LOG_CHECKPOINT_H_
