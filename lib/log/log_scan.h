// Recovery's look at a partition's folder, which changes nothing: what the log is, and what is to be done about the
// rest.
#ifndef LEAT_LOG_LOG_SCAN_H_
#define LEAT_LOG_LOG_SCAN_H_

#include <leat/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "log/epochs.h"
#include "log/recovery.h"
#include "log/segment_files.h"

namespace leat::log {

// A segment of the log.
struct ScannedSegment {
  SegmentFiles files;
  Offset next_offset = 0;
  std::int64_t position = 0;  // bytes of its file that are batches of the log
  std::int64_t content_end =
      0;  // one past the last byte of its file that is not 0; beyond `position` if there is a torn tail
  std::int64_t file_size = 0;
  bool below_checkpoint = false;  // whole: its batches were not read
  bool indexes_good = false;
};

struct LogScan {
  // As recovery will return it, but for the new epoch and what is cut.
  RecoveredLog log;
  // The last one is the active one; none: a new one begins with the log start.
  std::vector<ScannedSegment> segments;
  std::vector<SegmentFiles> obsolete;  // with all their records below the log start
  std::vector<SegmentFiles> cut;       // behind the first failure, or before what is missing in a copy
  std::vector<Offset> stray_indexes;
  std::vector<std::string> temporary;
  Epochs epochs;                    // as the file and the batches say; not yet cut to the log
  LeaderEpoch greatest_epoch = -1;  // that anything in the folder knows of
};

// Errors: see RecoverLog. Damage is none.
absl::StatusOr<LogScan> ScanLog(const RecoveryInput& input);

}  // namespace leat::log

#endif  // LEAT_LOG_LOG_SCAN_H_
