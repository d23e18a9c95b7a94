// Words of which there is a list.
#ifndef LEAT_CLI_KNOWN_WORD_H_
#define LEAT_CLI_KNOWN_WORD_H_

#include <fmt/format.h>
#include <leat/settings.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli {

// What is wrong with `word` as one of `known`, which are all there are of a `kind`; empty when it is one.
inline std::string CheckKnown(std::string_view kind, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return {};
  const auto meant = NearestWord(word, known);
  return meant.has_value() ? fmt::format("there is no {} '{}'; did you mean '{}'?", kind, word, *meant)
                           : fmt::format("there is no {} '{}'", kind, word);
}

}  // namespace leat::cli

#endif  // LEAT_CLI_KNOWN_WORD_H_
