// What tests say of a model that was explored.
#ifndef LEAT_TESTS_MODEL_VERDICT_H_
#define LEAT_TESTS_MODEL_VERDICT_H_

#include <iostream>
#include <string>

#include "model/explorer.h"
#include "support/catch.h"

namespace leat::model {

template <typename Model>
void NothingIsWrong(const char* name, const Model& model) {
  const Exploration found = Explore(model);
  std::cout << "  " << found.states << " states: " << name << "\n";
  INFO(name << "\n" << found.counterexample);
  CHECK(found.counterexample.empty());
}

// The model lacks something, and that shows: the counterexample begins with `what`.
template <typename Model>
void IsFound(const std::string& what, const Model& model) {
  const Exploration found = Explore(model);
  INFO("looked for: " << what << "\nfound: " << found.counterexample);
  CHECK(found.counterexample.compare(0, what.size(), what) == 0);
}

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_VERDICT_H_
