#include "cli/backward_reading.h"

#include "cli/reading_range.h"

namespace leat::cli {

absl::Status BackwardReading::Begin() {
  auto broker = OpenToRead(session_);
  if (!broker.ok()) return broker.status();
  broker_.emplace(*std::move(broker));
  const auto ranges = RangesOf(*broker_, options_);
  if (!ranges.ok()) return ranges.status();
  for (const ReadingRange& range : *ranges) {
    sources_.push_back({.partition = range.partition, .begin = range.begin});
    if (absl::Status filled = Fill(sources_.back(), range.end); !filled.ok()) return filled;
  }
  return absl::OkStatus();
}

absl::Status BackwardReading::Fill(Source& source, Offset before) {
  source.next = 0;
  source.over = before <= source.begin;
  if (source.over) return absl::OkStatus();
  source.records = source.partition.ReadBackwards(before);
  if (!source.records.status().ok()) return source.records.status();
  source.over = source.records.empty() || source.head().offset() < source.begin;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ConsumerRecord>> BackwardReading::Next() {
  if (last_ != nullptr) {
    ++last_->next;
    if (last_->next == last_->records.size()) {
      if (absl::Status filled = Fill(*last_, last_->records.next()); !filled.ok()) return filled;
    } else {
      last_->over = last_->head().offset() < last_->begin;
    }
  }
  last_ = nullptr;
  for (Source& source : sources_) {
    if (!source.over && (last_ == nullptr || source.head().timestamp() > last_->head().timestamp())) last_ = &source;
  }
  if (last_ == nullptr) return std::optional<ConsumerRecord>();
  return std::optional<ConsumerRecord>(last_->head());
}

}  // namespace leat::cli
