// How often this program has asked the disk to sync.
#ifndef LEAT_BENCH_HARNESS_SYNC_COUNT_H_
#define LEAT_BENCH_HARNESS_SYNC_COUNT_H_

#include <cstdint>

namespace leat::bench {

// Calls of fdatasync so far, whoever of this program made them: the library, too, which is linked into it.
std::int64_t SyncCount();

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_SYNC_COUNT_H_
