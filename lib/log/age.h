// How old something is, by clocks and records that may say anything.
#ifndef LEAT_LOG_AGE_H_
#define LEAT_LOG_AGE_H_

#include <cstdint>

namespace leat::log {

// All in ms. Without overflow, whatever the clock and the records say; what has no time (-1) or one to come is not old.
inline bool IsOlderThan(std::int64_t timestamp, std::int64_t age, std::int64_t now) {
  if (timestamp < 0 || timestamp >= now) return false;
  return static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(timestamp) > static_cast<std::uint64_t>(age);
}

}  // namespace leat::log

#endif  // LEAT_LOG_AGE_H_
