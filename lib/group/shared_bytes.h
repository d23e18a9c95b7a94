// Bytes that one process writes while another may be reading them: word by word, in no order; a checksum tells the
// reader whether he has them all.
#ifndef LEAT_GROUP_SHARED_BYTES_H_
#define LEAT_GROUP_SHARED_BYTES_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace leat::group {

using SharedBytes = std::atomic<std::uint64_t>;  // eight of them

// `to` has room for whole words.
inline void StoreShared(SharedBytes* to, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min(sizeof word, bytes.size() - i));
    to++->store(word, std::memory_order_relaxed);
  }
}

inline void LoadShared(const SharedBytes* from, std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t word = from++->load(std::memory_order_relaxed);
    std::memcpy(bytes.data() + i, &word, std::min(sizeof word, bytes.size() - i));
  }
}

}  // namespace leat::group

#endif  // LEAT_GROUP_SHARED_BYTES_H_
