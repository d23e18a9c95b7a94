#include "model/protocol_commit_slots.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = CommitSlotsModel::Without;

TEST_CASE("no interleaving of an owner that dies at any store, its followers and a reader tears the state of a log") {
  NothingIsWrong("nobody dies", CommitSlotsModel({.owners = 1}));
  NothingIsWrong("two die", CommitSlotsModel({.owners = 3}));
}

TEST_CASE(
    "without any of their orders the commit slots give out what was not published, or the watermark what is not "
    "there") {
  const auto found = [](Without without, const char* what, std::uint8_t owners = 1) {
    IsFound(what, CommitSlotsModel({.owners = owners, .without = without}));
  };
  found(Without::kTwoSlots, "a reader takes a state that was not published");
  found(Without::kReleaseOfVersion, "a reader takes a state that was not published");
  found(Without::kReleaseFence, "a reader takes a state that was not published");
  found(Without::kAcquireOfVersion, "a reader takes a state that was not published");
  found(Without::kAcquireFence, "a reader takes a state that was not published");
  found(Without::kSecondLook, "a reader takes a state that was not published");
  found(Without::kReleaseOfWatermark, "a reader sees no batch below the watermark");
  found(Without::kAcquireOfWatermark, "a reader sees no batch below the watermark");
  found(Without::kWatermarkLast, "a reader sees a log that ends before the watermark");
  found(Without::kMendedWatermark, "somebody waits for ever", 2);
}

}  // namespace
}  // namespace leat::model
