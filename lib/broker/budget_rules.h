// Which segment goes when a folder's budget is full. Why so: docs/decisions/0017-whose-data-goes-first.md.
#ifndef LEAT_BROKER_BUDGET_RULES_H_
#define LEAT_BROKER_BUDGET_RULES_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
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

// What was removed while somebody had it open or mapped: the disk gets these bytes when he lets go, and until then no more is
// removed for want of them. All that is known of it is a sum: what is free on the disk, and what the segments take. Taking
// and giving back leave that as it is; it falls by what is removed and held, and rises when that comes free.
//
// Others write to the disk, too, so the sum may fall for no reason of ours, which changes nothing here, or rise, and then
// more is removed than need be. What somebody has been granted and not yet allocated is in it for a moment: of two looks the
// lower one counts.
class AwaitedBytes {
 public:
  // Processes let go within seconds (Retention::LetGoNowAndThen), and a file system frees within half a minute. Who has not
  // let go by then may be holding records in his hands for ever.
  static constexpr std::chrono::seconds kAwaited{60};

  // The sum before anything is removed.
  void Look(std::int64_t sum, std::chrono::nanoseconds now);
  // The sum after `bytes` were removed, since the last Look.
  void Removed(std::int64_t bytes, std::int64_t sum, std::chrono::nanoseconds now);
  // The sum has been counted anew: what it was says nothing any more.
  void ForgetSum() { sum_ = before_ = std::nullopt; }

  std::int64_t bytes() const;

 private:
  struct Held {
    std::int64_t bytes;
    std::chrono::nanoseconds until;
  };
  std::deque<Held> held_;  // the oldest first
  std::optional<std::int64_t> sum_;
  std::optional<std::int64_t> before_;  // what Removed compares with
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_BUDGET_RULES_H_
