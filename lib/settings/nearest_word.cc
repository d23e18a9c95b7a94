#include <leat/settings.h>

#include <algorithm>
#include <cstddef>

namespace leat {
inline namespace v1 {
namespace {

// How many characters must be put in, left out, replaced or swapped with their neighbour to make `b` of `a`.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  // distance[i][j]: of the first i characters of `a` to the first j of `b`.
  std::vector<std::vector<std::size_t>> distance(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) distance[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      std::size_t& here = distance[i][j];
      here = std::min({replaced, distance[i - 1][j] + 1, distance[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) here = std::min(here, distance[i - 2][j - 2] + 1);
    }
  }
  return distance[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> NearestWord(std::string_view word, const std::vector<std::string>& words) {
  // A third of a word may be wrong; of very short ones, one character.
  std::size_t nearest = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : words) {
    // So much differs at least; a word may be as long as somebody likes.
    const std::size_t sizes = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (sizes >= nearest) continue;
    const std::size_t distance = EditDistance(word, candidate);
    if (distance >= nearest) continue;
    nearest = distance;
    found = candidate;
  }
  return found;
}

}  // namespace v1
}  // namespace leat
