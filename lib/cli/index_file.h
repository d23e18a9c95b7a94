// The entries of an .index or a .timeindex file.
#ifndef LEAT_CLI_INDEX_FILE_H_
#define LEAT_CLI_INDEX_FILE_H_

#include <leat/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace leat::cli {

struct OffsetEntry {
  Offset offset = 0;  // the last one of a batch
  std::int64_t position = 0;
};
struct TimeEntry {
  std::int64_t timestamp = 0;
  Offset offset = 0;
};

// The offset that the name of a segment's file says: 00000000000000000042.log. nullopt: it is no such name.
std::optional<Offset> BaseOffsetOf(std::string_view path);

// All entries; zeros behind the last one are none. kDataLoss: the file ends in the middle of an entry.
absl::StatusOr<std::vector<OffsetEntry>> ReadOffsetIndex(const std::string& path);
absl::StatusOr<std::vector<TimeEntry>> ReadTimeIndex(const std::string& path);

}  // namespace leat::cli

#endif  // LEAT_CLI_INDEX_FILE_H_
