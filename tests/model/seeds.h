// Where random operations begin: in the ordinary run the same each time, so that it says the same of the same sources;
// in the slow label elsewhere each time; and where LEAT_MODEL_SEED says, to see a failure again.
#ifndef LEAT_TESTS_MODEL_SEEDS_H_
#define LEAT_TESTS_MODEL_SEEDS_H_

#include <cstdint>
#include <cstdlib>
#include <random>

namespace leat::testing {

enum class Seeds : std::uint8_t { kSame, kNew };

inline std::uint64_t FirstSeed(Seeds seeds) {
  if (const char* const given = std::getenv("LEAT_MODEL_SEED"); given != nullptr) {
    return std::strtoull(given, nullptr, 0);
  }
  constexpr std::uint64_t kSame = 20'261'121;
  return seeds == Seeds::kSame ? kSame : std::uint64_t{std::random_device()()} << 16;
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_MODEL_SEEDS_H_
