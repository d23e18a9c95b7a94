// Several threads that use one folder at once, each through an opening of its own, as processes do: they append to the same
// partitions at all levels, flush, make and delete topics, close and open again.
#ifndef LEAT_TESTS_CRASH_CROWD_H_
#define LEAT_TESTS_CRASH_CROWD_H_

#include <leat/leat.h>
#include <leat/testing.h>

#include <cstdint>
#include <string>
#include <vector>

#include "crash/ledger.h"

namespace leat::testing {

// By topic: what is appended to the second is acknowledged when it is on the disk.
inline constexpr const char* kCrowdTopics[] = {"any", "disk"};
inline constexpr PartitionId kCrowdPartitions = 2;

enum class Answer : std::uint8_t {
  kNone,     // it is being appended, or nobody knows
  kRefused,  // it is not in the log
  kProcess,  // it is at `offset` as long as the machine runs,
  kDisk      // or also after a power loss
};

struct CrowdRecord {
  Sent sent;
  std::size_t thread = 0, topic = 0;
  PartitionId partition = 0;
  Answer answer = Answer::kNone;
  Offset offset = -1;
};

struct CrowdKnown {
  CrowdKnown() = default;
  explicit CrowdKnown(std::size_t threads) : own(threads, Phase::kGone) {}

  std::vector<CrowdRecord> records;  // by serial
  std::vector<Phase> own;            // each thread's own topic
};

using CrowdLedger = LedgerOf<CrowdKnown>;

std::string OwnTopic(std::size_t thread);

// Makes the topics.
void PrepareCrowd(const SimulatedMachine& machine);
// Lets as many threads as the ledger is for do so many things each.
void RunCrowd(const SimulatedMachine& machine, CrowdLedger& ledger, std::uint64_t seed, int steps);

// What is wrong with what a power loss has left, or nothing.
std::string JudgeCrowd(const SimulatedMachine& machine, const CrowdKnown& before, const CrowdKnown& after);

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_CROWD_H_
