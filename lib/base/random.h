// Randomness as a constructor argument, so that a test can repeat it by its seed.
#ifndef LEAT_BASE_RANDOM_H_
#define LEAT_BASE_RANDOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace leat::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t Next() = 0;
};

// From the kernel's generator: for identities. Safe from all threads.
std::shared_ptr<Random> SystemRandom();

// Repeatable, fast, not for identities. Not safe from several threads at once.
std::shared_ptr<Random> SeededRandom(std::uint64_t seed);

// A random (version 4) UUID, as Kafka's topic ids are: never all zeros, and its base64 form never begins with '-'.
using Uuid = std::array<std::byte, 16>;
Uuid MakeUuid(Random& random);
// The URL-safe base64 form without padding (22 characters) that Kafka's files use, and back; nullptr-like {} when malformed.
std::string UuidToString(const Uuid& id);
bool UuidFromString(const std::string& text, Uuid& id);

}  // namespace leat::base

#endif  // LEAT_BASE_RANDOM_H_
