// Raising a log's start, and removing the segments that are below it.
//
// What was trimmed stays trimmed, and what was not stays, whoever dies when. So, under the retire lock:
//
//   1  the checkpoint says where the log begins, and is on the disk    a recovery will not miss what is removed below
//   2  the page says so                                                from here on readers are told
//   3  older leader epochs are forgotten                               recovery would do it again
//   4  the files go, the oldest first                                  what is left of them is one piece
//
// Readers that have a segment mapped keep the mapping. Who lists the folder meanwhile finds segments that nobody may
// read any more, and leaves them out.
#ifndef LEAT_LOG_RETIRING_H_
#define LEAT_LOG_RETIRING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/types.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "log/checkpoint.h"
#include "log/log.h"
#include "log/segment.h"
#include "shared/slot_lock.h"

namespace leat::log {

// Threads: safe from all threads. Lock order: the retire lock, then the flush lock; who has an append or a size lock may
// only try the retire lock.
class Retiring {
 public:
  explicit Retiring(Log& log);

  // Whether it is enough that nobody reads any more what is below the log's start.
  enum class Files : std::uint8_t { kMayStay, kMustGo };
  // Contract: Log::RaiseLogStart, and Log::Retire.
  absl::StatusOr<Offset> RaiseLogStart(Offset to, Waiting waiting, Files files);

  // Removes what somebody who died has left below the log's start, and finishes what he was replacing.
  absl::Status RemoveLeftOver(Waiting waiting);

  // Does `work` while nobody removes or replaces segments.
  absl::Status Alone(Waiting waiting, absl::FunctionRef<absl::Status()> work);

  // Finished segments, as they were when somebody read them, and the file, whole and on the disk, that is to be in their
  // place.
  struct Replacement {
    std::string path;
    Offset end = 0;  // the next segment's base
    std::vector<std::pair<Offset, io::FileId>> segments = {};
  };
  // replacing.cc. Readers, who are told to expect gaps, find either the old segments or the new one, whoever dies when.
  // kAborted, and nothing is changed, when they are not what they were.
  absl::Status Replace(const Replacement& replacement);

  // The greatest timestamp of a finished segment that ends before `end`, by its time index; by its batches where it has
  // none that can be used. -1: nothing in it has a time.
  absl::StatusOr<std::int64_t> MaxTimestamp(const Segment& segment, Offset end);

  // Takes over the lock word of the dead. Waits for nobody.
  void Settle();

 private:
  using SegmentList = std::vector<std::shared_ptr<Segment>>;

  absl::Status Take(Waiting waiting);
  absl::StatusOr<Offset> RaiseLocked(Offset to, Files files);
  absl::StatusOr<SegmentList> HeldBelow(Offset log_start);
  absl::Status WriteDown(absl::FunctionRef<void(Checkpoint&)> change);
  absl::Status TrimEpochs(Offset log_start);
  absl::Status RemoveFiles(const SegmentList& held);
  absl::Status RemoveSegment(Offset base, const SegmentList& held);
  void GiveBack(Offset base, std::int64_t size, const SegmentList& held);
  absl::Status CheckStill(const Replacement& replacement) const;
  absl::Status FinishReplacing();
  absl::StatusOr<std::int64_t> WalkTimestamps(const Segment& segment, Offset end);

  Log& log_;
  const LogSettings& settings_;
  shared::PartitionPage& page_;
  const std::string lock_name_;

  bool checkpoint_is_named_ = false;  // under the retire lock: its name is on the disk, for all that we know

  base::Mutex mutex_;
  Offset known_base_ ABSL_GUARDED_BY(mutex_) = -1;  // whose greatest timestamp is known; compaction may move its end
  Offset known_end_ ABSL_GUARDED_BY(mutex_) = -1;
  std::int64_t known_timestamp_ ABSL_GUARDED_BY(mutex_) = -1;
};

}  // namespace leat::log

#endif  // LEAT_LOG_RETIRING_H_
