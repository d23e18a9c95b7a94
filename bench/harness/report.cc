#include "harness/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace leat::bench {
namespace {

using Line = std::array<std::string, 7>;

// Three digits that count: more would be noise.
std::string Figure(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string Target(const Benchmark& benchmark) {
  const char* const sign = benchmark.better == Better::kHigher ? ">=" : "<=";
  if (benchmark.target_ratio.has_value()) return fmt::format("{} {:.2f}", sign, *benchmark.target_ratio);
  if (benchmark.target_value.has_value()) {
    return fmt::format("{} {} {}", sign, Figure(*benchmark.target_value), benchmark.unit);
  }
  return "";
}

std::string Verdict(const Row& row) {
  if (row.met().has_value()) return *row.met() ? "met" : "NOT MET";
  const Benchmark& benchmark = *row.benchmark;
  if (!benchmark.target_value.has_value()) return "";
  const bool within =
      benchmark.better == Better::kHigher ? row.leat >= *benchmark.target_value : row.leat <= *benchmark.target_value;
  return within ? "(within)" : "(beyond)";
}

Line LineOf(const Row& row) {
  const Benchmark& benchmark = *row.benchmark;
  Line line;
  line[0] = benchmark.name;
  line[1] = benchmark.what;
  if (!row.status.ok()) {
    line[6] = "FAILED";
    return line;
  }
  line[2] = fmt::format("{} {}", Figure(row.leat), benchmark.unit);
  if (row.reference.has_value()) line[3] = fmt::format("{} ({})", Figure(*row.reference), benchmark.reference_name);
  if (row.ratio().has_value()) line[4] = fmt::format("{:.2f}", *row.ratio());
  line[5] = Target(benchmark);
  line[6] = Verdict(row);
  return line;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// JSON knows neither infinity nor NaN.
std::string Number(std::optional<double> value) {
  return value.has_value() && std::isfinite(*value) ? fmt::format("{:.6g}", *value) : "null";
}

}  // namespace

std::optional<double> Row::ratio() const {
  if (!status.ok() || !reference.has_value() || *reference == 0) return std::nullopt;
  return leat / *reference;
}

std::optional<bool> Row::met() const {
  if (!ratio().has_value() || !benchmark->target_ratio.has_value()) return std::nullopt;
  return benchmark->better == Better::kHigher ? *ratio() >= *benchmark->target_ratio
                                              : *ratio() <= *benchmark->target_ratio;
}

std::string Table(const std::vector<Row>& rows) {
  std::vector<Line> lines = {{"name", "what", "leat", "bound", "ratio", "target", "met"}};
  for (const Row& row : rows) lines.push_back(LineOf(row));
  std::array<std::size_t, 7> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string table;
  for (const Line& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) text += fmt::format("{:<{}}  ", line[i], widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    table += text + '\n';
    if (&line == &lines.front()) table += std::string(text.size(), '-') + '\n';
  }
  return table;
}

std::string Json(const std::vector<Row>& rows) {
  std::string json = "[";
  for (const Row& row : rows) {
    if (!row.status.ok()) continue;
    const Benchmark& benchmark = *row.benchmark;
    const std::optional<double> target =
        benchmark.target_ratio.has_value() ? benchmark.target_ratio : benchmark.target_value;
    json += json.size() > 1 ? ",\n " : "\n ";
    json += fmt::format(R"({{"name": {}, "unit": {}, "better": "{}", "leat": {}, "reference": {}, )",
                        Quoted(benchmark.name), Quoted(benchmark.unit),
                        benchmark.better == Better::kHigher ? "higher" : "lower", Number(row.leat),
                        Number(row.reference));
    json += fmt::format(R"("reference_name": {}, "ratio": {}, "target": {}, "met": {}}})",
                        benchmark.reference == nullptr ? "null" : Quoted(benchmark.reference_name),
                        Number(row.ratio()), Number(target),
                        !row.met().has_value() ? "null"
                        : *row.met()           ? "true"
                                               : "false");
  }
  return json + "\n]\n";
}

}  // namespace leat::bench
