// The parts that processes under test play.
#ifndef LEAT_TESTS_PROCESS_KILLER_PARTS_H_
#define LEAT_TESTS_PROCESS_KILLER_PARTS_H_

#include <leat/topic_options.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "process/killer/board.h"
#include "process/killer/self_kill.h"

namespace leat::process_test {

inline constexpr const char* kTopicName = "main";
inline constexpr const char* kKeptName = "kept";  // of each of its keys the last record is to be there
inline constexpr const char* kGroupId = "members";
inline constexpr std::uint64_t kThreadsPerWriter = 2;

// Segments as small as they may be: some hundred records, or four large ones, and there is a roll.
inline TopicOptions SmallSegments() {
  return {.partitions = kPartitions, .segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};
}

inline TopicOptions Compacted() {
  TopicOptions options{.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};
  options.cleanup_policy = CleanupPolicy::kCompact;
  return options;
}

struct PartOptions {
  std::string folder;
  std::string board;
  std::size_t seat = 0;
  std::uint64_t number = 0;  // of the process: never given twice
  std::uint64_t seed = 0;
  std::uint64_t sends = 0;  // after so many a writer closes and ends; 0: when it is told to stop
  Deed deed = Deed::kNone;
  std::int64_t nth = 0;
  std::int64_t delay = 0;

  std::vector<std::string> ToArguments(std::string part) const;
  static PartOptions Parse(char** arguments);  // those behind the part and the parent's pid
};

// What they return is the process's exit code; what went wrong is on the board.
int PlayWriter(const PartOptions& options);
int PlayReader(const PartOptions& options);
int PlayMember(const PartOptions& options);
int PlayOnlooker(
    const PartOptions& options);  // a reader that opens the folder read-only: it takes no lock and no slot

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_KILLER_PARTS_H_
