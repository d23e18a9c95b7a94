#include "cli/place.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/number.h"
#include "cli/time_text.h"

namespace leat::cli {
namespace {

absl::StatusOr<Place> ParseOneOf(std::string_view text, std::string_view names, bool begin, bool offset, bool last) {
  if (begin && text == "begin") return Place{.kind = Place::Kind::kBegin};
  if (text == "end") return Place{.kind = Place::Kind::kEnd};
  if (text.starts_with('@')) {
    const auto time = ParseTime(text.substr(1), Now());
    if (!time.ok()) return time.status();
    return Place{.kind = Place::Kind::kTime, .time = *time};
  }
  // "-0" is no number of records, but the end is meant.
  const auto number = ParseNumber<std::int64_t>(text);
  if (number.has_value() && last && text.starts_with('-')) {
    return Place{.kind = Place::Kind::kLast, .number = -std::max<std::int64_t>(*number, -INT64_MAX)};
  }
  if (number.has_value() && offset && *number >= 0) return Place{.kind = Place::Kind::kOffset, .number = *number};
  return absl::InvalidArgumentError(fmt::format("{}, not '{}'", names, text));
}

}  // namespace

absl::StatusOr<Place> ParsePlace(std::string_view text) {
  return ParseOneOf(text, "a place is begin, end, an offset, -N (the last N) or @TIME", true, true, true);
}
absl::StatusOr<Place> ParseLastPlace(std::string_view text) {
  return ParseOneOf(text, "where to end is end, an offset or @TIME", false, true, false);
}
absl::StatusOr<Place> ParseAskedPlace(std::string_view text) {
  if (text == "max") return Place{.kind = Place::Kind::kMaxTime};
  return ParseOneOf(text, "a place to ask for is begin, end, max or @TIME", true, false, false);
}

absl::StatusOr<Offset> OffsetOf(const Place& place, const Partition& partition) {
  const auto begin = partition.log_start();
  if (!begin.ok()) return begin;
  const auto end = partition.high_watermark();
  if (!end.ok()) return end;
  switch (place.kind) {
    case Place::Kind::kBegin:
      break;
    case Place::Kind::kEnd:
      return *end;
    case Place::Kind::kOffset:
      return std::max(*begin, place.number);
    case Place::Kind::kLast:
      return partition.StartOfLast(place.number);
    case Place::Kind::kTime: {
      const auto found = partition.OffsetForTime(place.time);
      if (!found.ok()) return found.status();
      return found->value_or(*end);
    }
    case Place::Kind::kMaxTime: {
      const auto found = partition.MaxTimestamp();
      if (!found.ok()) return found.status();
      return found->has_value() ? (*found)->offset : *end;
    }
  }
  return *begin;
}

}  // namespace leat::cli
