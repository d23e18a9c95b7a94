// Opens what a crash has left and holds it against what was promised.
#ifndef LEAT_TESTS_CRASH_VERDICT_H_
#define LEAT_TESTS_CRASH_VERDICT_H_

#include <leat/testing.h>

#include <string>

#include "crash/ledger.h"

namespace leat::testing {

// What must be there, and what may be, of a folder that was left at some moment: the ledger shortly before it and shortly
// after it.
struct Bounds {
  Known before;
  Known after;
};

enum class Crash : std::uint8_t {
  kProcess,     // whatever was acknowledged is there
  kFailedDisk,  // the same, but a partition of which a sync has failed takes no more records
  kPower,       // what was acknowledged as synced is there
};

// What is wrong, in words; empty if nothing is. Leaves the folder closed, with a record more in each partition.
std::string Judge(const SimulatedMachine& machine, const Bounds& bounds, Crash crash);

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_VERDICT_H_
