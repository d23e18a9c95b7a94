#include "cli/reading_range.h"

#include <algorithm>

#include "cli/topic_choice.h"

namespace leat::cli {

absl::StatusOr<std::vector<ReadingRange>> RangesOf(const Broker& broker, const ReadingOptions& options) {
  const auto topics = options.topics.TopicsOf(broker);
  if (!topics.ok()) return topics.status();
  const auto partitions = PartitionsOf(*topics, options.partition);
  if (!partitions.ok()) return partitions.status();
  std::vector<ReadingRange> ranges;
  for (const Partition& partition : *partitions) {
    const auto begin = OffsetOf(options.from, partition);
    if (!begin.ok()) return begin.status();
    const auto end = partition.high_watermark();
    if (!end.ok()) return end.status();
    const auto until = OffsetOf(options.until.value_or(Place{.kind = Place::Kind::kEnd}), partition);
    if (!until.ok()) return until.status();
    ranges.push_back({partition, *begin, std::min(*until, *end)});
  }
  return ranges;
}

}  // namespace leat::cli
