#include "log/key_offsets.h"

#include <algorithm>

namespace leat::log {
namespace {

// A quarter stays free, so that a look-up ends soon.
constexpr std::size_t kLoadNumerator = 3;
constexpr std::size_t kLoadDenominator = 4;
constexpr std::size_t kMostEntries = std::size_t{0xffffffff};

std::size_t EntriesFor(std::size_t memory, std::int64_t keys) {
  const std::size_t fit = std::clamp<std::size_t>(memory / KeyOffsets::kEntrySize, 2, kMostEntries);
  const auto wanted = static_cast<std::size_t>(std::clamp<std::int64_t>(keys, 1, std::int64_t{1} << 48));
  return std::min(fit, wanted * kLoadDenominator / kLoadNumerator + 2);
}

}  // namespace

KeyOffsets::KeyOffsets(std::size_t memory, std::int64_t keys, const base::HashKey& hash_key)
    : hash_key_(hash_key),
      entries_(EntriesFor(memory, keys)),
      capacity_(std::max<std::size_t>(entries_.size() * kLoadNumerator / kLoadDenominator, 1)) {}

std::size_t KeyOffsets::PlaceOf(const base::Hash128& hash) const {
  // The hash, taken as a fraction, of the table's length, which has 32 bits.
  auto place = static_cast<std::size_t>(((hash.low >> 32) * entries_.size()) >> 32);
  while (entries_[place].offset != 0 && entries_[place].hash != hash) {
    if (++place == entries_.size()) place = 0;
  }
  return place;
}

bool KeyOffsets::Put(std::span<const std::byte> key, Offset offset) {
  const base::Hash128 hash = base::KeyedHash(hash_key_, key);
  Entry& entry = entries_[PlaceOf(hash)];
  if (entry.offset == 0) {
    if (size_ == capacity_) return false;
    ++size_;
    entry.hash = hash;
  }
  entry.offset = std::max(entry.offset, offset + 1);
  return true;
}

std::optional<Offset> KeyOffsets::Find(std::span<const std::byte> key) const {
  const Entry& entry = entries_[PlaceOf(base::KeyedHash(hash_key_, key))];
  return entry.offset == 0 ? std::nullopt : std::optional(entry.offset - 1);
}

}  // namespace leat::log
