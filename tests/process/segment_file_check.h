// Looks at the files of a closed folder as somebody who knows Kafka's format and nothing of leat.
#ifndef LEAT_TESTS_PROCESS_SEGMENT_FILE_CHECK_H_
#define LEAT_TESTS_PROCESS_SEGMENT_FILE_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace leat::process_test {

// Each partition's folder: the segments follow one another without a gap, and begin where their names say; every
// checksum is right; nothing stands behind the last batch; every sealed segment has its indexes, whose entries grow
// and lead to batches; nothing temporary is left. The partition's end must be `end` if that is not negative.
absl::Status CheckPartitionFiles(const std::string& partition_folder, std::int64_t end = -1);

// The same for all partitions of a folder that every process has closed.
absl::Status CheckFolderFiles(const std::string& folder);

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_SEGMENT_FILE_CHECK_H_
