// OpenMetrics text: for each metric its type, unit and help, then its samples; counters' samples end in _total, and
// histograms have theirs in buckets that each count all below.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <leat/metrics.h>

namespace leat {
inline namespace v1 {
namespace {

using Text = fmt::memory_buffer;

template <typename... Args>
void Append(Text& text, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
}

// How many bytes a well-formed UTF-8 character takes at the front of `text`; 0 when there is none.
std::size_t CharacterSize(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Too long for what it is, a surrogate, beyond the last one.
  const unsigned char second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return size;
}

// Of a label's value; in help texts quotes need none, and there are none.
std::string Escaped(std::string_view value) {
  std::string escaped;
  escaped.reserve(value.size());
  for (std::size_t size = 0; !value.empty(); value.remove_prefix(std::max<std::size_t>(size, 1))) {
    size = CharacterSize(value);
    if (size == 0) {
      escaped += "\xEF\xBF\xBD";  // U+FFFD: a group's id may be any bytes, and this text may not
    } else if (value.front() == '\n') {
      escaped += "\\n";
    } else {
      if (value.front() == '\\' || value.front() == '"') escaped += '\\';
      escaped += value.substr(0, size);
    }
  }
  return escaped;
}

bool IsLabelName(std::string_view name) {
  constexpr std::array<std::string_view, 5> kTaken = {"topic", "partition", "group", "code", "le"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !letter(name.front())) return false;
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// "name=\"value\"," for each.
void AddLabel(std::string& labels, std::string_view name, std::string_view value) {
  labels += fmt::format("{}=\"{}\",", name, Escaped(value));
}

std::string LabelsOf(const MetricSample& sample, std::string labels) {
  if (!sample.group.empty()) AddLabel(labels, "group", sample.group);
  if (!sample.topic.empty()) AddLabel(labels, "topic", sample.topic);
  if (sample.partition >= 0) AddLabel(labels, "partition", fmt::to_string(sample.partition));
  if (!sample.code.empty()) AddLabel(labels, "code", sample.code);
  return labels;
}

// Without the last comma, in braces if there is anything.
std::string InBraces(std::string labels) {
  if (labels.empty()) return labels;
  labels.pop_back();
  return fmt::format("{{{}}}", labels);
}

double Seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

void AddHistogram(Text& text, const MetricSample& sample, const std::string& labels) {
  std::uint64_t below = 0;
  for (const MetricHistogram::Bucket& bucket : sample.histogram.buckets) {
    below += bucket.count;
    const bool last = bucket.end == std::chrono::nanoseconds::max();
    Append(text, "{}_bucket{{{}le=\"{}\"}} {}\n", sample.metric->name, labels,
           last ? "+Inf" : fmt::to_string(Seconds(bucket.end)), below);
  }
  Append(text, "{}_sum{} {}\n", sample.metric->name, InBraces(labels), Seconds(sample.histogram.sum));
  Append(text, "{}_count{} {}\n", sample.metric->name, InBraces(labels), below);
}

void AddValue(Text& text, const MetricSample& sample, const std::string& labels) {
  const std::string_view suffix = sample.metric->kind == MetricKind::kCounter ? "_total" : "";
  // Whole numbers as such, so that none is written with an exponent.
  const bool whole = sample.value == std::floor(sample.value) && std::abs(sample.value) < 1e18;
  const std::string value =
      whole ? fmt::to_string(static_cast<std::int64_t>(sample.value)) : fmt::to_string(sample.value);
  Append(text, "{}{}{} {}\n", sample.metric->name, suffix, InBraces(labels), value);
}

}  // namespace

std::string ToOpenMetrics(const MetricsSnapshot& snapshot, const MetricLabels& labels) {
  std::string common;
  for (const auto& [name, value] : labels) {
    if (IsLabelName(name)) AddLabel(common, name, value);
  }
  Text text;
  const Metric* metric = nullptr;
  for (const MetricSample& sample : snapshot.samples) {
    if (sample.metric != metric) {
      metric = sample.metric;
      Append(text, "# TYPE {} {}\n", metric->name, NameOf(metric->kind));
      if (metric->unit != MetricUnit::kNone) Append(text, "# UNIT {} {}\n", metric->name, NameOf(metric->unit));
      Append(text, "# HELP {} {}\n", metric->name, metric->help);
    }
    const std::string all = LabelsOf(sample, common);
    if (metric->kind == MetricKind::kHistogram) {
      AddHistogram(text, sample, all);
    } else {
      AddValue(text, sample, all);
    }
  }
  Append(text, "# EOF\n");
  return fmt::to_string(text);
}

}  // namespace v1
}  // namespace leat
