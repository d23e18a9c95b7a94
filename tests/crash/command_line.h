// Options of these programs: each a name and a number.
#ifndef LEAT_TESTS_CRASH_COMMAND_LINE_H_
#define LEAT_TESTS_CRASH_COMMAND_LINE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace leat::testing {

struct NumberOption {
  std::string_view name;  // "--seed"
  std::variant<int*, std::int64_t*, std::uint64_t*> value;
};

// Says how the program is used when it is asked to, or used wrongly; then the exit code to end with.
std::optional<int> TakeOptions(int argc, char** argv, std::span<const NumberOption> options, std::string_view usage);

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_COMMAND_LINE_H_
