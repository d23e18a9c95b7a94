#include "model/protocol_folder.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = FolderModel::Without;

TEST_CASE(
    "no interleaving of openers, closers and kills lets anybody work with a state that does not hold, or keeps all "
    "out") {
  NothingIsWrong("three processes", FolderModel({.openings = 6}));
}

TEST_CASE("without any of its steps the folder is worked in by who must not, or entered by nobody") {
  const auto found = [](Without without, const char* what) { IsFound(what, FolderModel({.without = without})); };
  found(Without::kAskingBeforeSharing, "somebody works with a state that does not hold");
  found(Without::kSecondTryAlone, "somebody waits for ever");
  found(Without::kMarkWhileSealing, "somebody works with a state that does not hold");
  found(Without::kMarkAfterMaking, "somebody works with a state that does not hold");
  found(Without::kConversion, "who has just made the state is kept out");
  found(Without::kLettingGoFirst, "somebody waits for ever");
}

}  // namespace
}  // namespace leat::model
