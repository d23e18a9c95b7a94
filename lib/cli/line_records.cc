#include "cli/line_records.h"

#include <fmt/format.h>

#include <utility>

namespace leat::cli {

LineRecords::LineRecords(const LineOptions& options) : options_(options) {
  for (const auto& [key, value] : options.headers) headers_.push_back({key, value});
}

BytesView LineRecords::OrNull(std::string_view text) const {
  if (options_.null.has_value() && text == *options_.null) return nullptr;
  return text;
}

absl::StatusOr<ProducerRecord> LineRecords::RecordOf(std::string_view line) {
  if (options_.json) return OfJson(line);
  ProducerRecord record{.headers = headers_, .partition = options_.partition};
  if (!options_.key_separator.has_value()) {
    record.value = OrNull(line);
    return record;
  }
  const std::size_t at = line.find(*options_.key_separator);
  if (at == line.npos) {
    return absl::InvalidArgumentError(fmt::format("has no '{}' between key and value", *options_.key_separator));
  }
  record.key = OrNull(line.substr(0, at));
  record.value = OrNull(line.substr(at + options_.key_separator->size()));
  return record;
}

absl::StatusOr<ProducerRecord> LineRecords::OfJson(std::string_view line) {
  auto read = RecordOfJson(line);
  if (!read.ok()) return read.status();
  Kept& kept = kept_.emplace_back(Kept{*std::move(read), {}});
  kept.headers = kept.json.record.HeaderViews();
  kept.headers.insert(kept.headers.end(), headers_.begin(), headers_.end());
  const Record& record = kept.json.record;
  return ProducerRecord{.key = record.key,
                        .value = record.value,
                        .headers = kept.headers,
                        .timestamp = kept.json.timestamp,
                        .partition = options_.partition.has_value() ? options_.partition : kept.json.partition};
}

}  // namespace leat::cli
