// Sleeping on a 32-bit word of mapped memory, and waking who sleeps there, in whatever process (Linux futexes, the shared
// kind: the word is named by its file and place, so every mapping of the file means the same word).
#ifndef LEAT_IO_FUTEX_H_
#define LEAT_IO_FUTEX_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace leat::io {

// Sleeps while `word` is `expected`, at most `timeout`. Returns when woken, when the word is already another, when the time
// is over, or for no reason: the caller looks again.
void FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds timeout);

// Wakes up to `count` sleepers.
void FutexWake(const std::atomic<std::uint32_t>& word, int count);

}  // namespace leat::io

#endif  // LEAT_IO_FUTEX_H_
