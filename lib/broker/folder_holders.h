// Which processes have a folder open, for messages. The kernel lists locks that belong to open files without their
// owners, so the owners are found by what they have open.
#ifndef LEAT_BROKER_FOLDER_HOLDERS_H_
#define LEAT_BROKER_FOLDER_HOLDERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace leat::broker {

// Processes of this PID namespace, as far as this user may look, that have the file `id` open. Sorted.
std::vector<std::int32_t> FindHolders(io::FileSystem& machine, const io::FileId& id);

// "pid 17 (stopped) consumer, pid 23 producer"; says so when none is to be seen.
std::string DescribeHolders(const std::vector<std::int32_t>& pids);

// The same of those that have `file` open, as an Info of it says, but for this process.
std::string DescribeOthersWhoHave(const absl::StatusOr<io::FileInfo>& file);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_HOLDERS_H_
