// What the files of a partition's folder are called, and which segments there are.
#ifndef LEAT_LOG_SEGMENT_FILES_H_
#define LEAT_LOG_SEGMENT_FILES_H_

#include <leat/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
inline constexpr std::string_view kCompactedSuffix = ".compacted";

// "00000000000000000042.log": the base offset with 20 digits, so that names sort as offsets do.
std::string SegmentFileName(Offset base, std::string_view suffix);

// The base offset in a name that SegmentFileName could have made with that suffix; nullopt for all others.
std::optional<Offset> ParseSegmentFileName(std::string_view name, std::string_view suffix);

// "00000000000000000042-00000000000000000099.compacted": what is to be the segment at `base`, and counts from the moment on
// in which it has this name: those between `base` and `end` (exclusive) do not any more (replacing.h).
std::string CompactedFileName(Offset base, Offset end);

struct SegmentFiles {
  static constexpr Offset kOwnName = -1;

  Offset base = 0;
  bool has_offset_index = false;
  bool has_time_index = false;
  Offset compacted_end = kOwnName;  // else its file has the name of CompactedFileName(base, this), and no indexes yet

  // The .log file's.
  std::string LogName() const;

  friend bool operator==(const SegmentFiles&, const SegmentFiles&) = default;
};

// A look into a partition's folder.
struct SegmentListing {
  std::vector<SegmentFiles> segments;  // of the log, by base offset
  std::vector<SegmentFiles> replaced;  // .log files that are there still, and compacted ones count in their place
  std::vector<Offset> stray_indexes;   // base offsets of indexes without a .log file, each once, sorted
  std::vector<std::string> temporary;  // files of ours that someone was about to finish: rests, if nobody lives
};

// Names that are not ours, whatever they are, are passed over.
absl::StatusOr<SegmentListing> ListFolder(io::FileSystem& files, const std::string& partition_folder);

// The segments alone.
absl::StatusOr<std::vector<SegmentFiles>> ListSegments(io::FileSystem& files, const std::string& partition_folder);

// Both indexes of a segment; those that are not there are no error. Recovery makes a finished segment's anew, and until
// then it is read without them.
absl::Status RemoveIndexes(io::FileSystem& files, const std::string& partition_folder, Offset base);

}  // namespace leat::log

#endif  // LEAT_LOG_SEGMENT_FILES_H_
