// A place in a partition as words: begin, end, N, -N, @TIME, max.
#ifndef LEAT_CLI_PLACE_H_
#define LEAT_CLI_PLACE_H_

#include <leat/partition.h>
#include <leat/types.h>

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

struct Place {
  enum class Kind : std::uint8_t {
    kBegin,
    kEnd,
    kOffset,
    kLast,  // so many records before the end
    kTime,
    kMaxTime,  // the record with the greatest timestamp
  };

  Kind kind = Kind::kEnd;
  std::int64_t number = 0;  // the offset, or how many records
  Timestamp time{};

  friend bool operator==(const Place&, const Place&) = default;
};

// begin, end, N, -N, @TIME.
absl::StatusOr<Place> ParsePlace(std::string_view text);
// end, N, @TIME: where reading may end.
absl::StatusOr<Place> ParseLastPlace(std::string_view text);
// begin, end, max, @TIME: what a partition can be asked for.
absl::StatusOr<Place> ParseAskedPlace(std::string_view text);

// Where that is now. What lies before the log's begin is its begin; behind its end only an offset can lie.
absl::StatusOr<Offset> OffsetOf(const Place& place, const Partition& partition);

}  // namespace leat::cli

#endif  // LEAT_CLI_PLACE_H_
