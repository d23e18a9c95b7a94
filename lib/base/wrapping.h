// Arithmetic on numbers that nobody has looked at: what is too great begins anew at the other end.
#ifndef LEAT_BASE_WRAPPING_H_
#define LEAT_BASE_WRAPPING_H_

#include <cstdint>

namespace leat::base {

constexpr std::int64_t WrappingAdd(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

constexpr std::int64_t WrappingSubtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace leat::base

#endif  // LEAT_BASE_WRAPPING_H_
