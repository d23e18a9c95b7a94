// Random lives of consumer groups. A failure prints its seed:
//
//   LEAT_MODEL_SEED=... build/bin/model_tests 'name of the test'
#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <string>

#include "model/rebalance_model.h"
#include "model/seeds.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

constexpr int kStepsOfAGroup = 250;

void Live(std::int64_t events, Seeds seeds) {
  std::uint64_t seed = FirstSeed(seeds);
  RebalanceCounts counts;
  for (; counts.events < events; ++seed) {
    INFO("LEAT_MODEL_SEED=" << seed);
    int step = 0;
    std::string failure;
    try {
      RebalanceModel model(seed, counts);
      for (; step < kStepsOfAGroup; ++step) model.Step();
      model.Settle();
    } catch (const std::exception& error) {
      failure = fmt::format("step {}: {}", step, error.what());
    }
    REQUIRE(failure == "");
  }
  fmt::print("{} events, {} generations, settled {} times; {} moves; of them {} where {} is the least possible\n",
             counts.events, counts.generations, counts.settled, counts.moves, counts.counted_moves,
             counts.fewest_moves);
  CHECK(counts.settled > events / 1000);
  CHECK(counts.fewest_moves > 0);
  CHECK(counts.counted_moves == counts.fewest_moves);
}

TEST_CASE("no partition has two owners ever, and each has one when its group has settled") {
  Live(20'000, Seeds::kSame);
}

TEST_CASE("no partition has two owners in more than a million events", "[slow]") { Live(1'200'000, Seeds::kNew); }

}  // namespace
}  // namespace leat::testing
