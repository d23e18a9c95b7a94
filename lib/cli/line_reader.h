// Lines of an input, as they come.
#ifndef LEAT_CLI_LINE_READER_H_
#define LEAT_CLI_LINE_READER_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace leat::cli {

// Reads in large pieces and hands out the lines where they lie. Between two calls of Fill, lines stay where they are.
class LineReader {
 public:
  // No line may be longer than `longest`.
  LineReader(int descriptor, std::size_t longest) : descriptor_(descriptor), longest_(longest), buffer_(kPiece) {}

  // The next line that has been read, without its newline; nullopt when there is none, and Fill is to be called. What
  // stands behind the last newline is a line, too, once the input has ended.
  std::optional<std::string_view> Next();

  // Waits for some input and reads it; what Next has returned is gone. False: the input has ended.
  //   kOutOfRange   the next line is longer than `longest`
  //   kUnknown      the input cannot be read
  absl::StatusOr<bool> Fill();

 private:
  static constexpr std::size_t kPiece = 1 << 20;

  const int descriptor_;
  const std::size_t longest_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // of what was not handed out
  std::size_t searched_ = 0;  // up to here there is no newline
  std::size_t end_ = 0;       // of what was read
  bool ended_ = false;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_LINE_READER_H_
