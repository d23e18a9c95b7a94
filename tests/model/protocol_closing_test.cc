#include "model/protocol_closing.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = ClosingModel::Without;

TEST_CASE("no interleaving of appends and a close lets a process append, or take another's lock, when it has left") {
  NothingIsWrong("two threads of who closes, two others", ClosingModel({}));
}

TEST_CASE("without any of its steps a process appends that has left, or takes the lock from another") {
  const auto found = [](Without without, const char* what) { IsFound(what, ClosingModel({.without = without})); };
  found(Without::kLookAtEnd, "a process appends that has left");
  found(Without::kLookAtTheOwner, "a process appends that has left");
  found(Without::kCountOfWaiters, "a process that has left asks who is alive");
  found(Without::kCountFirst, "a process that has left asks who is alive");
  found(Without::kWaitersFirst, "a process appends that has left");
  found(Without::kGiveBackIfOwn, "two have the lock");
}

}  // namespace
}  // namespace leat::model
