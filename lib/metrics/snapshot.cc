#include <algorithm>
#include <cmath>
#include <tuple>

#include "metrics/samples.h"

namespace leat {
namespace metrics {

MetricSample& Samples::Make(Id id, const Labels& labels) {
  return samples_.emplace_back(MetricSample{.metric = &MetricOf(id),
                                            .topic = labels.topic,
                                            .partition = labels.partition,
                                            .group = labels.group,
                                            .code = labels.code});
}

MetricsSnapshot Samples::Take(Timestamp taken, absl::Status counted) {
  const auto key = [](const MetricSample& sample) {
    return std::tie(sample.metric, sample.group, sample.topic, sample.partition, sample.code);
  };
  std::sort(samples_.begin(), samples_.end(),
            [&](const MetricSample& a, const MetricSample& b) { return key(a) < key(b); });
  return {.taken = taken,
          .samples = std::move(samples_),
          .counted = std::move(counted),
          .left_out = std::move(left_out_)};
}

}  // namespace metrics

inline namespace v1 {

std::uint64_t MetricHistogram::count() const {
  std::uint64_t count = 0;
  for (const Bucket& bucket : buckets) count += bucket.count;
  return count;
}

std::chrono::nanoseconds MetricHistogram::Quantile(double fraction) const {
  const double wanted = std::ceil(static_cast<double>(count()) * std::clamp(fraction, 0.0, 1.0));
  double seen = 0;
  for (const Bucket& bucket : buckets) {
    seen += static_cast<double>(bucket.count);
    if (bucket.count > 0 && seen >= wanted) return bucket.end;
  }
  return std::chrono::nanoseconds::zero();
}

std::span<const MetricSample> MetricsSnapshot::Of(std::string_view name) const {
  const auto all = AllMetrics();
  const auto metric = std::find_if(all.begin(), all.end(), [&](const Metric& one) { return one.name == name; });
  if (metric == all.end()) return {};
  const auto before = [](const MetricSample& sample, const Metric* wanted) { return sample.metric < wanted; };
  const auto begin = std::lower_bound(samples.begin(), samples.end(), &*metric, before);
  const auto end = std::lower_bound(begin, samples.end(), &*metric + 1, before);
  return {begin, end};
}

double MetricsSnapshot::Sum(std::string_view name, std::string_view topic) const {
  double sum = 0;
  for (const MetricSample& sample : Of(name)) {
    if (topic.empty() || sample.topic == topic) sum += sample.value;
  }
  return sum;
}

MetricHistogram MetricsSnapshot::Merge(std::string_view name, std::string_view topic) const {
  MetricHistogram merged;
  for (const MetricSample& sample : Of(name)) {
    if (!topic.empty() && sample.topic != topic) continue;
    // Of numbers in shared memory, which may be any.
    const auto room = std::chrono::nanoseconds::max() - merged.sum;
    merged.sum += std::min(sample.histogram.sum, room);
    if (merged.buckets.empty()) {
      merged.buckets = sample.histogram.buckets;
      continue;
    }
    for (std::size_t i = 0; i < std::min(merged.buckets.size(), sample.histogram.buckets.size()); ++i) {
      merged.buckets[i].count += sample.histogram.buckets[i].count;
    }
  }
  return merged;
}

}  // namespace v1
}  // namespace leat
