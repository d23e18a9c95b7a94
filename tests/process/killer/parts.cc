#include "process/killer/parts.h"

#include <cstdlib>

namespace leat::process_test {

std::vector<std::string> PartOptions::ToArguments(std::string part) const {
  return {std::move(part),
          folder,
          board,
          std::to_string(seat),
          std::to_string(number),
          std::to_string(seed),
          std::to_string(sends),
          std::to_string(static_cast<int>(deed)),
          std::to_string(nth),
          std::to_string(delay)};
}

PartOptions PartOptions::Parse(char** arguments) {
  const auto number = [&](int index) { return std::strtoull(arguments[index], nullptr, 10); };
  PartOptions options;
  options.folder = arguments[0];
  options.board = arguments[1];
  options.seat = number(2);
  options.number = number(3);
  options.seed = number(4);
  options.sends = number(5);
  options.deed = static_cast<Deed>(number(6));
  options.nth = static_cast<std::int64_t>(number(7));
  options.delay = static_cast<std::int64_t>(number(8));
  return options;
}

}  // namespace leat::process_test
