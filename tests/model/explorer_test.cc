// That the explorer finds what is there to be found, before anybody believes it that there is nothing.
#include "model/explorer.h"

#include "support/catch.h"

namespace leat::model {
namespace {

// Two processes add 1 to a number, by a load and a store, or behind a lock that waits for ever.
struct Adding {
  enum class Way : std::uint8_t { kAtOnce, kLoadAndStore, kLockAndForget };
  struct State {
    std::uint8_t number;
    std::uint8_t locked;
    std::uint8_t at[2];
    std::uint8_t seen[2];
  };
  Way way;
  bool kills = false;

  State First() const { return {}; }
  const char* Wrong(const State& s) const {
    return s.at[0] == 2 && s.at[1] == 2 && s.number != 2 ? "an addition is lost" : nullptr;
  }
  bool Done(const State& s) const { return s.at[0] == 2 && s.at[1] == 2; }

  template <typename To>
  void Next(const State& now, To to) const {
    for (int p = 0; p < 2; ++p) {
      State s = now;
      if (now.at[p] == 0 && way == Way::kAtOnce) {
        ++s.number;
        s.at[p] = 2;
        to(s, Step{p, "adds"});
      } else if (now.at[p] == 0 && way == Way::kLockAndForget) {
        if (now.locked) continue;
        ++s.number;
        s.locked = 1;
        s.at[p] = 2;
        to(s, Step{p, "locks, and adds"});
      } else if (now.at[p] == 0) {
        s.seen[p] = now.number;
        s.at[p] = 1;
        to(s, Step{p, "loads"});
      } else if (now.at[p] == 1) {
        s.number = static_cast<std::uint8_t>(now.seen[p] + 1);
        s.at[p] = 2;
        to(s, Step{p, "stores"});
      }
      if (kills && now.at[p] < 2) {
        s = now;
        s.at[p] = 3;
        to(s, Step{p, "is killed", Kind::kMishap});
      }
    }
  }
};

TEST_CASE("the explorer sees all states once, and nothing wrong where nothing is") {
  const Exploration found = Explore(Adding{Adding::Way::kAtOnce});
  CHECK(found.counterexample.empty());
  CHECK(found.states == 4);
}

TEST_CASE("the explorer tells the shortest way to a state that is wrong") {
  const Exploration found = Explore(Adding{Adding::Way::kLoadAndStore});
  CHECK(found.counterexample ==
        "an addition is lost, after 4 steps:\n  0: loads\n  1: loads\n  0: stores\n  1: stores\n");
}

TEST_CASE("the explorer finds who waits for ever, and counts on no mishap to end it") {
  CHECK(Explore(Adding{Adding::Way::kLockAndForget}).counterexample ==
        "somebody waits for ever, after 1 steps:\n  0: locks, and adds\n");
  // The dead are not done here, and nothing brings them back.
  CHECK(Explore(Adding{Adding::Way::kAtOnce, true}).counterexample ==
        "somebody waits for ever, after 2 steps:\n  0: adds\n  1: is killed\n");
}

TEST_CASE("the explorer says so when there are too many states") {
  CHECK(Explore(Adding{Adding::Way::kAtOnce}, 2).counterexample == "too many states to look at them all");
}

}  // namespace
}  // namespace leat::model
