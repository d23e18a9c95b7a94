// Doing one thing for each of many partitions, several at a time.
#ifndef LEAT_BROKER_SIDE_BY_SIDE_H_
#define LEAT_BROKER_SIDE_BY_SIDE_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace leat::broker {

// What takes its time is the disk's answer to each sync, and answers to several at once come together. Calls `work` with
// each number below `count`, all of them whatever fails, and returns the error of the lowest. A few are done one after
// the other, on the caller's thread.
absl::Status SideBySide(std::size_t count, absl::FunctionRef<absl::Status(std::size_t)> work);

}  // namespace leat::broker

#endif  // LEAT_BROKER_SIDE_BY_SIDE_H_
