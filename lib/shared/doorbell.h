// How a process sleeps until a partition grows, and how whoever makes it grow wakes the sleepers: one load when
// nobody sleeps.
//
// A sleeper reads its doorbell, sets its bit in the mask of each partition it watches, looks once more whether one
// has grown, and sleeps while the doorbell has not been rung. An appender advances the high watermark, gives its lock
// back (a full fence), and looks at the mask: either it sees the bit, or the sleeper's second look sees the new
// watermark. Bits belong to doorbells, not to sleepers: one that is killed leaves at most one needless ring.
#ifndef LEAT_SHARED_DOORBELL_H_
#define LEAT_SHARED_DOORBELL_H_

#include <atomic>
#include <chrono>
#include <cstdint>

#include "shared/control_file.h"
#include "shared/layout.h"

namespace leat::shared {

void RingSlowly(ControlFile& control, std::uint64_t mask);

// Takes the page's mask, counts, and rings.
void RingSleepersSlowly(ControlFile& control, PartitionPage& page);

// After the watermark's store and the unlock's exchange. Not relaxed: where an exchange is a load and a conditional store
// (ARMv8.0), a relaxed look may be done between the two, and so before the watermark is seen. On x86 it is the same load.
inline void RingSleepers(ControlFile& control, PartitionPage& page) {
  if (page.sleepers.load(std::memory_order_seq_cst) != 0) [[unlikely]] {
    RingSleepersSlowly(control, page);
  }
}

// Rings one doorbell: Consumer::Wake, closing.
void Ring(Doorbell& doorbell);

// Sleeps while `doorbell` still reads `rings`, at most `timeout`.
void SleepAt(const Doorbell& doorbell, std::uint32_t rings, std::chrono::nanoseconds timeout);

// Says that the owner of `bit` is about to sleep: a full fence, so that the look that follows is not done before it.
inline void AnnounceSleep(PartitionPage& page, std::uint64_t bit) {
  page.sleepers.fetch_or(bit, std::memory_order_seq_cst);
}

}  // namespace leat::shared

#endif  // LEAT_SHARED_DOORBELL_H_
