// What comes out: the table for people, JSON for programs.
#ifndef LEAT_BENCH_HARNESS_REPORT_H_
#define LEAT_BENCH_HARNESS_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "harness/benchmark.h"

namespace leat::bench {

struct Row {
  const Benchmark* benchmark;
  absl::Status status;  // not OK: nothing below counts
  double leat = 0;
  std::optional<double> reference = {};

  std::optional<double> ratio() const;
  // Empty when no ratio was to be reached.
  std::optional<bool> met() const;
};

std::string Table(const std::vector<Row>& rows);

// An array with an object for each row that was measured; null stands for what a row does not have.
std::string Json(const std::vector<Row>& rows);

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_REPORT_H_
