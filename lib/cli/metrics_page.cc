#include "cli/metrics_page.h"

#include <fmt/format.h>
#include <leat/metrics.h>

#include <string_view>

namespace leat::cli {
namespace {

constexpr std::string_view kIntroduction = R"(# Metrics

Made by `leat metrics --markdown` from the one table in the library (`lib/metrics/table.cc`); a test compares the two. Change
the table, not this page.

Every process that has a folder open counts what it does in the folder's shared memory. Who asks reads that memory: there is
no agent, and the processes that work neither wait nor notice.

```sh
leat metrics                          # all of them; --json: an object a value
leat metrics --openmetrics            # as OpenMetrics text, which Prometheus reads
leat top                              # as a picture that moves
metrics_exporter -d data --port 9464  # an example: serves them over HTTP
```

In a program, `Broker::Metrics()` and `leat::ReadMetrics(folder)` (`leat/metrics.h`) return a snapshot, and
`leat::ToOpenMetrics` makes text of it.

**Since when.** Counters begin at 0 when the folder's control file is made: after a reboot, in a copy of the folder, and after an
update of leat that changes the file's layout. They go on when processes come, go and are killed.
`leat_folder_counted_since_seconds` says since when they count. Prometheus takes such a beginning for what it is, a restart of
the counter.

**How exact.** Appended records, batches and bytes are published with the append itself, so that they say what the log says,
whoever was killed when. The others are counted right after what they count: of a process that is killed in between, one is
missing. Values are never half written, and counters never go back. Together they are not of one instant.

**What is not counted.** What is done through a folder that was opened read-only, and by processes that set `metrics.enable` to
`false`. A counter of errors has a sample for each `code`, the error's; `other` are those that have none of their own.

**Names in Prometheus.** A counter's sample ends in `_total`; histograms have `_bucket`, `_sum` and `_count`. Their buckets end
at 64 ns, 128 ns, and so on, doubled up to 34 s.
)";

std::string Chapter(std::string_view title, std::string_view labels, MetricScope scope) {
  std::string text =
      fmt::format("\n## {}\n\n{}\n\n| metric | kind | unit | what |\n|---|---|---|---|\n", title, labels);
  for (const Metric& metric : AllMetrics()) {
    if (metric.scope != scope) continue;
    text +=
        fmt::format("| `{}` | {} | {} | {} |\n", metric.name, NameOf(metric.kind), NameOf(metric.unit), metric.help);
  }
  return text;
}

}  // namespace

std::string MetricsPage() {
  return std::string(kIntroduction) + Chapter("Of a folder", "No labels.", MetricScope::kFolder) +
         Chapter("Of a topic", "Label `topic`. Of all its partitions together.", MetricScope::kTopic) +
         Chapter("Of a partition", "Labels `topic`, `partition`; counters of errors have `code`, too.",
                 MetricScope::kPartition) +
         Chapter("Of a consumer group", "Label `group`.", MetricScope::kGroup) +
         Chapter("Of a consumer group and a partition", "Labels `group`, `topic`, `partition`.",
                 MetricScope::kGroupPartition);
}

}  // namespace leat::cli
