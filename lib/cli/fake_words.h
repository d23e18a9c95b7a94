// The words that made-up data is made of.
#ifndef LEAT_CLI_FAKE_WORDS_H_
#define LEAT_CLI_FAKE_WORDS_H_

#include <span>
#include <string_view>

namespace leat::cli {

// All of letters from a to z and, where a name has one, a space: they need no escape in JSON, CSV or a shell.
struct FakeWords {
  std::span<const std::string_view> first_names, last_names, streets, cities, companies, words;
};

FakeWords AllFakeWords();

}  // namespace leat::cli

#endif  // LEAT_CLI_FAKE_WORDS_H_
