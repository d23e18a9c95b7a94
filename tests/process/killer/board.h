// What processes that may be killed at any instant leave behind for the one that judges: memory in a file of its own,
// outside of the folder under test. A store into it survives whoever made it.
#ifndef LEAT_TESTS_PROCESS_KILLER_BOARD_H_
#define LEAT_TESTS_PROCESS_KILLER_BOARD_H_

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leat::process_test {

inline constexpr std::int32_t kPartitions = 3;  // of the topic that is checked

// A Send that returned OK: `count` records of `writer`, numbered from `first`, landed at `offset` and behind it.
// Written after Send returned; whole once `valid` is 1.
struct Ack {
  std::uint64_t writer;
  std::uint64_t first;
  std::int64_t offset;
  std::int32_t partition;
  std::uint32_t count;
  std::atomic<std::uint32_t> valid;
};

struct Board {
  static constexpr std::size_t kAcks = 600'000;
  static constexpr std::size_t kSeats = 32;
  static constexpr std::size_t kOffsets = 1'000'000;
  static constexpr std::size_t kKeys = 8;

  std::atomic<std::uint64_t> next_ack;
  std::atomic<std::uint32_t> stop;      // everybody is to close and end
  std::atomic<std::uint32_t> failures;  // the first one's text is below
  std::array<char, 4096> failure;
  std::array<std::atomic<std::uint64_t>, kSeats> progress;  // of the process in that seat
  // Whether some member of the group has been given the record; before the group hears of it.
  std::array<std::array<std::atomic<std::uint8_t>, kOffsets>, kPartitions> delivered;
  // Of each key of the compacted topic, the greatest offset that was acknowledged, plus one.
  std::array<std::atomic<std::int64_t>, kKeys> kept;
  std::array<Ack, kAcks> acks;

  // False when there is no room left.
  bool Acknowledge(std::uint64_t writer, std::uint64_t first, std::uint32_t count, std::int32_t partition,
                   std::int64_t offset) {
    const std::uint64_t index = next_ack.fetch_add(1, std::memory_order_relaxed);
    if (index >= kAcks) return false;
    Ack& ack = acks[index];
    ack.writer = writer;
    ack.first = first;
    ack.count = count;
    ack.partition = partition;
    ack.offset = offset;
    ack.valid.store(1, std::memory_order_release);
    return index < kAcks - 1000;
  }
  void Keep(std::size_t key, std::int64_t offset) {
    std::int64_t known = kept[key].load(std::memory_order_relaxed);
    while (known < offset + 1 && !kept[key].compare_exchange_weak(known, offset + 1)) {
    }
  }
  // False when there is no room left.
  bool NoteDelivered(std::int32_t partition, std::int64_t offset) {
    const auto place = static_cast<std::size_t>(offset);
    if (place >= kOffsets) return false;
    delivered[static_cast<std::size_t>(partition)][place].store(1, std::memory_order_release);
    return true;
  }
  std::size_t ack_count() const { return std::min<std::size_t>(next_ack.load(), kAcks); }

  void Fail(std::string_view text) {
    if (failures.fetch_add(1) == 0) text.copy(failure.data(), failure.size() - 1);
  }
};

// Mapped for the life of the process. The file is sparse: it takes what is used.
inline Board& MapBoard(const std::string& path, bool make) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (make ? O_CREAT | O_TRUNC : 0), 0600);
  if (file < 0 || (make && ::ftruncate(file, sizeof(Board)) != 0)) throw std::runtime_error("no board at " + path);
  void* at = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (at == MAP_FAILED) throw std::runtime_error("the board cannot be mapped");
  return *static_cast<Board*>(at);  // zeros are its beginning
}

inline void UnmapBoard(Board& board) { ::munmap(&board, sizeof(Board)); }

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_KILLER_BOARD_H_
