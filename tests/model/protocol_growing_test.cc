#include "model/protocol_growing.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = GrowingModel::Without;

TEST_CASE("no interleaving of appends, growth ahead and seals stores beyond a file, or changes a sealed one") {
  NothingIsWrong("kills and full disks", GrowingModel({}));
}

// MendSizeLocked may fail, and is not repeated then: a file is never shorter than what is said of it, and BeginSegment says
// both of its words anew when the roll is finished.
TEST_CASE("who dies while it grows a segment leaves nothing that need be mended before the next one stores") {
  NothingIsWrong("the size unmended", GrowingModel({.without = Without::kMendingOfSize}));
}

TEST_CASE("without any of its steps growing stores beyond a file, or changes a sealed one") {
  const auto found = [](Without without, const char* what) { IsFound(what, GrowingModel({.without = without})); };
  found(Without::kLookWhichIsActive, "a sealed segment has another length");
  found(Without::kSizeLockOfRoll, "a batch is stored beyond the end of the file");
  found(Without::kAskingBeforeSeal, "the active segment is sealed");
  found(Without::kFormerSize, "a batch is stored beyond the end of the file");
  found(Without::kLockOfGivingBack, "a batch is stored beyond the end of the file");
  found(Without::kFileFirst, "a batch is stored beyond the end of the file");
  found(Without::kSizeOfOwnFile, "a batch is stored beyond the end of the file");
  found(Without::kHalfRolled, "a batch is stored behind an offset that the next segment claims");
}

}  // namespace
}  // namespace leat::model
