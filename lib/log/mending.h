// Repair's hand: makes of a log in which something is wrong one in which only offsets are missing. What it takes out of
// the files is kept in the salvage folder; nothing that is right is lost.
//
// It works in two halves, each of which may be killed anywhere and run again, after another look: the first writes what
// only the shared state knows into the files, so that the shared state is no longer needed; the second changes the log.
// What comes after, indexes, epochs, a torn tail, is recovery's, which the next opening does.
#ifndef LEAT_LOG_MENDING_H_
#define LEAT_LOG_MENDING_H_

#include <leat/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "log/damage_scan.h"

namespace leat::log {

struct MendInput {
  io::FileSystem& files;
  std::string folder;  // the partition's
  TopicPartition partition;
  std::string salvage_folder;
  io::FileInfo like;
  // Records from here on are written anew even where they are right: nobody can say that they are on the disk.
  Offset store_again_from = 0;
  bool store_again = false;
};

// The caller holds the folder's exclusive lock in all of these.

// The first half: all that is there is on the disk, and the checkpoint says what `facts` do.
absl::Status KeepFacts(const MendInput& input, const LogFacts& facts);

// The second half. Returns where the bytes of each hole are kept, empty for one without bytes.
absl::StatusOr<std::vector<std::string>> Mend(const MendInput& input, const LogFacts& facts, const LogDamage& damage);

}  // namespace leat::log

#endif  // LEAT_LOG_MENDING_H_
