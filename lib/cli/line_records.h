// Makes records of lines: the line is the value; or key and value with something between; or a JSON object.
#ifndef LEAT_CLI_LINE_RECORDS_H_
#define LEAT_CLI_LINE_RECORDS_H_

#include <leat/record.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/record_json.h"

namespace leat::cli {

struct LineOptions {
  std::optional<std::string> key_separator;
  std::optional<std::string> null;  // a key or value that reads so is null
  bool json = false;
  std::vector<std::pair<std::string, std::string>> headers;  // of every record, behind its own
  std::optional<PartitionId> partition;                      // of every record
};

class LineRecords {
 public:
  explicit LineRecords(const LineOptions& options);

  // Borrows the line, and memory of its own until Clear.
  //   kInvalidArgument   what is wrong with the line
  absl::StatusOr<ProducerRecord> RecordOf(std::string_view line);

  // Nobody uses the records any more.
  void Clear() { kept_.clear(); }

 private:
  struct Kept {
    JsonRecord json;
    std::vector<Header> headers;
  };

  BytesView OrNull(std::string_view text) const;
  absl::StatusOr<ProducerRecord> OfJson(std::string_view line);

  const LineOptions& options_;
  std::vector<Header> headers_;  // views of those in the options
  std::deque<Kept> kept_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_LINE_RECORDS_H_
