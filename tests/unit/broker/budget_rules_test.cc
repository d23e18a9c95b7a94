#include "broker/budget_rules.h"

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace leat::broker {
namespace {

using Chosen = std::pair<std::size_t, std::size_t>;

Chosen Choose(const std::vector<BudgetTopic>& topics, std::int64_t limit) {
  const auto victim = ChooseVictim(topics, limit);
  REQUIRE(victim.has_value());
  return {victim->topic, victim->candidate};
}

TEST_CASE("without topics, or without a segment that could go, nothing goes") {
  CHECK_FALSE(ChooseVictim({}, 100).has_value());
  CHECK_FALSE(ChooseVictim(std::vector<BudgetTopic>{{.size = 1000}}, 100).has_value());
}

TEST_CASE("the oldest of those over their share goes first, whatever the others have") {
  const std::vector<BudgetTopic> topics = {
      {.size = 40, .candidates = {{.size = 10, .max_timestamp = 1}}},
      {.size = 90, .candidates = {{.size = 10, .max_timestamp = 7}, {.size = 10, .max_timestamp = 5}}},
      {.size = 51, .candidates = {{.size = 10, .max_timestamp = 6}}},
  };
  CHECK(Choose(topics, 150) == Chosen{1, 1});
}

TEST_CASE("a greater share protects more") {
  std::vector<BudgetTopic> topics = {
      {.share = 1, .size = 50, .candidates = {{.size = 10, .max_timestamp = 9}}},
      {.share = 1, .size = 50, .candidates = {{.size = 10, .max_timestamp = 1}}},
  };
  CHECK(Choose(topics, 90) == Chosen{1, 0});
  topics[1].share = 3;
  CHECK(Choose(topics, 90) == Chosen{0, 0});
}

TEST_CASE("when those over their share have nothing that may go, the oldest of the others does") {
  const std::vector<BudgetTopic> topics = {
      {.size = 100},
      {.size = 20, .candidates = {{.size = 10, .max_timestamp = 8}}},
      {.size = 20, .candidates = {{.size = 10, .max_timestamp = 3}}},
  };
  CHECK(Choose(topics, 120) == Chosen{2, 0});
}

TEST_CASE("a topic keeps its minimum to the byte") {
  std::vector<BudgetTopic> topics = {
      {.min_bytes = 91,
       .size = 100,
       .candidates = {{.size = 10, .max_timestamp = 1}, {.size = 9, .max_timestamp = 2}}},
  };
  CHECK(Choose(topics, 50) == Chosen{0, 1});
  topics[0].min_bytes = 92;
  CHECK_FALSE(ChooseVictim(topics, 50).has_value());
}

TEST_CASE(
    "however much there is, taking victims one by one ends within the limit, or with all that is left protected") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    INFO("seed " << seed);
    const auto below = [&](std::uint32_t n) { return static_cast<std::int64_t>(random() % n); };
    std::vector<BudgetTopic> topics(static_cast<std::size_t>(1 + below(5)));
    std::int64_t total = 0;
    for (BudgetTopic& topic : topics) {
      topic.share = static_cast<std::int32_t>(1 + below(4));
      topic.min_bytes = below(3) == 0 ? below(300) : 0;
      for (auto n = below(12); n > 0; --n) {
        topic.candidates.push_back({.size = 1 + below(50), .max_timestamp = below(1000)});
        topic.size += topic.candidates.back().size;
      }
      topic.size += below(20);  // the active segment
      total += topic.size;
    }
    const std::vector<BudgetTopic> before = topics;
    const std::int64_t limit = 1 + below(600);
    while (total > limit) {
      const auto victim = ChooseVictim(topics, limit);
      if (!victim.has_value()) break;
      BudgetTopic& topic = topics[victim->topic];
      const auto at = topic.candidates.begin() + static_cast<std::ptrdiff_t>(victim->candidate);
      total -= at->size;
      topic.size -= at->size;
      topic.candidates.erase(at);
      CHECK(topic.size >= topic.min_bytes);
    }
    for (std::size_t t = 0; t < topics.size(); ++t) {
      // Who began below the minimum has lost nothing.
      if (before[t].size < before[t].min_bytes) CHECK(topics[t].size == before[t].size);
      for (const BudgetCandidate& left : topics[t].candidates) {
        if (total > limit) CHECK(topics[t].size - left.size < topics[t].min_bytes);
      }
    }
  }
}

}  // namespace
}  // namespace leat::broker
