// The program's results, on standard output. Everything else it says goes to standard error (report.h).
#ifndef LEAT_CLI_OUTPUT_H_
#define LEAT_CLI_OUTPUT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace leat::cli {

// Gathers what is written and hands it on in large pieces.
//
// Threads: one at a time.
class Output {
 public:
  // Standard output if not told otherwise.
  explicit Output(int descriptor = 1) : descriptor_(descriptor) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  // Flushes; who wants to know whether that worked does it before.
  ~Output() { Flush().IgnoreError(); }

  void Write(std::string_view bytes) {
    if (gathered_.size() + bytes.size() > kPiece) [[unlikely]]
      HandOn().IgnoreError();
    gathered_ += bytes;
  }
  void Line(std::string_view text) {
    Write(text);
    Write("\n");
  }

  // Hands on what was gathered. Its error, once there was one, comes back for ever, and nothing is written any more.
  //   kAborted   nobody reads it any more (a closed pipe): no reason to complain
  absl::Status Flush() { return HandOn(); }

  // Whether nobody can read any more what would be written.
  bool ReaderHasGone() const;

  // Whether a write has found that out.
  bool abandoned() const { return absl::IsAborted(status_); }

 private:
  static constexpr std::size_t kPiece = 256 << 10;

  absl::Status HandOn();

  const int descriptor_;
  std::string gathered_;
  absl::Status status_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_OUTPUT_H_
