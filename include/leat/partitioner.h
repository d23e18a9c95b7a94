// Which partition a record goes to when it does not say.
#ifndef LEAT_PARTITIONER_H_
#define LEAT_PARTITIONER_H_

#include <leat/record.h>
#include <leat/types.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

namespace leat {
inline namespace v1 {

// The built-in ways. A partition that the record itself names always wins.
enum class Partitioning : std::uint8_t {
  kKey,         // by the key, as Kafka's Java client does it: same key, same partition; without a key as kSticky
  kRoundRobin,  // each in turn
  kRandom,      // any
  kSticky,      // one until its batch is full, then another: the largest batches
};

// A way of one's own: given the topic, the record and the number of partitions, a partition from 0 to count - 1;
// anything else is refused as kInvalidArgument. Called by every thread that sends, at the same time; it must not call
// the producer.
using Partitioner =
    std::function<PartitionId(std::string_view topic, const ProducerRecord& record, PartitionId count)>;

// The hash that Kafka's Java client chooses partitions by: 32-bit MurmurHash2 with the client's own seed. Never
// changes.
inline std::int32_t Murmur2(BytesView bytes) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr std::uint32_t kSeed = 0x9747b28c;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(left);
  for (; left >= 4; left -= 4, at += 4) {
    std::uint32_t lane;
    std::memcpy(&lane, at, sizeof(lane));
    if constexpr (std::endian::native == std::endian::big) lane = __builtin_bswap32(lane);
    lane *= kMultiplier;
    lane ^= lane >> 24;
    hash = (hash * kMultiplier) ^ (lane * kMultiplier);
  }
  if (left > 0) {
    for (std::size_t i = 0; i < left; ++i) hash ^= static_cast<std::uint32_t>(at[i]) << (8 * i);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return static_cast<std::int32_t>(hash);
}

// The partition of `key` among `count` > 0 partitions: the one that Kafka's Java client would choose. More partitions
// move keys. A null key hashes like an empty one; built-in partitioning does not ask for it.
inline PartitionId PartitionForKey(BytesView key, PartitionId count) { return (Murmur2(key) & 0x7fffffff) % count; }

}  // namespace v1
}  // namespace leat

#endif  // LEAT_PARTITIONER_H_
