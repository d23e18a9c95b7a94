// A record as a JSON object, as `consume --json` prints it and `produce --json` reads it.
#ifndef LEAT_CLI_RECORD_JSON_H_
#define LEAT_CLI_RECORD_JSON_H_

#include <leat/record.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

// {"topic","partition","offset","leader_epoch","timestamp","key","value","headers"}; bytes that are not UTF-8 stand as
// base64 under key_base64 and value_base64 instead.
std::string JsonOf(const ConsumerRecord& record);

// A record that was read from JSON. Only `value` (or value_base64) has to be there; topic, offset and leader_epoch are
// passed over.
struct JsonRecord {
  Record record;
  std::optional<Timestamp> timestamp;
  std::optional<PartitionId> partition;
};

// kInvalidArgument: not JSON, not an object, a field that there is not or of the wrong type; says which.
absl::StatusOr<JsonRecord> RecordOfJson(std::string_view line);

}  // namespace leat::cli

#endif  // LEAT_CLI_RECORD_JSON_H_
