// One segment of a log as readers see it: a read-only mapping of its file, made when first asked for.
#ifndef LEAT_LOG_SEGMENT_H_
#define LEAT_LOG_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "log/segment_files.h"
#include "log/settings.h"

namespace leat::log {

// It stands for one file: when compaction has put another in its place, this one goes on showing the old one, or nothing if
// it had not shown any, and the log has another Segment.
//
// Threads: safe from all threads. Lifetime: what View() returns is mapped for as long as the Segment lives, whatever
// becomes of the file; a pin keeps it mapped for longer.
class Segment {
 public:
  Segment(const LogSettings& settings, Offset base) : Segment(settings, SegmentFiles{.base = base}) {}
  Segment(const LogSettings& settings, const SegmentFiles& files);

  Offset base() const { return files_.base; }
  // Whether its file has not got its own name yet: then the indexes at its base are another's.
  bool is_replacing() const { return files_.compacted_end != SegmentFiles::kOwnName; }
  // Whether it is the one that is listed like that, and its file the one that is there now.
  bool IsStill(const SegmentFiles& listed) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::string Path(std::string_view suffix) const;  // of its .log, .index or .timeindex

  // The mapping, at least `size` bytes of it. Which of these bytes may be touched is not for the segment to say:
  // those below the log's commit position if it is the active one, else those below FileSize().
  //   kNotFound            the file is gone: retired
  //   kAborted             it has less than that, or is another: compacted, or cut by somebody
  //   kResourceExhausted   too many open files, or no address space
  absl::StatusOr<std::span<const std::byte>> View(std::size_t size) ABSL_LOCKS_EXCLUDED(mutex_);

  // FileSize() of the file that View shows; kAborted when another has its name.
  absl::StatusOr<std::int64_t> ViewedSize() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Keeps the newest mapping alive. Null before View.
  std::shared_ptr<const void> Pin() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool Pinned() const ABSL_LOCKS_EXCLUDED(mutex_);

  // As the file system says now; kNotFound when it is gone.
  absl::StatusOr<std::int64_t> FileSize() const;

 private:
  absl::Status Replaced() const;

  const LogSettings& settings_;
  const SegmentFiles files_;

  mutable base::Mutex mutex_;
  io::FileId id_ ABSL_GUARDED_BY(mutex_);               // of the file that is mapped
  std::size_t known_size_ ABSL_GUARDED_BY(mutex_) = 0;  // which it had when it was looked at
  // The last one is in use. Earlier ones were too small for what the file became; readers may still look through
  // them.
  std::vector<std::shared_ptr<io::MappedFile>> mappings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::log

#endif  // LEAT_LOG_SEGMENT_H_
