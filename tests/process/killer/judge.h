// Judges what is in the folder when the killing is over.
#ifndef LEAT_TESTS_PROCESS_KILLER_JUDGE_H_
#define LEAT_TESTS_PROCESS_KILLER_JUDGE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "process/killer/board.h"

namespace leat::process_test {

struct Verdict {
  std::uint64_t records = 0;         // in the log
  std::uint64_t acknowledged = 0;    // of these
  std::uint64_t unacknowledged = 0;  // Sends that their process did not live to acknowledge
  std::uint64_t committed = 0;       // records that the group will not be given again
};

// Opens the folder, reads the checked topic whole and compares it with the acknowledgements, closes it, and looks at
// the bytes of all segment files. `kills` is how many processes have died in it: each may leave one Send a thread
// that is in the log and not on the board. An error says what is wrong.
absl::StatusOr<Verdict> Judge(const std::string& folder, const Board& board, std::uint64_t kills);

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_KILLER_JUDGE_H_
