// The word that somebody meant who wrote another.
#ifndef LEAT_CLI_SIMILAR_H_
#define LEAT_CLI_SIMILAR_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli {

// How many characters must be put in, left out, replaced or swapped with their neighbour to make `b` of `a`.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The one of `words` that is nearest to `word`, if it is near enough to have been meant.
std::optional<std::string> MostSimilar(std::string_view word, const std::vector<std::string>& words);

}  // namespace leat::cli

#endif  // LEAT_CLI_SIMILAR_H_
