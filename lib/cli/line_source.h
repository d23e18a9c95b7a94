// Where the lines come from that are to be published.
#ifndef LEAT_CLI_LINE_SOURCE_H_
#define LEAT_CLI_LINE_SOURCE_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

class LineSource {
 public:
  virtual ~LineSource() = default;

  // The next line, without its newline; nullopt when there is none, and Fill is to be called. Between two calls of
  // Fill, lines stay where they are.
  virtual std::optional<std::string_view> Next() = 0;

  // Waits for more lines; what Next has returned is gone. False: there are no more, or somebody has asked for an end.
  //   kOutOfRange   the next line is too long
  //   kUnknown      the source cannot be read
  virtual absl::StatusOr<bool> Fill() = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_LINE_SOURCE_H_
