// Where those who collect put what they find.
#ifndef LEAT_METRICS_SAMPLES_H_
#define LEAT_METRICS_SAMPLES_H_

#include <string>
#include <utility>
#include <vector>

#include <leat/metrics.h>
#include "absl/status/status.h"
#include "metrics/table.h"

namespace leat::metrics {

// What a value is of.
struct Labels {
  std::string topic = {};
  PartitionId partition = -1;
  std::string group = {};
  std::string code = {};
};

class Samples {
 public:
  template <typename Number>
  void Add(Id id, const Labels& labels, Number value) {
    Make(id, labels).value = static_cast<double>(value);
  }
  void Add(Id id, const Labels& labels, MetricHistogram histogram) {
    Make(id, labels).histogram = std::move(histogram);
  }
  void LeaveOut(absl::Status why) { left_out_.push_back(std::move(why)); }

  // All of it, sorted.
  MetricsSnapshot Take(Timestamp taken, absl::Status counted);

 private:
  MetricSample& Make(Id id, const Labels& labels);

  std::vector<MetricSample> samples_;
  std::vector<absl::Status> left_out_;
};

}  // namespace leat::metrics

#endif  // LEAT_METRICS_SAMPLES_H_
