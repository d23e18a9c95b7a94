// Lines of an input, as they come.
#ifndef LEAT_CLI_LINE_READER_H_
#define LEAT_CLI_LINE_READER_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/line_source.h"
#include "cli/stop_signal.h"

namespace leat::cli {

// Reads in large pieces and hands out the lines where they lie.
class LineReader final : public LineSource {
 public:
  // No line may be longer than `longest`. `stop` ends a wait for input.
  LineReader(int descriptor, std::size_t longest, const StopSignal& stop)
      : descriptor_(descriptor), longest_(longest), stop_(stop), buffer_(kPiece) {}

  // What stands behind the last newline is a line, too, once the input has ended.
  std::optional<std::string_view> Next() override;
  absl::StatusOr<bool> Fill() override;

 private:
  static constexpr std::size_t kPiece = 1 << 20;

  const int descriptor_;
  const std::size_t longest_;
  const StopSignal& stop_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // of what was not handed out
  std::size_t searched_ = 0;  // up to here there is no newline
  std::size_t end_ = 0;       // of what was read
  bool ended_ = false;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_LINE_READER_H_
