// Whether what a partition's page says can be: the control file outlives its processes, and anybody can write to it.
#ifndef LEAT_BROKER_PAGE_CHECK_H_
#define LEAT_BROKER_PAGE_CHECK_H_

#include <string>

#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "shared/layout.h"

namespace leat::broker {

// Compares the page with itself and with the segment that it speaks of. Only where nobody else has the folder open.
// Errors: what the file system says instead of how large that segment is.
absl::StatusOr<bool> IsPossible(const shared::PartitionPage& page, io::FileSystem& files,
                                const std::string& partition_folder);

}  // namespace leat::broker

#endif  // LEAT_BROKER_PAGE_CHECK_H_
