// The consumer's side of latencies, also in a process of its own.
#ifndef LEAT_BENCH_ROWS_OBSERVE_H_
#define LEAT_BENCH_ROWS_OBSERVE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/child.h"

namespace leat::bench {

// FOLDER RECORDS SPIN FRACTION: reads records whose values are the tick at which each was due; says how long after it
// that fraction of them was there at the latest, in nanoseconds.
absl::StatusOr<std::string> ObserveRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready);

}  // namespace leat::bench

#endif  // LEAT_BENCH_ROWS_OBSERVE_H_
