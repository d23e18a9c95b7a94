#include "log/index_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "log/segment_files.h"

namespace leat::log {

absl::StatusOr<IndexCheck> IndexCheck::Load(io::FileSystem& files, const std::string& folder, Offset base,
                                            std::int64_t log_size) {
  IndexCheck check;
  absl::StatusOr<OffsetIndex> offsets = OffsetIndex::Load(files, folder, base, log_size);
  absl::StatusOr<TimeIndex> times = TimeIndex::Load(files, folder, base);
  for (const absl::Status& status : {offsets.status(), times.status()}) {
    if (absl::IsDataLoss(status)) {
      check.wrong_ = std::string(status.message());
    } else if (!status.ok() && !absl::IsNotFound(status)) {
      return status;
    }
  }
  if (offsets.ok()) check.offsets_ = *std::move(offsets);
  if (times.ok()) check.times_ = *std::move(times);
  return check;
}

void IndexCheck::See(const BatchView& batch, std::int64_t position) {
  max_timestamp_ = std::max(max_timestamp_, batch.max_timestamp());
  if (offsets_.has_value()) SeeOffset(batch, position);
  if (times_.has_value()) SeeTime(batch);
}

void IndexCheck::SeeOffset(const BatchView& batch, std::int64_t position) {
  if (next_offset_ >= offsets_->count() || offsets_->entry(next_offset_).position > position) return;
  const OffsetIndex::Entry entry = offsets_->entry(next_offset_);
  if (entry.position == position && entry.last_offset == batch.last_offset()) {
    ++next_offset_;
  } else {
    wrong_ = fmt::format("its .index says that the batch with offset {} is at {}", entry.last_offset, entry.position);
    offsets_.reset();
  }
}

void IndexCheck::SeeTime(const BatchView& batch) {
  // Kafka may name a record within the batch.
  while (next_time_ < times_->count() && times_->entry(next_time_).last_offset <= batch.last_offset()) {
    const TimeIndex::Entry entry = times_->entry(next_time_);
    if (entry.timestamp != max_timestamp_) {
      wrong_ = fmt::format("its .timeindex says that {} is the greatest timestamp up to offset {}", entry.timestamp,
                           entry.last_offset);
      times_.reset();
      return;
    }
    ++next_time_;
  }
}

std::string IndexCheck::Finish() {
  if (wrong_.empty() && offsets_.has_value() && next_offset_ < offsets_->count()) {
    wrong_ = fmt::format("its .index speaks of offset {}, which it does not have",
                         offsets_->entry(next_offset_).last_offset);
  }
  if (wrong_.empty() && times_.has_value() && next_time_ < times_->count()) {
    wrong_ = fmt::format("its .timeindex speaks of offset {}, which it does not have",
                         times_->entry(next_time_).last_offset);
  }
  return std::move(wrong_);
}

}  // namespace leat::log
