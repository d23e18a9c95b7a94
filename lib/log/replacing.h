// Putting one compacted segment in the place of several, so that every look into the folder, whoever dies when and whatever a
// power loss keeps, finds a log that is whole. Batches from `base` to `end` stand in some segments, of which the first is B;
// what is left of them has been written to a file of its own, and synced. Then, under the retire lock:
//
//   1  the flag kFlagReplacing is set               whoever has the lock next finishes what is begun
//   2  the file gets the name B-<end>.compacted     now it counts, and what it replaces does not (ListFolder)
//   3  the folder is synced, readers told           a list that is made from here on has the new one
//   4  B's indexes go, the other segments, too      readers who have them mapped keep them
//   5  the folder is synced                         none of them comes back beside 6
//   6  the file gets the name B.log                 over the old one: readers told again, flag off
//   7  its indexes are written
//
// Before 2 nothing has happened; after it, what is missing can be done by anybody, any number of times.
#ifndef LEAT_LOG_REPLACING_H_
#define LEAT_LOG_REPLACING_H_

#include <cstdint>
#include <string>

#include <leat/types.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "io/file_system.h"

namespace leat::log {

struct ReplacingIn {
  io::FileSystem& files;
  std::string folder;  // the partition's
  io::FileInfo like;
  std::int64_t index_interval_bytes = 4096;
  bool needs_sync = true;
};

// Steps 3 to 7, as far as they are missing. `tell` is called before what readers of an old list rely on goes, and at the
// end; `removed` of each old .log file.
absl::Status FinishReplacements(const ReplacingIn& in, absl::FunctionRef<void()> tell,
                                absl::FunctionRef<void(Offset base, std::int64_t size)> removed);

}  // namespace leat::log

#endif  // LEAT_LOG_REPLACING_H_
