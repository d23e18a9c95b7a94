#include "model/protocol_reading.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = ReadingModel::Without;

TEST_CASE(
    "no interleaving of appends, a roll, deaths and a reader without a lock hides a batch or shows other bytes") {
  NothingIsWrong("two die", ReadingModel({.owners = 3}));
  NothingIsWrong("two die, and readers see what is on the disk", ReadingModel({.owners = 3, .to_disk = true}));
}

TEST_CASE("without any of their orders a reader without a lock misses a batch, or reads beyond a file") {
  const auto found = [](Without without, const char* what, bool to_disk = false) {
    IsFound(what, ReadingModel({.owners = 2, .to_disk = to_disk, .without = without}));
  };
  found(Without::kPositionFirst, "a reader calls damaged what is not there");
  found(Without::kPositionFirst, "a reader calls damaged what is not there", true);
  found(Without::kGenerationOfRoll, "a reader takes other bytes for the batch");
  found(Without::kGenerationFirst, "a reader calls damaged what is not there");
  found(Without::kGenerationOfMend, "a reader calls damaged what is not there");
  found(Without::kMendGenerationFirst, "a reader calls damaged what is not there");
  found(Without::kRenameFirst, "a reader takes other bytes for the batch");
  found(Without::kLookAtGeneration, "a reader calls damaged what is not there");
  found(Without::kPositionBeforeLook, "a reader calls damaged what is not there");
  found(Without::kGenerationBeforeList, "a reader takes other bytes for the batch");
  found(Without::kNewEnds, "a reader takes other bytes for the batch");
}

}  // namespace
}  // namespace leat::model
