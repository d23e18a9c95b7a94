#include "model/explorer.h"

#include <algorithm>

namespace leat::model {

std::string StepGraph::Way(std::uint32_t to) const {
  std::vector<Step> steps;
  for (; to != 0; to = came_[to].from) steps.push_back(came_[to].step);
  std::string text = ", after " + std::to_string(steps.size()) + " steps:\n";
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    text += "  " + std::to_string(step->who) + ": " + step->what + "\n";
  }
  return text;
}

std::uint32_t StepGraph::FindStuck(std::vector<bool> done) const {
  // From where each state is reached, one list behind the other.
  std::vector<std::size_t> begin(done.size() + 1, 0);
  for (const auto& [from, to] : steps_) ++begin[to + 1];
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<std::uint32_t> before(steps_.size());
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
  for (const auto& [from, to] : steps_) before[next[to]++] = from;

  std::vector<std::uint32_t> to_visit;
  for (std::uint32_t i = 0; i < done.size(); ++i) {
    if (done[i]) to_visit.push_back(i);
  }
  while (!to_visit.empty()) {
    const std::uint32_t state = to_visit.back();
    to_visit.pop_back();
    for (std::size_t i = begin[state]; i < begin[state + 1]; ++i) {
      if (done[before[i]]) continue;
      done[before[i]] = true;
      to_visit.push_back(before[i]);
    }
  }
  // One that has no step to take tells most.
  std::vector<bool> goes_on(done.size(), false);
  for (const auto& [from, to] : steps_) goes_on[from] = goes_on[from] || from != to;
  std::uint32_t first = kNone;
  for (std::uint32_t i = 0; i < done.size(); ++i) {
    if (done[i]) continue;
    if (!goes_on[i]) return i;
    first = std::min(first, i);
  }
  return first;
}

}  // namespace leat::model
