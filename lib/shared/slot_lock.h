// A lock in mapped memory that survives its owners: between threads and processes, with no server and no robust
// mutex.
//
// The word: bit 31 says that somebody may be asleep on it, bits 20..30 are the owner's slot plus one, bits 0..19 the
// slot's generation. Zero is free. Taking is one compare-and-swap; waiting is a futex. An owner that died is found
// out by its byte in the file LOCK, which the kernel has freed, and the word is taken over by compare-and-swap: its
// new owner is told, since what the lock guards may be half done. An owner that is merely stopped is never robbed.
#ifndef LEAT_SHARED_SLOT_LOCK_H_
#define LEAT_SHARED_SLOT_LOCK_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "shared/layout.h"

namespace leat::shared {

inline constexpr std::uint32_t kWaitersBit = 1u << 31;
inline constexpr std::uint32_t kGenerationMask = (1u << 20) - 1;

constexpr std::uint32_t LockWord(std::uint32_t slot, std::uint32_t generation) {
  return ((slot + 1) << 20) | (generation & kGenerationMask);
}
constexpr std::uint32_t SlotOfWord(std::uint32_t word) { return ((word & ~kWaitersBit) >> 20) - 1; }
constexpr std::uint32_t GenerationOfWord(std::uint32_t word) { return word & kGenerationMask; }

// Who is alive, as a lock sees it.
class Liveness {
 public:
  virtual ~Liveness() = default;
  // Whether the process that `word` names may still be running. Never asked about one's own word.
  virtual bool IsAlive(std::uint32_t word) const = 0;
  // For messages: "pid 17 (stopped) on host box".
  virtual std::string Describe(std::uint32_t word) const = 0;
};

enum class Taken : std::uint8_t {
  kFree,        // from nobody: what it guards is whole
  kFromTheDead  // its owner died inside: what it guards may be half done
};

// Takes and gives back lock words in the name of one process. All threads of the process share one Locker: to the
// word they are the same owner, and to each other strangers (the word is never taken twice).
class Locker {
 public:
  Locker(std::uint32_t self, const Liveness& liveness, const base::Clock& clock, std::chrono::milliseconds max_block)
      : self_(self), liveness_(liveness), clock_(clock), max_block_(max_block) {}

  // Waits until the word is ours; kUnavailable, naming `what` and its holder, after max_block.
  // Acquires: what the last owner stored before its Unlock is seen.
  absl::StatusOr<Taken> Lock(SharedWord& word, std::string_view what) const {
    if (TakeIfFree(word)) [[likely]]
      return Taken::kFree;
    return LockSlowly(word, what);
  }

  // Whether it was free, and is ours now. Sequentially consistent: what is loaded after it is no older than the taking.
  bool TakeIfFree(SharedWord& word) const {
    std::uint32_t expected = 0;
    return word.compare_exchange_strong(expected, self_, std::memory_order_seq_cst, std::memory_order_relaxed);
  }
  // Whether a thread of this process has it.
  bool IsOwn(const SharedWord& word) const { return (word.load(std::memory_order_seq_cst) & ~kWaitersBit) == self_; }

  // Without waiting, but taking over from the dead.
  std::optional<Taken> TryLock(SharedWord& word) const;

  // Sequentially consistent: stores before it are visible before any load after it (the sleeper mask relies on it).
  void Unlock(SharedWord& word) const {
    if (word.exchange(0, std::memory_order_seq_cst) & kWaitersBit) [[unlikely]]
      WakeOne(word);
  }

  // For a word that was taken when this process had said already that it would take none any more, so that another may
  // have taken it for a dead one's and taken it over.
  void GiveBackLate(SharedWord& word) const;

  std::uint32_t self() const { return self_; }
  const base::Clock& clock() const { return clock_; }
  std::chrono::milliseconds max_block() const { return max_block_; }
  const Liveness& liveness() const { return liveness_; }

 private:
  absl::StatusOr<Taken> LockSlowly(SharedWord& word, std::string_view what) const;
  static void WakeOne(SharedWord& word);

  const std::uint32_t self_;
  const Liveness& liveness_;
  const base::Clock& clock_;
  const std::chrono::milliseconds max_block_;
};

}  // namespace leat::shared

#endif  // LEAT_SHARED_SLOT_LOCK_H_
