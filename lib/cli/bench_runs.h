// What `leat bench` measures: producers and consumers as an application would write them.
#ifndef LEAT_CLI_BENCH_RUNS_H_
#define LEAT_CLI_BENCH_RUNS_H_

#include <leat/topic.h>
#include <leat/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/status/statusor.h"
#include "cli/latency_histogram.h"
#include "cli/pace.h"
#include "cli/stop_signal.h"

namespace leat {
inline namespace v1 {
class Broker;
}  // namespace v1
}  // namespace leat

namespace leat::cli {

struct BenchLoad {
  std::int64_t count = 0;
  std::size_t record_size = 100;  // of the value, random letters; there are no keys
  std::int64_t batch = 256;
  double rate = 0;  // records a second; 0: as quick as it goes
  Durability durability = Durability::kProcess;
  Compression codec = Compression::kNone;
};

struct BenchResult {
  std::int64_t records = 0;  // fewer than asked for when somebody did not want to wait
  std::chrono::nanoseconds time{0};
  LatencyHistogram latencies;
};

// Each works on a topic of one partition without records, and ends early, with what it has, when `stop` asks for it.

// How long each Send of a batch takes.
absl::StatusOr<BenchResult> BenchProduce(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                         const StopSignal& stop);

// How long each Poll takes; the records are published before.
absl::StatusOr<BenchResult> BenchConsume(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                         const StopSignal& stop);

// From when a batch is to be sent until another thread has its records.
absl::StatusOr<BenchResult> BenchEndToEnd(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                          const StopSignal& stop);

// The same of one record at a time: the next one is not sent before the last has come.
absl::StatusOr<BenchResult> BenchLatency(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                         const StopSignal& stop);

}  // namespace leat::cli

#endif  // LEAT_CLI_BENCH_RUNS_H_
