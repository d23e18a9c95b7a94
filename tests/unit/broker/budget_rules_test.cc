#include "broker/budget_rules.h"

#include <chrono>
#include <cstdint>
#include <limits>
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

TEST_CASE("what was removed and is held is awaited, for a minute, and no longer than until it comes free") {
  using std::chrono::seconds;
  AwaitedBytes awaited;
  // 100 free, and 900 of segments.
  awaited.Look(1000, seconds(0));
  awaited.Removed(300, 1000, seconds(0));  // 400 free, 600 of segments
  CHECK(awaited.bytes() == 0);
  awaited.Removed(200, 800, seconds(0));  // 400 free, 400 of segments
  CHECK(awaited.bytes() == 200);
  awaited.Removed(100, 750, seconds(10));  // half of it is held
  CHECK(awaited.bytes() == 250);
  awaited.Look(900, seconds(59));
  CHECK(awaited.bytes() == 100);
  awaited.Look(900, seconds(60));  // the first one's time is over
  CHECK(awaited.bytes() == 50);
  awaited.Look(2000, seconds(60));
  CHECK(awaited.bytes() == 0);
}

TEST_CASE("what others write to the disk is not awaited, nor what is granted while something is removed") {
  using std::chrono::seconds;
  AwaitedBytes awaited;
  awaited.Look(1000, seconds(0));
  awaited.Removed(100, 900, seconds(0));
  awaited.Look(500, seconds(1));  // somebody has written 400
  CHECK(awaited.bytes() == 100);
  awaited.Look(600, seconds(2));
  CHECK(awaited.bytes() == 0);
  // Another thread was granted 300, which are allocated while 50 are removed.
  awaited.Look(900, seconds(3));
  awaited.Removed(50, 600, seconds(3));
  CHECK(awaited.bytes() == 0);
  // Counted anew.
  awaited.Removed(50, 550, seconds(3));
  CHECK(awaited.bytes() == 50);
  awaited.ForgetSum();
  awaited.Look(5000, seconds(4));
  CHECK(awaited.bytes() == 50);
}

TEST_CASE(
    "numbers of shared memory that were scribbled over make nothing of what is awaited but less, or what was "
    "removed") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t before : {kLeast, std::int64_t{-1}, std::int64_t{0}, kMost}) {
    for (const std::int64_t after : {kLeast, std::int64_t{-1}, std::int64_t{0}, kMost}) {
      AwaitedBytes awaited;
      awaited.Look(before, {});
      awaited.Removed(100, after, {});
      CHECK(awaited.bytes() >= 0);
      CHECK(awaited.bytes() <= 100);
      awaited.Look(before, {});
      CHECK(awaited.bytes() >= 0);
    }
  }
}

}  // namespace
}  // namespace leat::broker
