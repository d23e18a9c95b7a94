// What a process of the test does.
#ifndef LEAT_TESTS_PROCESS_GROUP_PARTS_H_
#define LEAT_TESTS_PROCESS_GROUP_PARTS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "process/group/board.h"

namespace leat::process_test::group {

inline constexpr std::chrono::milliseconds kMaxPollInterval{1500};

struct PartOptions {
  std::string folder;
  std::string board;
  std::uint32_t process = 0;  // number on the board
  std::uint64_t seed = 0;
  int consumers = 0;

  std::vector<std::string> ToArguments(const std::string& part) const {
    return {part, folder, board, std::to_string(process), std::to_string(seed), std::to_string(consumers)};
  }
  static PartOptions Parse(char** arguments);
};

// Sends to random partitions until it is told to stop; what it sent is in the log.
absl::Status Produce(const PartOptions& options, Board& board);

// Consumers on as many threads, each of which closes now and then and comes back as another member.
absl::Status Work(const PartOptions& options, Board& board);

}  // namespace leat::process_test::group

#endif  // LEAT_TESTS_PROCESS_GROUP_PARTS_H_
