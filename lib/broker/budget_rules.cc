#include "broker/budget_rules.h"

#include <algorithm>

#include "base/wrapping.h"

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

void AwaitedBytes::Look(std::int64_t sum, std::chrono::nanoseconds now) {
  while (!held_.empty() && held_.front().until <= now) held_.pop_front();
  std::int64_t freed = sum_.has_value() ? base::WrappingSubtract(sum, *sum_) : 0;
  while (freed > 0 && !held_.empty()) {
    const std::int64_t of_this = std::min(freed, held_.front().bytes);
    freed -= of_this;
    held_.front().bytes -= of_this;
    if (held_.front().bytes == 0) held_.pop_front();
  }
  before_ = std::min(sum, sum_.value_or(sum));
  sum_ = sum;
}

void AwaitedBytes::Removed(std::int64_t bytes, std::int64_t sum, std::chrono::nanoseconds now) {
  const std::int64_t fallen = before_.has_value() ? base::WrappingSubtract(*before_, sum) : 0;
  const std::int64_t held = std::clamp<std::int64_t>(fallen, 0, std::max<std::int64_t>(bytes, 0));
  if (held > 0) held_.push_back({.bytes = held, .until = now + kAwaited});
  sum_ = before_ = sum;
}

std::int64_t AwaitedBytes::bytes() const {
  std::int64_t bytes = 0;
  for (const Held& held : held_) bytes += held.bytes;
  return bytes;
}

}  // namespace leat::broker
