// What is done for a log beside its appenders, so that they need not: room and warm pages ahead of the writer, the
// next segment made ready, finished segments sealed.
#ifndef LEAT_LOG_HOUSEKEEPING_H_
#define LEAT_LOG_HOUSEKEEPING_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/types.h>
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "log/appender.h"
#include "log/log.h"
#include "log/segment_writer.h"
#include "shared/commit_slots.h"

namespace leat::log {

// A segment that has no base offset yet: a file "next-<slot>-<generation>-<number>.tmp", which a roll
// renames.
struct PreparedSegment {
  std::shared_ptr<SegmentWriter> writer;
  std::string path;
  std::int64_t size = 0;  // bytes that have blocks
};

// A segment that this process has rolled away from.
struct FinishedSegment {
  std::shared_ptr<SegmentWriter> writer;  // dropped after sealing: unmapping takes longer than an append may wait
  Offset base = 0;
  std::int64_t position = 0;            // its exact end
  std::optional<io::FileId> file = {};  // as the writer knew it
};

// What the names of segments in the making begin with, by the process's slot: when that is dead, they may be removed.
std::string PreparedPrefix(std::uint32_t slot);
// The same for segments that are being compacted, followed by a number.
inline constexpr std::string_view kCleanPrefix = "clean-";

class Housekeeping {
 public:
  explicit Housekeeping(Log& log);

  // The housekeeper's thread only.
  absl::Status Round();

  // Makes a segment of `size` bytes under a name of this process. Any thread.
  absl::StatusOr<PreparedSegment> MakeSegment(std::int64_t size);

  // Has one prepared, so that the next roll only gives it its name. Any thread.
  absl::Status Prepare() ABSL_LOCKS_EXCLUDED(mutex_);

  // The prepared segment, if there is one; from then on it is the caller's.
  PreparedSegment TakePrepared() ABSL_LOCKS_EXCLUDED(mutex_);

  // Tells the next round of a segment to seal.
  void Finished(FinishedSegment segment) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes what was made and will not be used; without an argument, what is prepared: on close.
  void Discard(const PreparedSegment& made);
  void Discard() ABSL_LOCKS_EXCLUDED(mutex_) { Discard(TakePrepared()); }

  // Cuts a finished segment, whose last batch is before offset `end`, to its end, and writes its indexes, unless somebody
  // has. kAborted if it is the active one, kUnavailable when somebody is about to remove or replace segments.
  absl::Status Seal(Offset base, Offset end, Waiting waiting = Waiting::kNever);

  // A file of ours that nobody else makes; it is `prefix` and numbers. Any thread.
  std::string NewPath(std::string_view prefix);
  // What no other file in the making has in its name: whose it is, and which of his.
  std::string UniqueName();

  // Every segment of the log, the active one too, cut to its end, indexed, and synced: under the exclusive folder
  // lock.
  absl::Status SealAll(const std::vector<std::shared_ptr<Segment>>& segments);

  // Where the batches of a segment end whose next one begins with offset `end`: walks over all its headers.
  // Where compaction has been, there may be none before that.
  absl::StatusOr<std::int64_t> FindEnd(Segment& segment, Offset end) const;

 private:
  void ChooseLead(const shared::CommitState& state);
  void GrowAhead(const ActiveWriter& active, const shared::CommitState& state);
  void PrepareNext(const shared::CommitState& state);
  absl::Status CutAndIndex(Offset base, std::int64_t position);
  absl::Status Cut(const Segment& segment, io::File& file, std::int64_t position);
  absl::Status SealFinished();
  absl::Status Seal(const FinishedSegment& segment);
  absl::Status SealAlone(Offset base, Waiting waiting, absl::FunctionRef<absl::Status()> seal);
  absl::Status SealAbandoned();
  void RemoveAbandoned(const std::vector<std::string>& temporary) const;
  bool IsThere(Offset base, std::string_view suffix) const;
  bool HasPrepared() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::int64_t PokeAt() const;

  Log& log_;
  const LogSettings& settings_;
  const std::int64_t greatest_lead_;

  // Of the housekeeper's thread.
  Offset ahead_base_ = -1;  // the segment that warm_to_ speaks of
  std::int64_t warm_to_ = 0;
  std::shared_ptr<SegmentWriter> next_;  // the prepared segment's, also when a roll has taken that
  std::int64_t next_size_ = 0;
  std::int64_t next_warm_to_ = 0;
  std::int64_t lead_ = 0;      // bytes to be ahead of the writer: what it takes in kLeadTime
  std::int64_t position_ = 0;  // at the last round, and when that was
  std::chrono::nanoseconds round_{0};

  std::atomic<std::uint32_t> made_{0};
  mutable base::Mutex mutex_;
  PreparedSegment prepared_ ABSL_GUARDED_BY(mutex_);
  std::vector<FinishedSegment> finished_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::log

#endif  // LEAT_LOG_HOUSEKEEPING_H_
