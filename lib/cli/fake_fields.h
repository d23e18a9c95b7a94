// What can stand between {{ and }} in a template of made-up data: {{name}}, {{int 1970 2010}}, {{choice red green}}.
#ifndef LEAT_CLI_FAKE_FIELDS_H_
#define LEAT_CLI_FAKE_FIELDS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/fake_chance.h"

namespace leat::cli {

// Whom a record speaks of, so that name and mail belong together.
class FakePerson {
 public:
  // A new person, for a new record.
  void Meet(FakeChance& chance);
  // The second {{name}} of a record is somebody else's, and what follows it is, too.
  void Name(FakeChance& chance);

  std::string_view first_name() const { return first_name_; }
  std::string_view last_name() const { return last_name_; }
  const std::string& email() const { return email_; }

 private:
  std::string_view first_name_, last_name_;
  std::string email_;
  bool named_ = false;
};

struct FakeSource {
  explicit FakeSource(std::uint64_t seed) : chance(seed) {}

  FakeChance chance;
  FakePerson person;
};

// Appends a value to the text.
using FakeField = std::function<void(FakeSource&, std::string&)>;

// The field that `text`, without the braces, asks for.
//   kInvalidArgument   no such field, and which was perhaps meant; or what it takes
absl::StatusOr<FakeField> ParseFakeField(std::string_view text);

std::vector<std::string> FakeFieldNames();

}  // namespace leat::cli

#endif  // LEAT_CLI_FAKE_FIELDS_H_
