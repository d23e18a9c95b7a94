// Made-up lines, without an end.
#ifndef LEAT_CLI_FAKE_LINES_H_
#define LEAT_CLI_FAKE_LINES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/fake_template.h"
#include "cli/line_source.h"

namespace leat::cli {

class FakeLines final : public LineSource {
 public:
  // `singly`: each is made when it is asked for, not ahead, because some time passes between them.
  FakeLines(FakeTemplate made_of, std::uint64_t seed, bool singly)
      : template_(std::move(made_of)), source_(seed), enough_(singly ? 1 : kPiece) {}

  std::optional<std::string_view> Next() override;
  absl::StatusOr<bool> Fill() override;

 private:
  static constexpr std::size_t kPiece = 256 << 10;

  const FakeTemplate template_;
  FakeSource source_;
  const std::size_t enough_;
  std::string text_;
  std::vector<std::size_t> ends_;
  std::size_t next_ = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_FAKE_LINES_H_
