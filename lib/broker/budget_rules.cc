#include "broker/budget_rules.h"

namespace leat::broker {
namespace {

bool HasMoreThanItsShare(const BudgetTopic& topic, std::int64_t shares, std::int64_t limit) {
  const double share = static_cast<double>(limit) * topic.share / static_cast<double>(shares);
  return static_cast<double>(topic.size) > share;
}

}  // namespace

std::optional<BudgetVictim> ChooseVictim(std::span<const BudgetTopic> topics, std::int64_t limit) {
  std::int64_t shares = 0;
  for (const BudgetTopic& topic : topics) shares += topic.share;
  std::optional<BudgetVictim> best;
  bool best_is_over = false;
  std::int64_t best_age = 0;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    const bool over = HasMoreThanItsShare(topics[t], shares, limit);
    if (best_is_over && !over) continue;
    for (std::size_t c = 0; c < topics[t].candidates.size(); ++c) {
      const BudgetCandidate& candidate = topics[t].candidates[c];
      if (topics[t].size - candidate.size < topics[t].min_bytes) continue;
      if (best.has_value() && best_is_over == over && candidate.max_timestamp >= best_age) continue;
      best = {.topic = t, .candidate = c};
      best_is_over = over;
      best_age = candidate.max_timestamp;
    }
  }
  return best;
}

}  // namespace leat::broker
