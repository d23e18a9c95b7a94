// Which segment goes when a folder's budget is full. Why so: docs/decisions/0017-whose-data-goes-first.md.
#ifndef LEAT_BROKER_BUDGET_RULES_H_
#define LEAT_BROKER_BUDGET_RULES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace leat::broker {

// Of a partition, what would go first.
struct BudgetCandidate {
  std::int64_t size = 0;            // bytes
  std::int64_t max_timestamp = -1;  // of its records: how old it is
};

struct BudgetTopic {
  std::int32_t share = 1;      // a weight beside the other topics'
  std::int64_t min_bytes = 0;  // of its newest records: these never go
  std::int64_t size = 0;       // of all its records
  std::vector<BudgetCandidate> candidates = {};
};

struct BudgetVictim {
  std::size_t topic;
  std::size_t candidate;
};

// The oldest candidate of the topics that have more than their share of `limit`; if there is none, the oldest of the
// others. None that would leave its topic with less than its minimum. nullopt: nothing may go.
std::optional<BudgetVictim> ChooseVictim(std::span<const BudgetTopic> topics, std::int64_t limit);

}  // namespace leat::broker

#endif  // LEAT_BROKER_BUDGET_RULES_H_
