#include "model/protocol_slot.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = SlotModel::Without;

TEST_CASE("no interleaving of processes that open, die and leave lets a lock word outlive the slot that it names") {
  NothingIsWrong("two slots", SlotModel({.openings = 4}));
  NothingIsWrong("one slot", SlotModel({.openings = 6, .slots = 1}));
}

TEST_CASE("without any of its steps a slot goes to two, or to one whom a lock word names that it did not take") {
  const auto found = [](Without without, const char* what, std::uint8_t slots = 1) {
    IsFound(what, SlotModel({.openings = 4, .slots = slots, .without = without}));
  };
  found(Without::kByte, "two have one slot");
  found(Without::kGeneration, "a lock word names a process that has not taken it");
  found(Without::kSecondLook, "a lock word names who had the slot before");
  found(Without::kSettling, "a lock word names who had the slot before");
  found(Without::kUncleanLeaving, "a lock word names a slot that is clean");
  found(Without::kStateFirst, "a lock word names a slot that is clean");
  found(Without::kCompareAndSwap, "two have the lock", 2);
  found(Without::kUsedBeforeWork, "a lock word names a slot that is clean");
}

}  // namespace
}  // namespace leat::model
