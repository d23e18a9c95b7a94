#include "model/protocol_lock_word.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = LockWordModel::Without;

TEST_CASE(
    "no interleaving of threads, processes and kills gives a lock word two owners, or strands who waits for it") {
  NothingIsWrong("three processes", LockWordModel({.rounds = 2}));
  NothingIsWrong("two threads of one process, and another's", LockWordModel({.process_of = {0, 0, 1}, .rounds = 2}));
  NothingIsWrong("some only try", LockWordModel({.process_of = {0, 0, 1}, .rounds = 2, .try_lock = true}));
}

TEST_CASE("whoever waits for a lock of the living is woken, and needs no time-out") {
  NothingIsWrong("nobody dies", LockWordModel({.rounds = 2, .kills = false}));
}

TEST_CASE("without any of its rules the lock word has two owners, or one that sleeps for ever") {
  const auto found = [](Without without, const char* what, bool one_process = false) {
    LockWordModel::Options options{.rounds = 2, .without = without};
    if (one_process) options.process_of = {0, 0, 1};
    IsFound(what, LockWordModel(options));
  };
  found(Without::kLookWhoseWordItIs, "two have the lock", true);
  found(Without::kAskingTheKernel, "two have the lock");
  found(Without::kCompareAndSwap, "two have the lock");
  found(Without::kWaitersBitOfTakers, "somebody waits for ever");
  found(Without::kWaking, "somebody waits for ever");
  found(Without::kLookBeforeSleep, "somebody waits for ever");
  found(Without::kTellingOfTheDead, "an owner takes what is half done for whole");
  found(Without::kFlagOfTheUnmended, "an owner takes what is half done for whole");
}

}  // namespace
}  // namespace leat::model
