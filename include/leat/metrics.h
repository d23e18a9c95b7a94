// What leat counts: metrics of a folder, its topics, partitions and consumer groups.
//
// Every process that has a folder open counts what it does in the folder's shared memory, and whoever asks reads that
// memory: there is no agent, no thread and no lock for it, and the processes that work do not notice. So a folder can be
// asked from inside, by Broker::Metrics(), and from outside, by ReadMetrics(), also by a user who may only read it.
//
//   auto metrics = leat::ReadMetrics("data");
//   if (!metrics.ok()) return metrics.status();
//   fmt::print("{} records\n", metrics->Sum("leat_partition_appended_records"));
//   fmt::print("{}", leat::ToOpenMetrics(*metrics));    // what Prometheus reads; examples/metrics_exporter.cc serves it
//
// Counters begin at 0 when the folder's control file is made: after a reboot, in a copy of the folder, and in memory
// when the broker is. They go on when processes come, go and are killed; what a process was killed in the middle of may
// not be counted, but appends always are. leat_folder_counted_since_seconds tells when they began. To Prometheus, which
// expects counters to begin anew, that is a restart.
//
// What is not counted: what processes do that opened the folder read-only, or with BrokerOptions::metrics = false.
//
// Threads: safe from all threads.
#ifndef LEAT_METRICS_H_
#define LEAT_METRICS_H_

#include <leat/broker.h>
#include <leat/types.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
inline namespace v1 {

// What a value says, and what may be done with it.
enum class MetricKind : std::uint8_t {
  kCounter,    // only grows, until it begins anew
  kGauge,      // is what it is now
  kHistogram,  // how often something took how long
};

// What a value is measured in.
enum class MetricUnit : std::uint8_t { kNone, kBytes, kSeconds };

// What a value is of, and so which fields of MetricSample are set.
enum class MetricScope : std::uint8_t {
  kFolder,
  kTopic,           // topic
  kPartition,       // topic, partition
  kGroup,           // group
  kGroupPartition,  // group, topic, partition
};

// One of the things that are counted. docs/metrics.md is the list.
struct Metric {
  std::string_view name;  // "leat_partition_appended_records": OpenMetrics' rules, without its "_total"
  MetricKind kind;        // what its values are
  MetricUnit unit;        // what they are in
  MetricScope scope;      // what they are of
  std::string_view help;  // one or two sentences
};

// All there are, in the order in which they are shown.
std::span<const Metric> AllMetrics();

// "counter", "gauge", "histogram"; "", "bytes", "seconds"; "folder", "topic", ...
std::string_view NameOf(MetricKind kind);
std::string_view NameOf(MetricUnit unit);
std::string_view NameOf(MetricScope scope);

// How often something took how long, in buckets whose ends double from 64 ns on.
struct MetricHistogram {
  // Those up to `end` that are not in the bucket before.
  struct Bucket {
    std::chrono::nanoseconds end;  // the last has max()
    std::uint64_t count;           // how many there were
  };
  std::vector<Bucket> buckets = {};  // from the shortest times to the longest
  std::chrono::nanoseconds sum{0};   // of all of them together

  // How many there were, in all buckets.
  std::uint64_t count() const;
  // A time that `fraction` of them (0.99, say) did not exceed: the end of a bucket, so up to twice too much; 0 when there
  // are none, max() in the last bucket.
  std::chrono::nanoseconds Quantile(double fraction) const;
};

// One value of a metric. Its scope says which of topic, partition and group are set.
struct MetricSample {
  const Metric* metric = nullptr;  // of AllMetrics()
  std::string topic = {};          // empty: of none
  PartitionId partition = -1;      // -1: of none
  std::string group = {};          // empty: of none
  std::string code = {};           // of counters of errors: which, "resource_exhausted" say; empty for others
  double value = 0;                // of counters and gauges, in the metric's unit
  MetricHistogram histogram = {};  // of histograms
};

// What a folder's metrics were at one time.
struct MetricsSnapshot {
  // When they were read.
  Timestamp taken{};

  // By metric, in the order of AllMetrics(), then by topic, group, partition.
  std::vector<MetricSample> samples = {};

  // OK, or why there are no counters and histograms among the samples, but only what the folder's files tell: nobody has
  // had it open since the machine was started, or its control file is damaged, or of another version of leat.
  absl::Status counted = absl::OkStatus();

  // What could not be told, and why: a group whose file is damaged, say. Its samples are missing.
  std::vector<absl::Status> left_out = {};

  // All samples of a metric; empty when there is none of that name.
  std::span<const MetricSample> Of(std::string_view name) const;
  // The values of those of a topic (of all, if none is given) added together.
  double Sum(std::string_view name, std::string_view topic = {}) const;
  // The histograms likewise.
  MetricHistogram Merge(std::string_view name, std::string_view topic = {}) const;
};

// Reads the metrics of a folder that this process need not have open, and leaves no trace there: takes no place among its
// processes and no lock, writes nothing, waits for nobody. Reads a small file a topic and a group, and looks at the sizes
// of segments; the rest is memory. At rest, after a reboot, it looks into the logs as OpenMode::kReadOnly does. Each value
// is whole; together they are not of one instant, since the others go on meanwhile.
//   kNotFound          no such folder, or it is not leat's
//   kPermissionDenied  it may not be read
//   kDataLoss          leat.meta or a topic's file is damaged; names the file
absl::StatusOr<MetricsSnapshot> ReadMetrics(const std::string& folder, HeaderVersion headers = {});

// Labels that all samples get: {{"folder", "orders"}, ...}. Names are [a-zA-Z_][a-zA-Z0-9_]*, and none of topic, partition,
// group, code, le; others are left out. Values may be any UTF-8.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// The snapshot as OpenMetrics text (version 1.0.0), with "# EOF" at its end. An HTTP server says what it is by
// kOpenMetricsContentType.
std::string ToOpenMetrics(const MetricsSnapshot& snapshot, const MetricLabels& labels = {});

// What an HTTP server says of ToOpenMetrics' text in the header Content-Type.
inline constexpr std::string_view kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

}  // namespace v1
}  // namespace leat

#endif  // LEAT_METRICS_H_
