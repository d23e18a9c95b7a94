// The .timeindex file of a finished segment: where to begin a search for a given time.
//
//    +-----------+-----------------+-----------+-----------------+--
//    | timestamp | relative offset | timestamp | relative offset |     big-endian, 8 and 4 bytes
//    +-----------+-----------------+-----------+-----------------+--
//
// An entry says: up to here no batch had a later timestamp than this, and the first one that had it ends with this
// offset.
#ifndef LEAT_LOG_TIME_INDEX_H_
#define LEAT_LOG_TIME_INDEX_H_

#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::size_t kTimeIndexEntrySize = 12;

// A copy of the file, as OffsetIndex is. Threads: any, once it is made.
class TimeIndex {
 public:
  struct Entry {
    std::int64_t timestamp;
    Offset last_offset;
  };

  // kDataLoss, naming file and entry, when the bytes can't be the time index of a segment that begins with `base`.
  // Nothing is lost then: a search may begin at `base`. Zeros at the end are no entries.
  static absl::StatusOr<TimeIndex> Load(io::FileSystem& files, const std::string& partition_folder, Offset base);
  static absl::StatusOr<TimeIndex> Parse(const std::string& path, std::vector<std::byte> bytes, Offset base);

  // No record of this segment in a batch before the one that holds the offset returned is of `timestamp` or later: a
  // search for the first record that is may begin there.
  Offset Lookup(std::int64_t timestamp) const;

  std::size_t count() const { return count_; }
  Entry entry(std::size_t index) const;
  // Its timestamp is the greatest of the segment.
  std::optional<Entry> last() const;

 private:
  TimeIndex(std::vector<std::byte> bytes, Offset base, std::size_t count)
      : bytes_(std::move(bytes)), base_(base), count_(count) {}

  std::vector<std::byte> bytes_;
  Offset base_;
  std::size_t count_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_TIME_INDEX_H_
