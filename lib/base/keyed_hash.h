// SipHash-2-4 with 128 bits: a hash that nobody who does not know its key can make collide, as Aumasson and Bernstein
// published it.
#ifndef LEAT_BASE_KEYED_HASH_H_
#define LEAT_BASE_KEYED_HASH_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace leat::base {

struct HashKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

Hash128 KeyedHash(const HashKey& key, std::span<const std::byte> bytes);

}  // namespace leat::base

#endif  // LEAT_BASE_KEYED_HASH_H_
