// What the machine could do at best, or what one would write without a library.
#ifndef LEAT_BENCH_HARNESS_BOUNDS_H_
#define LEAT_BENCH_HARNESS_BOUNDS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "harness/flow.h"

namespace leat::bench {

// The raw log: the flow's bytes by pwrites of 1 MiB into a new file that grows; nothing encoded, checked or read.
// Millions of records a second.
absl::StatusOr<double> RawLog(const Flow& flow, const std::string& folder);

// The flow's batches copied, one by one, into memory of `flow.memory` bytes that is used over and over, and the
// checksum of each computed there. One thread, nothing encoded or read. Millions of records a second.
absl::StatusOr<double> CopyAndChecksum(const Flow& flow);

// The flow through a std::deque of std::string with a mutex and a condition variable, from a thread to another.
// Everything compared; nothing stored. Millions of records a second.
absl::StatusOr<double> DequeFlow(const Flow& flow);

// A write(2) for each record, of its value and a length in front, to a new file. Millions of records a second.
absl::StatusOr<double> WriteEach(const Flow& flow, const std::string& folder);

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_BOUNDS_H_
