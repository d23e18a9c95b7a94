// Measures one benchmark.
#ifndef LEAT_BENCH_HARNESS_MEASURE_H_
#define LEAT_BENCH_HARNESS_MEASURE_H_

#include "harness/benchmark.h"
#include "harness/report.h"
#include "harness/scratch.h"

namespace leat::bench {

// Measures it and its reference in turn, `rounds` times each after a warm-up, and takes the medians: what changes
// with time on a machine (a neighbour, freed memory, a disk that writes back) changes for both. An error of either
// ends it.
Row MeasureRow(const Benchmark& benchmark, int rounds, Scratch& scratch);

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_MEASURE_H_
