// Logs of small segments, full of numbered records.
#ifndef LEAT_TESTS_SUPPORT_NUMBERED_LOG_H_
#define LEAT_TESTS_SUPPORT_NUMBERED_LOG_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/log_files.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"

namespace leat::testing {

struct SmallSegments : SharedFolder {
  SmallSegments() { segment_bytes = 64 << 10; }
};

// Appends `count` records of `size` bytes, numbered from `first`; record n has timestamp 1000 + n.
inline void Fill(log::Log& log, int first, int count, std::size_t size = 1000) {
  for (int i = first; i < first + count; ++i) {
    std::string value = std::to_string(i) + ":";
    value.resize(size, '.');
    Value(AppendOne(log, value, 1000 + i));
  }
}

// The names in the partition's folder, sorted.
inline std::vector<std::string> FilesOf(SharedFolder& folder) {
  std::vector<std::string> names = Value(folder.files().List(folder.partition_folder()));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_NUMBERED_LOG_H_
