// What is there now of the records that a person asked for.
#ifndef LEAT_CLI_READING_RANGE_H_
#define LEAT_CLI_READING_RANGE_H_

#include <leat/broker.h>
#include <leat/partition.h>
#include <leat/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "cli/reading.h"

namespace leat::cli {

// From `begin` to before `end`; nothing when `end` is not above it.
struct ReadingRange {
  Partition partition;
  Offset begin = 0;
  Offset end = 0;
};

absl::StatusOr<std::vector<ReadingRange>> RangesOf(const Broker& broker, const ReadingOptions& options);

}  // namespace leat::cli

#endif  // LEAT_CLI_READING_RANGE_H_
