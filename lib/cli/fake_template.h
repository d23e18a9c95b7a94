// A template of made-up data: text with fields in it.
#ifndef LEAT_CLI_FAKE_TEMPLATE_H_
#define LEAT_CLI_FAKE_TEMPLATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/fake_fields.h"

namespace leat::cli {

// {"name":"{{name}}","year":{{int 1970 2010}}}: what stands between {{ and }} is replaced, all else stays as it is. A
// text without any is the name of a template that is there already: registered_user.
class FakeTemplate {
 public:
  // kInvalidArgument: what is wrong, at which character, from 1.
  static absl::StatusOr<FakeTemplate> Parse(std::string_view text);

  // Appends one more.
  void Make(FakeSource& source, std::string& text) const;

 private:
  struct Piece {
    std::string text;           // as it stands,
    FakeField field = nullptr;  // then this, if there is one
  };

  std::vector<Piece> pieces_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_FAKE_TEMPLATE_H_
