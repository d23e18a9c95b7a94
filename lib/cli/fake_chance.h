// Chance that a seed repeats, on every machine: what the standard library makes of a seed is each one's own affair.
#ifndef LEAT_CLI_FAKE_CHANCE_H_
#define LEAT_CLI_FAKE_CHANCE_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace leat::cli {

// splitmix64: 64 bits of state, a few operations a number. Good enough for made-up data, and for nothing secret.
class FakeChance {
 public:
  explicit FakeChance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // From 0 to before `end`, each as likely; `end` is not 0.
  std::uint64_t Below(std::uint64_t end) {
    // The last, incomplete round of numbers would favour the lower ones.
    const std::uint64_t rounds_end = UINT64_MAX - UINT64_MAX % end;
    std::uint64_t number;
    do {
      number = Next();
    } while (number >= rounds_end);
    return number % end;
  }

  // Both included.
  std::int64_t Between(std::int64_t first, std::int64_t last) {
    const std::uint64_t steps = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
    const std::uint64_t step = steps == UINT64_MAX ? Next() : Below(steps + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) + step);
  }

  // From 0 to before 1.
  double Fraction() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  template <typename T, std::size_t kExtent>
  const T& OneOf(std::span<const T, kExtent> choices) {
    return choices[static_cast<std::size_t>(Below(choices.size()))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_FAKE_CHANCE_H_
