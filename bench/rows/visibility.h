// From the moment a record is due until a consumer has it in its hands.
#ifndef LEAT_BENCH_ROWS_VISIBILITY_H_
#define LEAT_BENCH_ROWS_VISIBILITY_H_

#include <leat/leat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/child.h"
#include "harness/flow.h"

namespace leat::bench {

enum class Watching : std::uint8_t {
  kSpinning,  // Poll(0) again and again
  kSleeping,  // Poll with a timeout
};

struct Schedule {
  std::int64_t records = 0;
  std::int64_t interval_ns = 0;  // a record is due every so often, whatever became of the one before
  Watching watching = Watching::kSpinning;
  Where consumer = Where::kThread;
  double fraction = 0.5;  // the percentile that is asked for
  std::size_t value_size = 100;
};

absl::StatusOr<Topic> VisibilityTopic(Broker& broker);

// Ticks between each record's due time, which is its value, and its arrival.
absl::StatusOr<std::vector<std::int64_t>> Observe(Broker& broker, std::int64_t records, Watching watching,
                                                  const std::function<void()>& ready);

// The percentile in nanoseconds.
double TicksToNs(std::vector<std::int64_t>& ticks, double fraction);

// The schedule through a folder: the percentile in nanoseconds, the clock's reading included.
absl::StatusOr<double> Visibility(const Schedule& schedule, const std::string& folder);

// The same with one word of memory, on which the reader spins or sleeps in the kernel; both are threads.
absl::StatusOr<double> WordVisibility(const Schedule& schedule);

// Waits until the tick has come: turning, or, when that is far, asleep for most of it.
void WaitUntilTick(std::int64_t tick);

}  // namespace leat::bench

#endif  // LEAT_BENCH_ROWS_VISIBILITY_H_
