// The file `compaction` of a partition that was compacted: how far. Four lines of numbers, as Kafka's checkpoints are:
//
//    0        version
//    41302    below it every key has one record at most; the next round looks for keys from here on
//    -1       wall clock in ms when the first of the tombstones that are left may go; -1: there is none that waits for that
//    -1       from here on no tombstone goes, because a superseded record could not be taken out there; -1: there is none
//
// What it says is work that need not be done again: where it cannot be read, all is looked at. That it is there says that
// offsets may be missing in the files of what is below the checkpoint's end, and so was on the disk when it was compacted:
// what comes behind that has to be dense, or a power loss could take from the middle of it without being noticed. Between two
// files none are missing (compacted_file.h), unless a Kafka wrote them.
#ifndef LEAT_LOG_COMPACTION_MARK_H_
#define LEAT_LOG_COMPACTION_MARK_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::string_view kCompactionFileName = "compaction";

struct CompactionMark {
  Offset clean_to = 0;
  std::int64_t next_horizon = -1;
  Offset keeps_tombstones_from = kNowhere;

  static constexpr Offset kNowhere = std::numeric_limits<Offset>::max();
  friend bool operator==(const CompactionMark&, const CompactionMark&) = default;
};

// What a file says that is not there, or damaged, is CompactionMark{}.
absl::StatusOr<CompactionMark> ReadCompactionMark(io::FileSystem& files, const std::string& partition_folder);
// Not OK when the file system does not answer: gaps taken for damage would make the partition read-only.
absl::StatusOr<bool> HasCompactionMark(io::FileSystem& files, const std::string& partition_folder);

// Replaces the file, synced. Several may do so at once, by different `unique` (io::ReplaceFile).
absl::Status WriteCompactionMark(io::FileSystem& files, const std::string& partition_folder,
                                 const CompactionMark& mark, const io::FileInfo& like, std::string_view unique);

}  // namespace leat::log

#endif  // LEAT_LOG_COMPACTION_MARK_H_
