// Folders that somebody left without closing.
#ifndef LEAT_BENCH_ROWS_OPEN_H_
#define LEAT_BENCH_ROWS_OPEN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/child.h"

namespace leat::bench {

// FOLDER PARTITIONS: writes to that many partitions, waits, unless it is killed meanwhile, and says how many KiB of
// anonymous memory and of mapped files that took.
absl::StatusOr<std::string> FillRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready);

}  // namespace leat::bench

#endif  // LEAT_BENCH_ROWS_OPEN_H_
