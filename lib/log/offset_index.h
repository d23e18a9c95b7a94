// The .index file of a finished segment: where to begin a walk to a given offset.
//
//    +-----------------+----------+-----------------+----------+--
//    | relative offset | position | relative offset | position |       big-endian, 4 bytes each
//    +-----------------+----------+-----------------+----------+--
//
// An entry speaks of one batch: its last offset, less the segment's base offset, and the byte of the .log where it
// begins.
#ifndef LEAT_LOG_OFFSET_INDEX_H_
#define LEAT_LOG_OFFSET_INDEX_H_

#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::size_t kOffsetIndexEntrySize = 8;

// A copy of the file: a mapping would turn an index that someone cuts short into a signal.
//
// Threads: any, once it is made.
class OffsetIndex {
 public:
  struct Entry {
    Offset last_offset;
    std::int64_t position;
  };

  // kDataLoss, naming file and entry, when the bytes can't be the index of a segment of `log_size` bytes. Nothing is
  // lost then: a walk may begin at position 0, and WriteIndexes() makes it anew. Zeros at the end, with which Kafka
  // makes room for more entries, are no entries.
  static absl::StatusOr<OffsetIndex> Load(io::FileSystem& files, const std::string& partition_folder, Offset base,
                                          std::int64_t log_size);
  static absl::StatusOr<OffsetIndex> Parse(const std::string& path, std::vector<std::byte> bytes, Offset base,
                                           std::int64_t log_size);

  // Where a batch begins that holds `offset` or stands before the one that does; 0 for offsets before the first
  // entry's.
  std::int64_t Lookup(Offset offset) const;
  // The last of the batches it knows that begins at or before that byte of the .log; 0 when it knows none.
  std::int64_t LookupByte(std::int64_t position) const;

  std::size_t count() const { return count_; }
  Entry entry(std::size_t index) const;
  std::optional<Entry> last() const;

 private:
  template <typename Holds>
  std::int64_t LastThat(Holds holds) const;

  OffsetIndex(std::vector<std::byte> bytes, Offset base, std::size_t count)
      : bytes_(std::move(bytes)), base_(base), count_(count) {}

  std::vector<std::byte> bytes_;
  Offset base_;
  std::size_t count_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_OFFSET_INDEX_H_
