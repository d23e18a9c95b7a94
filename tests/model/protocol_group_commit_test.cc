#include "model/protocol_group_commit.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = GroupCommitModel::Without;

TEST_CASE("what is said to be on the disk is, whoever dies at whatever step and whatever the kernel fails to write") {
  NothingIsWrong("two die, and one write fails", GroupCommitModel({}));
  NothingIsWrong("one dies, and two writes fail", GroupCommitModel({.deaths = 1, .losses = 2}));
}

TEST_CASE("whoever waits for the disk gets there, or hears why not") {
  NothingIsWrong("nothing goes wrong", GroupCommitModel({.deaths = 0, .losses = 0}));
}

TEST_CASE(
    "without any of its rules group commit says that something is on the disk which is not, or strands somebody") {
  const auto found = [](Without without, const char* what) { IsFound(what, GroupCommitModel({.without = without})); };
  found(Without::kVouching, "what is said to be on the disk is not");
  found(Without::kFlag, "what is said to be on the disk is not");
  found(Without::kEndBeforeSync, "what is said to be on the disk is not");
  found(Without::kOneBuffer, "what is said to be on the disk is not");
  found(Without::kOwnDescriptor, "what is said to be on the disk is not");
  found(Without::kTakeOver, "somebody waits for ever");
}

}  // namespace
}  // namespace leat::model
