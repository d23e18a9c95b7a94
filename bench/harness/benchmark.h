// What one line of the table is made of.
#ifndef LEAT_BENCH_HARNESS_BENCHMARK_H_
#define LEAT_BENCH_HARNESS_BENCHMARK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace leat::bench {

// How much of everything.
struct Scale {
  bool quick = false;
  int rounds = 7;  // how often a row and its bound are measured, in turn; the table has the medians
  // Of records, that one measurement of throughput writes. Far above the processor's caches; below what makes the
  // kernel hold up writers until the disk has caught up (dirty pages of some GB).
  std::int64_t bytes = std::int64_t{512} << 20;
  // Of those measurements that cost much a record.
  std::int64_t slow_records = 200'000;
};

enum class Better { kHigher, kLower };

// Measures once, in the empty folder given, which is removed afterwards; in the benchmark's unit. What is wrong with
// a record that was read is an error.
using Measure = std::function<absl::StatusOr<double>(const std::string& folder)>;

struct Benchmark {
  std::string name;  // what one calls it by: FAMILY/DETAIL or a single word
  std::string what;  // for the reader of the table
  std::string unit;
  Better better = Better::kHigher;
  Measure leat;

  // What bounds it on this machine, or what it is to be compared with; null when there is nothing of the kind.
  std::string reference_name = {};
  Measure reference = nullptr;

  // The ratio leat / reference that is to be reached: from below or above, as `better` says.
  std::optional<double> target_ratio = {};
  // In the benchmark's unit. Shown only: an absolute figure is one of this machine.
  std::optional<double> target_value = {};

  // Measured at most so often, and without a warm-up: for what takes very long. 0: as often as the others.
  int most_rounds = 0;
  bool only_by_name = false;  // not run unless asked for
};

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_BENCHMARK_H_
