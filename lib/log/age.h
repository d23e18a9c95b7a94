// How old something is, by clocks and records that may say anything.
#ifndef LEAT_LOG_AGE_H_
#define LEAT_LOG_AGE_H_

#include <cstdint>
#include <limits>

namespace leat::log {

// All in ms. Without overflow, whatever the clock and the records say; what has no time (-1) or one to come is not old.
inline bool IsOlderThan(std::int64_t timestamp, std::int64_t age, std::int64_t now) {
  if (timestamp < 0 || timestamp >= now) return false;
  return static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(timestamp) > static_cast<std::uint64_t>(age);
}

// So long after `timestamp`, or never: the greatest there is. Neither is negative.
inline std::int64_t Later(std::int64_t timestamp, std::int64_t ms) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  return timestamp > kNever - ms ? kNever : timestamp + ms;
}

}  // namespace leat::log

#endif  // LEAT_LOG_AGE_H_
