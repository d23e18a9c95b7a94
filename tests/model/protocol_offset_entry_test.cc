#include "model/protocol_offset_entry.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = OffsetEntryModel::Without;

TEST_CASE("no interleaving of commits, deaths and a reader without the lock tells an older commit than before") {
  NothingIsWrong("one dies", OffsetEntryModel({}));
  NothingIsWrong("two die", OffsetEntryModel({.commits = 4, .owners = 3}));
}

TEST_CASE("without any of their orders the slots of a commit tell an older one, or none, for ever") {
  const auto found = [](Without without, const char* what) { IsFound(what, OffsetEntryModel({.without = without})); };
  const char* const less = "a reader is told less than was committed before";
  const char* const for_ever = "somebody waits for ever";  // finds damage, or nothing
  found(Without::kTwoSlots, less);
  found(Without::kZeroFirst, for_ever);
  found(Without::kFenceBehindZero, for_ever);
  found(Without::kReleaseOfCrc, for_ever);
  found(Without::kWholeOnly, for_ever);
  found(Without::kInTheMaking, less);
  found(Without::kStillThere, less);
  found(Without::kFenceOfLook, less);
}

}  // namespace
}  // namespace leat::model
