// leat metrics: what has been counted in a folder, at this moment.
#include <leat/metrics.h>

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/known_word.h"
#include "cli/metrics_page.h"
#include "cli/report.h"
#include "cli/table.h"

namespace leat::cli {
namespace {

struct Options {
  std::string metric;
  bool json = false;
  bool open_metrics = false;
  bool markdown = false;
};

// What is wrong with a name that is no metric's; empty when it is one.
std::string CheckName(const std::string& name) {
  std::vector<std::string> names;
  for (const Metric& metric : AllMetrics()) names.emplace_back(metric.name);
  return CheckKnown("metric", name, names);
}

std::string WholeOrNot(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? fmt::to_string(whole) : fmt::to_string(value);
}

std::string LabelsOf(const MetricSample& sample) {
  std::string labels;
  const auto add = [&](const std::string& label) { labels += (labels.empty() ? "" : " ") + label; };
  if (!sample.group.empty()) add("group=" + sample.group);
  if (!sample.topic.empty()) add("topic=" + sample.topic);
  if (sample.partition >= 0) add(fmt::format("partition={}", sample.partition));
  if (!sample.code.empty()) add("code=" + sample.code);
  return labels;
}

std::string Microseconds(std::chrono::nanoseconds time) {
  if (time == std::chrono::nanoseconds::max()) return "beyond";
  return fmt::format("{:.3g}us", std::chrono::duration<double, std::micro>(time).count());
}

std::string TextOf(const MetricSample& sample) {
  if (sample.metric->kind != MetricKind::kHistogram) return WholeOrNot(sample.value);
  const MetricHistogram& histogram = sample.histogram;
  if (histogram.count() == 0) return "0";
  return fmt::format("{} p50<={} p99<={}", histogram.count(), Microseconds(histogram.Quantile(0.5)),
                     Microseconds(histogram.Quantile(0.99)));
}

Json JsonOf(const MetricSample& sample) {
  Json one = {{"metric", std::string(sample.metric->name)}, {"kind", std::string(NameOf(sample.metric->kind))}};
  if (!sample.group.empty()) one["group"] = sample.group;
  if (!sample.topic.empty()) one["topic"] = sample.topic;
  if (sample.partition >= 0) one["partition"] = sample.partition;
  if (!sample.code.empty()) one["code"] = sample.code;
  if (sample.metric->kind != MetricKind::kHistogram) {
    const auto whole = static_cast<std::int64_t>(sample.value);
    one["value"] = static_cast<double>(whole) == sample.value ? Json(whole) : Json(sample.value);
    return one;
  }
  one["count"] = sample.histogram.count();
  one["sum_ns"] = sample.histogram.sum.count();
  Json buckets = Json::array();
  for (const MetricHistogram::Bucket& bucket : sample.histogram.buckets) {
    const bool last = bucket.end == std::chrono::nanoseconds::max();
    if (bucket.count > 0)
      buckets.push_back({{"up_to_ns", last ? Json() : Json(bucket.end.count())}, {"count", bucket.count}});
  }
  one["buckets"] = std::move(buckets);
  return one;
}

void Print(const Options& options, const MetricsSnapshot& snapshot, Output& out) {
  Table table({"METRIC", "OF", "VALUE"});
  for (const MetricSample& sample : snapshot.samples) {
    if (!options.metric.empty() && sample.metric->name != options.metric) continue;
    if (options.json) {
      out.Line(OneLine(JsonOf(sample)));
    } else {
      table.Row({std::string(sample.metric->name), LabelsOf(sample), TextOf(sample)});
    }
  }
  if (!options.json) table.Print(out);
}

ExitCode Run(const Options& options, Session& session) {
  if (options.markdown) {
    session.out.Write(MetricsPage());
    return ExitCode::kDone;
  }
  const auto snapshot = ReadMetricsOf(session);
  if (!snapshot.ok()) return FailOfReading(snapshot.status());
  if (options.open_metrics) {
    session.out.Write(ToOpenMetrics(*snapshot));
  } else {
    Print(options, *snapshot, session.out);
  }
  // The table may be all that somebody keeps; what is missing in it is said beside it.
  if (!snapshot->counted.ok()) Say(std::string(snapshot->counted.message()));
  for (const absl::Status& why : snapshot->left_out) Say(std::string(why.message()));
  return ExitCode::kDone;
}

}  // namespace

void AddMetrics(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "metrics", "What the folder's processes have counted: records, bytes, syncs, times, errors",
                 "  leat metrics\n"
                 "  leat metrics leat_partition_appended_records --json\n"
                 "  leat metrics --openmetrics > /var/lib/node_exporter/leat.prom");
  const auto options = std::make_shared<Options>();
  CLI::Option* const metric = command->add_option("METRIC", options->metric, "That one alone")
                                  ->type_name("")
                                  ->check(CLI::Validator([](std::string& name) { return CheckName(name); }, ""));
  CLI::Option* const json = AddJson(command, &options->json, "One JSON object a value");
  CLI::Option* const text =
      command->add_flag("--openmetrics", options->open_metrics, "As OpenMetrics text, which Prometheus reads")
          ->excludes(json)
          ->excludes(metric);
  command->add_flag("--markdown", options->markdown, "docs/metrics.md, whole")
      ->excludes(json)
      ->excludes(text)
      ->excludes(metric);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
