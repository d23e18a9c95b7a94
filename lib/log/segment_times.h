// How late the records of each segment are, as far as this process has learned it: so that a search for a time looks into
// the one segment that has it, however many there are.
//
// What is known of a finished segment is a bound: nothing in it is later. It holds for as long as the segment reaches from
// the same base to the same end, whatever is compacted or trimmed of it meanwhile, since records only go. Of all others
// nothing is known, and they count as segments that may have any time.
#ifndef LEAT_LOG_SEGMENT_TIMES_H_
#define LEAT_LOG_SEGMENT_TIMES_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <leat/types.h>

namespace leat::log {

// A tree of maxima over the segments: each question is answered in O(log n).
//
// Not safe from several threads at once: under the log's mutex.
class SegmentTimes {
 public:
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kNoRecord = std::numeric_limits<std::int64_t>::min();

  struct Bound {
    Offset base = 0;
    std::optional<Offset> end = {};    // the next segment's base; none: it is the last one
    std::int64_t greatest = kUnknown;  // no record of it has a later timestamp
  };

  // From now on these are the segments, by base offset. Keeps what is known of those that are there still.
  void Assign(std::vector<Offset> bases);

  // Nothing in the segment from `base` to `end` is later than `greatest`.
  void Learn(Offset base, Offset end, std::int64_t greatest);

  // The first segment, from the one that holds `from` on, that may have a record of `timestamp` or later.
  std::optional<Bound> FirstSince(Offset from, std::int64_t timestamp) const;

  // Of the segments from the one that holds `from` on that end at or before `end`, the first one with the greatest bound;
  // nullopt when none has a record.
  std::optional<Bound> Latest(Offset from, Offset end) const;

 private:
  std::size_t HolderOf(Offset offset) const;
  std::size_t FirstAtLeast(std::size_t from, std::int64_t timestamp) const;
  std::int64_t Greatest(std::size_t begin, std::size_t end) const;
  std::optional<Offset> EndOf(std::size_t index) const;
  Bound BoundOf(std::size_t index) const;

  std::vector<Offset> bases_;
  std::size_t leaves_ = 0;          // a power of two
  std::vector<std::int64_t> tree_;  // node n is over 2n and 2n + 1; the leaves are the last half
};

}  // namespace leat::log

#endif  // LEAT_LOG_SEGMENT_TIMES_H_
