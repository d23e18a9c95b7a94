#include "harness/measure.h"

#include <algorithm>
#include <string>
#include <vector>

#include "harness/statistics.h"

namespace leat::bench {
namespace {

absl::Status MeasureOnce(const Measure& measure, Scratch& scratch, std::vector<double>* figures) {
  if (measure == nullptr) return absl::OkStatus();
  const absl::StatusOr<std::string> folder = scratch.Fresh();
  if (!folder.ok()) return folder.status();
  const absl::StatusOr<double> figure = measure(*folder);
  if (!figure.ok()) return figure.status();
  if (figures != nullptr) figures->push_back(*figure);
  return absl::OkStatus();
}

absl::Status MeasureInTurn(const Benchmark& benchmark, int rounds, Scratch& scratch, std::vector<double>& leat,
                           std::vector<double>& reference) {
  if (benchmark.most_rounds == 0) {
    if (absl::Status s = MeasureOnce(benchmark.leat, scratch, nullptr); !s.ok()) return s;
    if (absl::Status s = MeasureOnce(benchmark.reference, scratch, nullptr); !s.ok()) return s;
  } else {
    rounds = std::min(rounds, benchmark.most_rounds);
  }
  for (int round = 0; round < rounds; ++round) {
    if (absl::Status s = MeasureOnce(benchmark.leat, scratch, &leat); !s.ok()) return s;
    if (absl::Status s = MeasureOnce(benchmark.reference, scratch, &reference); !s.ok()) return s;
  }
  // The next row is not to be measured while this one's files are being removed.
  return scratch.Fresh().status();
}

}  // namespace

Row MeasureRow(const Benchmark& benchmark, int rounds, Scratch& scratch) {
  Row row{.benchmark = &benchmark, .status = absl::OkStatus()};
  std::vector<double> leat;
  std::vector<double> reference;
  row.status = MeasureInTurn(benchmark, rounds, scratch, leat, reference);
  if (!row.status.ok()) return row;
  row.leat = Median(leat);
  if (!reference.empty()) row.reference = Median(reference);
  return row;
}

}  // namespace leat::bench
