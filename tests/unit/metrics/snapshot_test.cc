#include <leat/metrics.h>

#include <chrono>

#include "metrics/samples.h"
#include "support/catch.h"

namespace leat {
namespace {

using metrics::Id;
using std::chrono::nanoseconds;

TEST_CASE("a metric's samples are found by its name, and added up by topic") {
  metrics::Samples samples;
  samples.Add(Id::kSize, {.topic = "b", .partition = 0}, 4);
  samples.Add(Id::kSize, {.topic = "a", .partition = 1}, 2);
  samples.Add(Id::kSize, {.topic = "a", .partition = 0}, 1);
  samples.Add(Id::kFolderTopics, {}, 2);
  const MetricsSnapshot snapshot = samples.Take(Timestamp{}, absl::OkStatus());
  const auto sizes = snapshot.Of("leat_partition_size_bytes");
  REQUIRE(sizes.size() == 3);
  CHECK(sizes[0].topic == "a");
  CHECK(sizes[0].partition == 0);
  CHECK(sizes[2].topic == "b");
  CHECK(snapshot.Sum("leat_partition_size_bytes") == 7);
  CHECK(snapshot.Sum("leat_partition_size_bytes", "a") == 3);
  CHECK(snapshot.Sum("leat_partition_size_bytes", "c") == 0);
  CHECK(snapshot.Of("leat_folder_topics").size() == 1);
  CHECK(snapshot.Of("leat_partition_segments").empty());
  CHECK(snapshot.Of("no such").empty());
  CHECK(snapshot.Sum("no such") == 0);
}

TEST_CASE("histograms are merged bucket by bucket, and a quantile is the end of a bucket") {
  metrics::Samples samples;
  const nanoseconds last = nanoseconds::max();
  samples.Add(
      Id::kTopicFsync, {.topic = "a"},
      MetricHistogram{.buckets = {{nanoseconds(64), 1}, {nanoseconds(128), 2}, {last, 0}}, .sum = nanoseconds(300)});
  samples.Add(
      Id::kTopicFsync, {.topic = "b"},
      MetricHistogram{.buckets = {{nanoseconds(64), 6}, {nanoseconds(128), 0}, {last, 1}}, .sum = nanoseconds(9)});
  const MetricsSnapshot snapshot = samples.Take(Timestamp{}, absl::OkStatus());
  const MetricHistogram all = snapshot.Merge("leat_topic_fsync_seconds");
  CHECK(all.count() == 10);
  CHECK(all.sum == nanoseconds(309));
  CHECK(all.Quantile(0) == nanoseconds(64));
  CHECK(all.Quantile(0.7) == nanoseconds(64));
  CHECK(all.Quantile(0.71) == nanoseconds(128));
  CHECK(all.Quantile(0.9) == nanoseconds(128));
  CHECK(all.Quantile(1) == last);
  CHECK(snapshot.Merge("leat_topic_fsync_seconds", "a").Quantile(1) == nanoseconds(128));
  CHECK(snapshot.Merge("leat_topic_fsync_seconds", "c").count() == 0);
  CHECK(MetricHistogram{}.Quantile(0.5) == nanoseconds(0));
}

}  // namespace
}  // namespace leat
