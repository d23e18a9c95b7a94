#include <leat/metrics.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "metrics/samples.h"
#include "support/catch.h"

namespace leat {
namespace {

using metrics::Id;
using metrics::Labels;
using std::chrono::nanoseconds;

MetricHistogram Histogram(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return {.buckets = {{nanoseconds(64), a}, {nanoseconds(128), b}, {nanoseconds::max(), c}},
          .sum = nanoseconds(1500)};
}

TEST_CASE("samples become OpenMetrics text, family by family") {
  metrics::Samples samples;
  samples.Add(Id::kAppendErrors, {.topic = "t", .partition = 0, .code = "data_loss"}, 3);
  samples.Add(Id::kSize, {.topic = "t", .partition = 1}, 20);
  samples.Add(Id::kSize, {.topic = "t", .partition = 0}, 4096);
  samples.Add(Id::kFolderCountedSince, {}, 1.5);
  samples.Add(Id::kTopicFsync, {.topic = "t"}, Histogram(1, 0, 2));
  const MetricsSnapshot snapshot = samples.Take(Timestamp{}, absl::OkStatus());
  const auto help = [](std::string_view name) {
    const auto all = AllMetrics();
    return std::string(
        std::find_if(all.begin(), all.end(), [&](const Metric& metric) { return metric.name == name; })->help);
  };
  CHECK(ToOpenMetrics(snapshot) ==
        "# TYPE leat_folder_counted_since_seconds gauge\n"
        "# UNIT leat_folder_counted_since_seconds seconds\n"
        "# HELP leat_folder_counted_since_seconds " +
            help("leat_folder_counted_since_seconds") +
            "\n"
            "leat_folder_counted_since_seconds 1.5\n"
            "# TYPE leat_topic_fsync_seconds histogram\n"
            "# UNIT leat_topic_fsync_seconds seconds\n"
            "# HELP leat_topic_fsync_seconds " +
            help("leat_topic_fsync_seconds") +
            "\n"
            "leat_topic_fsync_seconds_bucket{topic=\"t\",le=\"6.4e-08\"} 1\n"
            "leat_topic_fsync_seconds_bucket{topic=\"t\",le=\"1.28e-07\"} 1\n"
            "leat_topic_fsync_seconds_bucket{topic=\"t\",le=\"+Inf\"} 3\n"
            "leat_topic_fsync_seconds_sum{topic=\"t\"} 1.5e-06\n"
            "leat_topic_fsync_seconds_count{topic=\"t\"} 3\n"
            "# TYPE leat_partition_size_bytes gauge\n"
            "# UNIT leat_partition_size_bytes bytes\n"
            "# HELP leat_partition_size_bytes " +
            help("leat_partition_size_bytes") +
            "\n"
            "leat_partition_size_bytes{topic=\"t\",partition=\"0\"} 4096\n"
            "leat_partition_size_bytes{topic=\"t\",partition=\"1\"} 20\n"
            "# TYPE leat_partition_append_errors counter\n"
            "# HELP leat_partition_append_errors " +
            help("leat_partition_append_errors") +
            "\n"
            "leat_partition_append_errors_total{topic=\"t\",partition=\"0\",code=\"data_loss\"} 3\n"
            "# EOF\n");
}

TEST_CASE("labels' values are escaped, and bytes that are no text are replaced") {
  metrics::Samples samples;
  samples.Add(Id::kGroupMembers, {.group = "a\"b\\c\nd"}, 1);
  samples.Add(Id::kGroupMembers, {.group = "e\xff\xc3\xa9\xe2\x82"}, 2);
  const std::string text = ToOpenMetrics(samples.Take(Timestamp{}, absl::OkStatus()));
  CHECK(text.find("{group=\"a\\\"b\\\\c\\nd\"} 1\n") != std::string::npos);
  CHECK(text.find("{group=\"e\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\"} 2\n") != std::string::npos);
}

TEST_CASE("all samples get the labels that are asked for, unless leat has its own of that name") {
  metrics::Samples samples;
  samples.Add(Id::kFolderTopics, {}, 7);
  const MetricLabels labels = {{"folder", "/a b"}, {"topic", "x"}, {"9", "x"}, {"", "x"}, {"a-b", "x"}, {"_z9", "y"}};
  const std::string text = ToOpenMetrics(samples.Take(Timestamp{}, absl::OkStatus()), labels);
  CHECK(text.find("leat_folder_topics{folder=\"/a b\",_z9=\"y\"} 7\n") != std::string::npos);
}

TEST_CASE("an empty snapshot is a whole text, too") { CHECK(ToOpenMetrics({}) == "# EOF\n"); }

TEST_CASE("metrics are called as OpenMetrics wants it, each once, and explained") {
  std::set<std::string_view> names;
  for (const Metric& metric : AllMetrics()) {
    INFO(std::string(metric.name));
    CHECK(names.insert(metric.name).second);
    CHECK(metric.name.starts_with("leat_"));
    CHECK(metric.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    for (const std::string_view suffix : {"_total", "_count", "_sum", "_bucket", "_created", "_info"}) {
      CHECK_FALSE(metric.name.ends_with(suffix));
    }
    const std::string_view unit = NameOf(metric.unit);
    CHECK(metric.name.ends_with("_bytes") == (unit == "bytes"));
    CHECK(metric.name.ends_with("_seconds") == (unit == "seconds"));
    if (metric.kind == MetricKind::kHistogram) CHECK(metric.unit == MetricUnit::kSeconds);
    CHECK(metric.help.ends_with('.'));
    CHECK(metric.help.find_first_of("\n\\\"") == std::string_view::npos);
  }
  CHECK(names.size() >= 40);
}

}  // namespace
}  // namespace leat
