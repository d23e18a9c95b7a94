#include "shared/slot_lock.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "io/futex.h"

namespace leat::shared {
namespace {

// What a lock guards takes well under a microsecond unless its owner was put off the processor, so a little patience
// saves two system calls; much more would steal the processor from the owner.
constexpr int kSpins = 64;

// An owner in another process is asked for after this long, and again as often: its death strands nobody for longer.
constexpr std::chrono::milliseconds kProbeInterval{2};

void PauseProcessor() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

bool TakeFree(SharedWord& word, std::uint32_t desired) {
  std::uint32_t expected = 0;
  return word.compare_exchange_strong(expected, desired, std::memory_order_acquire, std::memory_order_relaxed);
}

}  // namespace

absl::StatusOr<Taken> Locker::LockSlowly(SharedWord& word, std::string_view what) const {
  for (int spin = 0; spin < kSpins; ++spin) {
    PauseProcessor();
    if (word.load(std::memory_order_relaxed) == 0 && TakeFree(word, self_)) return Taken::kFree;
  }
  const auto began = clock_.Monotonic();
  std::uint32_t asked_about = 0;  // the owner we saw at the last probe: only one seen twice is asked for
  for (;;) {
    // Others may sleep behind us, so from here on the word is taken with the waiters' bit.
    std::uint32_t seen = word.load(std::memory_order_relaxed);
    if (seen == 0) {
      if (TakeFree(word, self_ | kWaitersBit)) return Taken::kFree;
      continue;
    }
    const std::uint32_t owner = seen & ~kWaitersBit;
    if ((seen & kWaitersBit) == 0 &&
        !word.compare_exchange_weak(seen, owner | kWaitersBit, std::memory_order_relaxed)) {
      continue;
    }
    io::FutexWait(word, owner | kWaitersBit, kProbeInterval);
    if ((word.load(std::memory_order_relaxed) & ~kWaitersBit) != owner) {
      asked_about = 0;
      continue;
    }
    // Our own word: another thread of ours has it, and it lives as long as we do. The kernel would call it free.
    if (owner != self_ && asked_about == owner && !liveness_.IsAlive(owner)) {
      std::uint32_t dead = owner | kWaitersBit;
      if (word.compare_exchange_strong(dead, self_ | kWaitersBit, std::memory_order_acquire))
        return Taken::kFromTheDead;
      continue;
    }
    asked_about = owner;
    const auto waited = clock_.Monotonic() - began;
    if (waited >= max_block_) {
      return absl::UnavailableError(
          fmt::format("{} is held by {} for {} ms; continue or end that process, or wait longer (max_block)", what,
                      owner == self_ ? std::string("another thread of this process") : liveness_.Describe(owner),
                      std::chrono::duration_cast<std::chrono::milliseconds>(waited).count()));
    }
  }
}

std::optional<Taken> Locker::TryLock(SharedWord& word) const {
  if (TakeFree(word, self_)) return Taken::kFree;
  std::uint32_t seen = word.load(std::memory_order_relaxed);
  const std::uint32_t owner = seen & ~kWaitersBit;
  if (owner == 0 || owner == self_ || liveness_.IsAlive(owner)) return std::nullopt;
  if (!word.compare_exchange_strong(seen, self_ | (seen & kWaitersBit), std::memory_order_acquire))
    return std::nullopt;
  return Taken::kFromTheDead;
}

void Locker::GiveBackLate(SharedWord& word) const {
  std::uint32_t seen = word.load(std::memory_order_relaxed);
  while ((seen & ~kWaitersBit) == self_) {
    if (!word.compare_exchange_weak(seen, 0, std::memory_order_seq_cst)) continue;
    if (seen & kWaitersBit) WakeOne(word);
    return;
  }
}

void Locker::WakeOne(SharedWord& word) { io::FutexWake(word, 1); }

}  // namespace leat::shared
