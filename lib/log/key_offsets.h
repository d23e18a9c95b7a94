// Of each key, the newest offset: what compaction has to know, in memory whose size is known beforehand.
//
// A key is remembered by a hash of 128 bits under a random key of each table's own (base/keyed_hash.h), not by its bytes: two
// of a billion keys are taken for one with a chance of 2^-69, and nobody can choose such keys.
#ifndef LEAT_LOG_KEY_OFFSETS_H_
#define LEAT_LOG_KEY_OFFSETS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <leat/types.h>
#include "base/keyed_hash.h"

namespace leat::log {

// Threads: one at a time.
class KeyOffsets {
 public:
  // For `keys` keys, or as many as fit into `memory` bytes; at least one.
  KeyOffsets(std::size_t memory, std::int64_t keys, const base::HashKey& hash_key);

  // False, and nothing is changed: the key is a new one, and the table is full.
  bool Put(std::span<const std::byte> key, Offset offset);
  std::optional<Offset> Find(std::span<const std::byte> key) const;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t size_bytes() const { return entries_.size() * sizeof(Entry); }

  static constexpr std::size_t kEntrySize = 24;

 private:
  struct Entry {
    base::Hash128 hash;
    Offset offset;  // of the newest record, plus one; 0: the entry is free
  };
  static_assert(sizeof(Entry) == kEntrySize);

  // The key's entry, or the free one that it would get.
  std::size_t PlaceOf(const base::Hash128& hash) const;

  const base::HashKey hash_key_;
  std::vector<Entry> entries_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

}  // namespace leat::log

#endif  // LEAT_LOG_KEY_OFFSETS_H_
