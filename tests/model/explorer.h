// Every state that a model can reach, one after another: is one of them wrong, and does one of them never come to an end?
//
// A model is a protocol of the library written down once more, small: a State of plain bytes, and for each state what may
// come next. A step is what no other process can see half of: a load, a store, a compare-and-swap, a system call. Which
// process takes the next step is anybody's guess, so all guesses are followed, breadth first; the first state that is wrong
// is reached by as few steps as can be, and these are printed.
//
//   struct Model {
//     struct State { std::uint8_t ...; };       // all of it, without padding: states are compared and hashed as bytes
//     State First() const;
//     template <typename To> void Next(const State& now, To to) const;    // to(State after, Step step), for each step
//     const char* Wrong(const State& now) const;                          // what must never be; null when all is well
//     bool Done(const State& now) const;                                  // where everybody may rest
//   };
//
// Besides Wrong, each state must have a way to one that is Done by ordinary steps alone: whoever waits for something that
// never comes has none. A mishap (a kill, a full disk, a time-out that somebody should not have to wait for) may come at
// any time and may stay away for ever, so it is never part of that way.
#ifndef LEAT_TESTS_MODEL_EXPLORER_H_
#define LEAT_TESTS_MODEL_EXPLORER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace leat::model {

enum class Kind : std::uint8_t { kStep, kMishap };

struct Step {
  int who;
  const char* what;
  Kind kind = Kind::kStep;
};

struct Exploration {
  std::size_t states = 0;
  std::string counterexample;  // what is wrong, and the steps that lead there; empty when all is well
};

// Numbers of states, found by the bytes of the state.
template <typename State>
class StateTable {
 public:
  // The state's number, and whether it is a new one.
  std::pair<std::uint32_t, bool> Add(const State& state) {
    if (states_.size() * 2 >= places_.size()) Grow();
    for (std::size_t place = Hash(state) & mask();; place = (place + 1) & mask()) {
      const std::uint32_t number = places_[place];
      if (number == kNone) {
        places_[place] = static_cast<std::uint32_t>(states_.size());
        states_.push_back(state);
        return {places_[place], true};
      }
      if (std::memcmp(&states_[number], &state, sizeof state) == 0) return {number, false};
    }
  }
  // By value: adding moves the states.
  State operator[](std::uint32_t number) const { return states_[number]; }
  std::size_t size() const { return states_.size(); }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  static std::size_t Hash(const State& state) {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(&state), sizeof state});
  }
  std::size_t mask() const { return places_.size() - 1; }
  void Grow() {
    places_.assign(places_.size() * 2, kNone);
    for (std::uint32_t number = 0; number < states_.size(); ++number) {
      std::size_t place = Hash(states_[number]) & mask();
      while (places_[place] != kNone) place = (place + 1) & mask();
      places_[place] = number;
    }
  }

  std::vector<State> states_;
  std::vector<std::uint32_t> places_ = std::vector<std::uint32_t>(1024, kNone);  // a power of two
};

// How the states hang together.
class StepGraph {
 public:
  void AddState(std::uint32_t from, const Step& step) { came_.push_back({from, step}); }
  void AddStep(std::uint32_t from, std::uint32_t to) { steps_.push_back({from, to}); }

  // "process 1: takes the lock" and so on, from the first state on.
  std::string Way(std::uint32_t to) const;

  // A state that has no way of ordinary steps to one of `done`; kNone when all have.
  std::uint32_t FindStuck(std::vector<bool> done) const;
  static constexpr std::uint32_t kNone = 0xffffffff;

 private:
  struct Came {
    std::uint32_t from;
    Step step;
  };
  std::vector<Came> came_;                                      // by state
  std::vector<std::pair<std::uint32_t, std::uint32_t>> steps_;  // ordinary ones
};

template <typename Model>
Exploration Explore(const Model& model, std::size_t most_states = 5'000'000) {
  using State = typename Model::State;
  static_assert(std::has_unique_object_representations_v<State>, "a State is compared as bytes");
  StateTable<State> states;
  StepGraph graph;
  std::vector<bool> done;
  std::uint32_t number = 0;
  const auto reach = [&](const State& after, const Step& step) {
    const auto [to, is_new] = states.Add(after);
    if (is_new) graph.AddState(number, step);
    if (step.kind == Kind::kStep) graph.AddStep(number, to);
  };
  states.Add(model.First());
  graph.AddState(0, {});
  for (; number < states.size(); ++number) {
    const State now = states[number];
    if (const char* wrong = model.Wrong(now)) return {states.size(), wrong + graph.Way(number)};
    if (states.size() > most_states) return {states.size(), "too many states to look at them all"};
    done.push_back(model.Done(now));
    model.Next(now, reach);
  }
  const std::uint32_t stuck = graph.FindStuck(std::move(done));
  if (stuck == StepGraph::kNone) return {states.size(), ""};
  return {states.size(), "somebody waits for ever" + graph.Way(stuck)};
}

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_EXPLORER_H_
